import { basename } from 'node:path'
import { StockdbError } from '@stockdb/contract/wire'

/** The package that speaks to DuckDB, which users install themselves. */
type Duckdb = typeof import('@duckdb/node-api')

/** Loads the package when a database is first opened: it takes 70 MB on the disk, and most servers use another database. */
export async function loadDuckdb(path: string): Promise<Duckdb> {
  try {
    return await import('@duckdb/node-api')
  } catch (error) {
    throw new StockdbError('DATABASE_UNAVAILABLE', `cannot open duckdb:${basename(path)}: install @duckdb/node-api`, {
      cause: error,
    })
  }
}
