import { StockdbError } from '@stockdb/contract/wire'
import type { AdHoc, AdHocAnswer } from '../ad-hoc.ts'
import { duckdbGrammar } from './sql-grammar.ts'

/**
 * Refuses statements of callers: a statement works inside of this process, shares its memory limit with all other reads, and
 * DuckDB has hundreds of functions that would each have to be looked at.
 */
export class DuckdbAdHoc implements AdHoc {
  readonly grammar = duckdbGrammar
  readonly schema = 'main'

  async run(): Promise<AdHocAnswer> {
    throw new StockdbError('QUERY_REFUSED', 'sql: sql.run is not supported on DuckDB; use db.query')
  }

  async close(): Promise<void> {}
}
