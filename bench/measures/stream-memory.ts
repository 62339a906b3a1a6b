import { setTimeout } from 'node:timers/promises'
import { connect } from '@stockdb/client'
import { DAYS, SYMBOLS } from '../database.ts'
import { startServer } from '../server.ts'

/** (c) Peak resident memory, in MB, of a fresh server that streams 2,500,000 rows to one reader. */
export async function measureStreamMemory(database: string, pauseMs: number): Promise<number> {
  const server = await startServer(database)
  try {
    const db = await connect(server.url)
    let rows = 0
    for await (const batch of db.daily.stream()) {
      rows += batch.numRows
      if (pauseMs > 0) await setTimeout(pauseMs)
    }
    if (rows !== SYMBOLS * DAYS) throw new Error(`the stream had ${rows} rows`)
    return server.peakMB()
  } finally {
    await server.stop()
  }
}
