import { createLog, openEngine } from '@stockdb/server'
import { withConnection } from '@stockdb/testing/ask-server'
import { type PrivateServer, startPrivateServer } from '@stockdb/testing/private-server'
import { type Connection, createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectionOptions } from '../../src/engine/mysql/address.ts'
import { Controllers } from '../../src/engine/mysql/controllers.ts'
import { capturedLog } from '../support/captured-log.ts'
import { sql } from '../support/sql.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

let servers: [PrivateServer, PrivateServer]
beforeAll(async () => {
  servers = await Promise.all([startPrivateServer(), startPrivateServer()])
})
afterAll(() => Promise.all(servers?.map((server) => server.stop()) ?? []))

const portOf = ({ url }: PrivateServer): number => Number(new URL(url).port)
/** Ids of connections that run a waiting statement. */
const waiting = (server: PrivateServer): Promise<unknown[][]> =>
  sql(server.url, "select id from information_schema.processlist where info like 'select sleep%'")

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20))
}

it('a read cancelled after a failover kills no connection on the new server', async () => {
  const [first, second] = servers
  const proxy = await startTcpProxy(portOf(first))
  const { log, lines } = capturedLog()
  const engine = openEngine(`mysql://root@127.0.0.1:${proxy.port}/mysql`, log)
  const innocents: Connection[] = []
  try {
    const leave = new AbortController()
    const columns = [{ name: 'n', type: 'int32', nullable: false }] as const
    const read = engine.read({ sql: 'select sleep(60) as n', parameters: [], columns }, leave.signal)
    const ended = expect(read[Symbol.asyncIterator]().next()).rejects.toBeDefined()
    await until(async () => (await waiting(first)).length > 0)
    const victim = Number((await waiting(first))[0]?.[0])
    // Another client on the new server has the connection id.
    for (let id = 0; id < victim; id = innocents.at(-1)?.threadId ?? 0)
      innocents.push(await createConnection(second.url))
    proxy.lead(portOf(second))

    leave.abort(new Error('left'))
    await ended
    await until(async () => lines.length > 0)
    expect(lines.map(({ msg }) => msg)).toEqual([expect.stringMatching(/no connection reaches its server/)])
    for (const connection of innocents) await connection.query('select 1')

    proxy.lead(portOf(first))
    const again = new AbortController()
    const reading = engine.read({ sql: 'select sleep(61) as n', parameters: [], columns }, again.signal)
    const endedToo = expect(reading[Symbol.asyncIterator]().next()).rejects.toBeDefined()
    // The pooled connection was closed with the proxy's first target; this one is new.
    await until(async () => (await waiting(first)).length > 1)
    again.abort(new Error('left'))
    await endedToo
    await until(async () => (await waiting(first)).length === 1)
  } finally {
    for (const connection of innocents) connection.destroy()
    await engine.close()
    await proxy.close()
  }
})

it('a connection that reuses the id of a closed one is not killed', async () => {
  const [server] = servers
  await withConnection(server.url, 5_000, async (connection) => {
    const controllers = new Controllers(connectionOptions(`${server.url}/mysql`), createLog('silent'))
    const [rows] = await connection.query(
      `select concat_ws('/', @@hostname, @@port, @@server_id /*!50700 , @@server_uuid */) as server, host as peer
        from information_schema.processlist where id = connection_id()`,
    )
    const [ours] = rows as { server: string; peer: string }[]
    if (!ours) throw new Error('the server does not list its own connection')
    const id = Number(connection.threadId)
    controllers.kill({ ...ours, id, peer: 'localhost:1' })
    await controllers.idle()
    await connection.query('select 1')
    controllers.kill({ ...ours, id })
    await controllers.idle()
    await expect(connection.query('select 1')).rejects.toBeDefined()
    await new Promise((resolve) => controllers.pool.end(resolve))
  })
})
