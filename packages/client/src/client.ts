import type { Catalogue, Dataset, Factor } from '@stockdb/contract'
import type { StockdbRouter, Stocks } from '@stockdb/contract/wire'
import type { TRPCClient } from '@trpc/client'
import type { Compilable } from 'kysely'
import type { CalendarClient } from './calendar-client.ts'
import type { CallOptions } from './call/deadline.ts'
import type { DatasetClient } from './dataset-client.ts'
import type { FactorsClient } from './factors-client.ts'
import type { CellsOf } from './frame/cells.ts'
import type { Frame } from './frame/frame.ts'
import type { InstrumentsClient } from './instruments-client.ts'
import type { MetaClient } from './meta-client.ts'
import type { OpsClient } from './ops-client.ts'
import type { Queries, QueryFields } from './query/types.ts'
import type { Screen } from './screen-client.ts'
import type { RunSql } from './sql.ts'

/** A connection to a stockdb server: the calls of each dataset, and the general ones. */
export type Client<C extends Catalogue> = { readonly [N in keyof C as N & string]: DatasetClient<C[N]> } & {
  /** Trading days: `sessions`, `monthEnds`, `weekEnds`, `next`, `previous`, `offset`. */
  readonly calendar: CalendarClient
  /** Stocks: `list` as of a date, `search` by code, name or pinyin. */
  readonly instruments: InstrumentsClient<Stocks<C>>
  /** Finds the stocks that meet conditions on a date; see {@link Screen}. */
  readonly screen: Screen<C>
  /** Factors of your own: `define`, `list`, `drop`. */
  readonly factors: FactorsClient
  /**
   * The calls of a dataset by its name, for factors that the types of the connection do not have.
   *
   * Without a type the columns may be of any kind; the server checks every call. An unknown name fails at the first call.
   *
   * @param name - the name of a dataset or a factor
   * @example
   * ```ts
   * const frame = await db.dataset('my_alpha').latest({ symbols: ['600519.SH'] })
   * ```
   */
  dataset<D extends Dataset = Factor>(name: D['name']): DatasetClient<D>
  /** Versions, datasets and their coverage. */
  readonly meta: MetaClient
  /** What was written, in the order of commits; the same as `db.meta.changes`. */
  readonly changes: MetaClient['changes']
  /** Health, counters and memory of the server. */
  readonly ops: OpsClient
  /**
   * Builds custom queries with Kysely over the catalogue's datasets; the server runs them.
   *
   * Joins, aggregates, window functions, common table expressions and subqueries work. Rows are objects, with null for null and
   * dates as `YYYY-MM-DD`.
   *
   * @throws `QueryRefusedError` for features that differ between engines; it suggests alternatives
   * @example
   * ```ts
   * const closes = await db.query
   *   .selectFrom('daily')
   *   .select(['trade_date', 'close'])
   *   .where('ts_code', '=', '600519.SH')
   *   .execute()
   * ```
   */
  readonly query: Queries<C>
  /**
   * Runs a custom query and returns columns instead of objects.
   *
   * Every number is in a `Float64Array` with NaN for null; bigints, texts and dates are in ordinary arrays with null for null.
   *
   * @param query - a select that `db.query` built, not executed
   * @param options - signal and timeout of this call
   * @throws `QueryRefusedError` as `db.query` does
   * @example
   * ```ts
   * const frame = await db.frame(db.query.selectFrom('daily').select(['ts_code', 'close']).where('trade_date', '=', '2024-06-28'))
   * frame.columns.close // Float64Array
   * ```
   */
  frame<O>(query: Compilable<O>, options?: CallOptions): Promise<Frame<CellsOf<QueryFields<O>>>>
  /** Runs one SELECT in the database's own SQL; see {@link RunSql}. */
  readonly sql: RunSql
  /**
   * The plain typed tRPC client, with frames as JSON: `{ fields, items, meta }`.
   *
   * @example
   * ```ts
   * const { items } = await db.trpc.daily.range.query({ symbols: ['600519.SH'], start: '2024-06-03', end: '2024-06-28' })
   * ```
   */
  readonly trpc: TRPCClient<StockdbRouter<C>>
}
