import type { Fields } from '@stockdb/contract'
import type { SqlParam, SqlValue } from '@stockdb/contract/wire'
import { BIGINT_TAG } from '@stockdb/contract/wire'
import type { CallOptions } from './call/deadline.ts'
import type { Caller } from './caller.ts'
import { errorOf } from './errors.ts'
import type { CellsOf } from './frame/cells.ts'
import type { Frame } from './frame/frame.ts'
import type { QueryFields } from './query/types.ts'

/** The fields of the answer to a statement whose rows are `O`; any fields if `O` is not given. */
export type SqlFields<O> = unknown extends O ? Fields : QueryFields<O>

/**
 * Runs one SELECT in the database's own SQL, and returns the whole answer as a frame.
 *
 * The token needs the scope `sql`. Each `?` takes one of `params`; a number is a double, a bigint is exact. In answers numbers are doubles, BIGINT columns are bigints, dates are text.
 *
 * @param text - one SELECT
 * @param params - a value for each `?`
 * @param options - signal and timeout of this call
 * @throws `QueryRefusedError` for anything but one read-only SELECT; `TooManyRowsError` and `TimeoutError` beyond the server's limits
 * @example
 * ```ts
 * const top = await db.sql<{ ts_code: string; mean: number }>(
 *   'select ts_code, avg(close) as mean from daily where trade_date >= ? group by ts_code',
 *   ['2024-01-01'],
 * )
 * top.columns.mean // Float64Array
 * ```
 */
export type RunSql = <O = unknown>(
  text: string,
  params?: readonly SqlValue[],
  options?: CallOptions,
) => Promise<Frame<CellsOf<SqlFields<O>>>>

/** Creates `db.sql` for a connection. */
export function openSql(caller: Caller): RunSql {
  return <O = unknown>(text: string, params: readonly SqlValue[] = [], options?: CallOptions) =>
    caller.frame<SqlFields<O>>('sql.run', { sql: text, params: params.map(asJson) }, options)
}

function asJson(value: SqlValue): SqlParam {
  // JSON would make a text of it that no column has. The types refuse it, a script without types does not.
  if ((value as unknown) instanceof Date)
    throw errorOf('INVALID_INPUT', 'params: got a Date; expected dates as "YYYY-MM-DD"')
  return typeof value === 'bigint' ? { [BIGINT_TAG]: String(value) } : value
}
