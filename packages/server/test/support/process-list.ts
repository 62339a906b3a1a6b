import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { plainSession } from '@stockdb/testing/ask-server'
import { type Connection, createConnection } from 'mysql2/promise'

/** Observes the activity of one account of a database server, from another account. */
export interface Watcher {
  /** The address for the watched account. */
  readonly address: string
  /** Connection ids of the account's running queries, by default of all selects. */
  running(of?: RegExp): Promise<number[]>
  /** Number of connections of the account. */
  connections(): Promise<number>
  /** Milliseconds until the account runs no query; gives up after `timeoutMs`. */
  msUntilIdle(timeoutMs: number): Promise<number>
  kill(what: 'query' | 'connection', id: number): Promise<void>
  close(): Promise<void>
}

/** Creates an account to watch, with rights on one database only. */
export async function watchAccount(url: string): Promise<Watcher> {
  const control: Connection = await createConnection({ uri: url, rowsAsArray: true })
  await control.query(plainSession)
  const name = `t${randomBytes(6).toString('hex')}`
  const { pathname } = new URL(url)
  // Uses our own host: if anonymous accounts exist, '%' would not be chosen.
  const [[[host] = []]] = (await control.query("select substring_index(user(), '@', -1)")) as unknown as [string[][]]
  const user = `'${name}'@'${host}'`
  await control.query(`create user ${user} identified by 'a-password'`)
  await control.query(
    `grant select, insert, update, delete, create, alter, index, drop on ${pathname.slice(1)}.* to ${user}`,
  )
  const address = new URL(url)
  address.username = name
  address.password = 'a-password'
  // Filtered here: MySQL fails to compare the text of queries with four-byte characters.
  const processes = async (): Promise<[id: number, query: string | null][]> => {
    const [rows] = await control.query('show full processlist')
    return (rows as unknown as (string | number | null)[][])
      .filter(([, user]) => user === name)
      .map((row) => [Number(row[0]), row[7] as string | null])
  }
  const running = async (of = /^select/i): Promise<number[]> =>
    (await processes()).filter(([, query]) => of.test(query ?? '')).map(([id]) => id)
  return {
    address: address.href,
    running,
    connections: async () => (await processes()).length,
    msUntilIdle: async (timeoutMs) => {
      const startedAt = performance.now()
      while ((await running()).length > 0) {
        if (performance.now() - startedAt > timeoutMs) return Number.POSITIVE_INFINITY
        await sleep(5)
      }
      return performance.now() - startedAt
    },
    kill: async (what, id) => {
      await control.query(`kill ${what} ${id}`)
    },
    close: async () => {
      await control.query(`drop user ${user}`)
      await control.end()
    },
  }
}
