import { createReadStream } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { connect, type Tushare } from '@stockdb/client'
import { createConnection } from 'mysql2/promise'
import { startServer } from '../server.ts'
import { batchesOf, COLUMNS, columnsOf } from './rows.ts'

/** What one side took for the same rows. */
export interface BulkResult {
  readonly side: string
  readonly seconds: number
  /** The most resident memory of the stockdb server. */
  readonly peakMB?: number
}

const UPDATES = COLUMNS.slice(2)

/** LOAD DATA LOCAL INFILE of a file that is there. */
export async function loadData(database: string, file: string): Promise<BulkResult> {
  await emptied(database)
  const connection = await createConnection({ uri: database, flags: ['+LOCAL_FILES'] })
  try {
    const startedAt = performance.now()
    await connection.query({
      sql: `load data local infile 'rows' into table daily (${COLUMNS.map((name) => `\`${name}\``).join(', ')})`,
      infileStreamFactory: () => createReadStream(file),
    })
    return { side: 'LOAD DATA LOCAL INFILE', seconds: secondsSince(startedAt) }
  } finally {
    await connection.end()
  }
}

/** Upserts of 1,000 rows each in one transaction, as a script with mysql2 writes them. */
export async function mysql2Upserts(database: string, rows: number): Promise<BulkResult> {
  await emptied(database)
  const connection = await createConnection(database)
  try {
    const names = COLUMNS.map((name) => `\`${name}\``).join(', ')
    const updates = UPDATES.map((name) => `\`${name}\` = values(\`${name}\`)`).join(', ')
    const startedAt = performance.now()
    await connection.query('start transaction')
    for (const batch of batchesOf(rows, 1_000))
      await connection.query(`insert into daily (${names}) values ? on duplicate key update ${updates}`, [batch])
    await connection.query('commit')
    return { side: 'mysql2, upserts of 1,000 rows', seconds: secondsSince(startedAt) }
  } finally {
    await connection.end()
  }
}

/** Rows of an empty SQLite file, written by the database alone. */
export function nodeSqlite(file: string, rows: number): BulkResult {
  const database = new DatabaseSync(file)
  try {
    database.exec('delete from daily')
    const updates = UPDATES.map((name) => `"${name}" = excluded."${name}"`).join(', ')
    const insert = database.prepare(
      `insert into daily (${COLUMNS.map((name) => `"${name}"`).join(', ')}) values (${COLUMNS.map(() => '?').join(', ')})
       on conflict do update set ${updates}`,
    )
    const startedAt = performance.now()
    database.exec('begin')
    for (const batch of batchesOf(rows, 1_000)) for (const row of batch) insert.run(...row)
    database.exec('commit')
    return { side: 'node:sqlite, one statement a row', seconds: secondsSince(startedAt) }
  } finally {
    database.close()
  }
}

/**
 * One upsert of all rows through a fresh server, into a table that was emptied as for the other sides: rows that were deleted one by
 * one, by `delete`, would still be there for the database to step over and to purge.
 */
export async function throughStockdb(database: string, rows: number, side: string): Promise<BulkResult> {
  if (database.startsWith('mysql:')) await emptied(database)
  const server = await startServer(database)
  try {
    const db = await connect<Tushare>(server.url, { timeoutMs: 3_600_000 })
    await db.daily.delete({ all: true })
    const batches = function* () {
      for (const batch of batchesOf(rows, 10_000)) yield columnsOf(batch)
    }
    const startedAt = performance.now()
    const { inserted } = await db.daily.upsert(async function* () {
      yield* batches() as Iterable<never>
    })
    const seconds = secondsSince(startedAt)
    if (inserted !== rows) throw new Error(`${side} inserted ${inserted} of ${rows} rows`)
    return { side, seconds, peakMB: server.peakMB() }
  } finally {
    await server.stop()
  }
}

async function emptied(database: string): Promise<void> {
  const connection = await createConnection(database)
  await connection.query('truncate daily')
  await connection.end()
}

const secondsSince = (startedAt: number): number => (performance.now() - startedAt) / 1_000
