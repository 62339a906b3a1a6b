import { connect, type Tushare } from '@stockdb/client'
import { createConnection } from 'mysql2/promise'
import { startServer } from '../server.ts'

const WRITERS = 8

/** Commits a second of eight writers, each of which writes one row after the other. */
async function commitsPerSecond(
  open: () => Promise<{ write(value: number): Promise<unknown>; close(): Promise<void> }>,
  ms: number,
): Promise<number> {
  const writers = await Promise.all(Array.from({ length: WRITERS }, open))
  let commits = 0
  let until = Number.POSITIVE_INFINITY
  const run = async ({ write }: (typeof writers)[0], index: number): Promise<void> => {
    for (let value = index; performance.now() < until; value += WRITERS) {
      await write(value)
      commits++
    }
  }
  const running = writers.map(run)
  // A second to warm up.
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const [before, startedAt] = [commits, performance.now()]
  until = startedAt + ms
  await Promise.all(running)
  const rate = (commits - before) / ((performance.now() - startedAt) / 1_000)
  await Promise.all(writers.map(({ close }) => close()))
  return rate
}

const DAY = '2024-01-02'

/** Through a server, with `more` options. */
export async function stockdbCommits(database: string, ms: number, more: readonly string[] = []): Promise<number> {
  const server = await startServer(database, '', false, more)
  try {
    return await commitsPerSecond(async () => {
      const db = await connect<Tushare>(server.url)
      const write = (value: number) =>
        db.adj_factor.upsert([{ ts_code: `S${value % 1_000}`, trade_date: DAY, adj_factor: value + 1 }])
      return { write, close: async () => {} }
    }, ms)
  } finally {
    await server.stop()
  }
}

/** Directly: one prepared upsert, which commits by itself. It numbers no writes and keeps no keys. */
export const mysql2Commits = (database: string, ms: number): Promise<number> =>
  commitsPerSecond(async () => {
    const connection = await createConnection(database)
    const upsert = `insert into adj_factor (ts_code, trade_date, adj_factor) values (?, ?, ?)
      on duplicate key update adj_factor = values(adj_factor)`
    return {
      write: (value) => connection.execute(upsert, [`S${value % 1_000}`, DAY, value + 1]),
      close: () => connection.end(),
    }
  }, ms)
