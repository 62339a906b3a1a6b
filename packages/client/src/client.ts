import type { Catalogue, Dataset, Factor } from '@stockdb/contract'
import type {
  ChangesAnswer,
  ChangesInput,
  DatasetInfo,
  Health,
  MemoryInput,
  MemoryReport,
  OffsetInput,
  OpsStats,
  ServerInfo,
  ServerStatus,
  SessionInput,
  SessionsInput,
  StockdbRouter,
  Stocks,
} from '@stockdb/contract/wire'
import type { TRPCClient } from '@trpc/client'
import type { Compilable } from 'kysely'
import type { CallOptions } from './call/deadline.ts'
import type { DatasetClient } from './dataset-client.ts'
import type { FactorsClient } from './factors-client.ts'
import type { CellsOf } from './frame/cells.ts'
import type { Frame } from './frame/frame.ts'
import type { InstrumentsClient } from './instruments-client.ts'
import type { Queries, QueryFields } from './query/types.ts'
import type { Screen } from './screen-client.ts'
import type { RunSql } from './sql.ts'

/** The trading days of an exchange, `SSE` by default; dates outside the calendar throw an `OutOfCalendarError`. */
export interface CalendarClient {
  /**
   * Lists the trading days from `start` to `end`, both inclusive, ascending.
   *
   * @param input - `start`, `end`, `exchange`
   * @param options - signal and timeout of this call
   * @example
   * ```ts
   * const days = await db.calendar.sessions({ start: '2024-01-01', end: '2024-12-31' }) // 242 days, the first '2024-01-02'
   * ```
   */
  sessions(input: SessionsInput, options?: CallOptions): Promise<string[]>
  /**
   * Lists the trading days from `start` to `end` that are the last of their month.
   *
   * The calendar must reach the end of the month of `end`, or nobody knows whether a day is its last.
   *
   * @param input - `start`, `end`, `exchange`
   * @param options - signal and time limit of this call
   * @throws `OutOfCalendarError` if the calendar ends before that
   * @example
   * ```ts
   * await db.calendar.monthEnds({ start: '2024-01-01', end: '2024-03-28' }) // ['2024-01-31', '2024-02-29']
   * ```
   */
  monthEnds(input: SessionsInput, options?: CallOptions): Promise<string[]>
  /**
   * Lists the trading days from `start` to `end` that are the last of their week, Monday to Sunday.
   *
   * The calendar must reach the Sunday on or after `end`.
   *
   * @param input - `start`, `end`, `exchange`
   * @param options - signal and time limit of this call
   * @throws `OutOfCalendarError` if the calendar ends before that
   * @example
   * ```ts
   * await db.calendar.weekEnds({ start: '2024-02-05', end: '2024-02-25' }) // ['2024-02-08', '2024-02-23']
   * ```
   */
  weekEnds(input: SessionsInput, options?: CallOptions): Promise<string[]>
  /**
   * Finds the first trading day after a date.
   *
   * @param input - `date`, `exchange`
   * @param options - signal and timeout of this call
   * @example
   * ```ts
   * await db.calendar.next({ date: '2024-02-08' }) // '2024-02-19', after the Spring Festival
   * ```
   */
  next(input: SessionInput, options?: CallOptions): Promise<string>
  /**
   * Finds the last trading day before a date.
   *
   * @param input - `date`, `exchange`
   * @param options - signal and timeout of this call
   * @example
   * ```ts
   * await db.calendar.previous({ date: '2024-01-02' }) // '2023-12-29'
   * ```
   */
  previous(input: SessionInput, options?: CallOptions): Promise<string>
  /**
   * Finds the n-th trading day after (`n` > 0) or before (`n` < 0) a date.
   *
   * With `n: 0` it is the last trading day on or before the date.
   *
   * @param input - `date`, `n`, `exchange`
   * @param options - signal and timeout of this call
   * @example
   * ```ts
   * await db.calendar.offset({ date: '2024-06-30', n: 0 }) // '2024-06-28', a Friday
   * ```
   */
  offset(input: OffsetInput, options?: CallOptions): Promise<string>
}

/** Information about the server and its datasets. */
export interface MetaClient {
  /**
   * Returns versions, engine, and the datasets with their procedures.
   *
   * @param options - signal and timeout of this call
   * @example
   * ```ts
   * const { version, engine } = await db.meta.info()
   * console.log(`stockdb ${version} on ${engine.version}`)
   * ```
   */
  info(options?: CallOptions): Promise<ServerInfo>
  /**
   * Describes every dataset: fields, units, and its coverage in the database.
   *
   * `coverage` has rows, symbols, first and last date; it is absent if the table is missing or invalid, and `problem` says why.
   *
   * @param options - signal and timeout of this call
   * @example
   * ```ts
   * for (const { name, coverage, problem } of await db.meta.datasets()) console.log(name, coverage?.lastDate ?? problem)
   * ```
   */
  datasets(options?: CallOptions): Promise<DatasetInfo[]>
  /**
   * Lists what was written after a number of a write, or last, in the order of commits; `db.changes` is the same.
   *
   * @param input - `since`, the number of a write; `limit`, 100 by default
   * @param options - signal and time limit of this call
   * @example
   * ```ts
   * const { changes, last } = await db.meta.changes()
   * console.log(last, changes.map(({ dataset, inserted, changed }) => [dataset, inserted, changed]))
   * ```
   */
  changes(input?: ChangesInput, options?: CallOptions): Promise<ChangesAnswer>
}

/** The current state of the server, for monitoring. */
export interface OpsClient {
  /**
   * Checks whether the server accepts calls and its database answers.
   *
   * @param options - signal and timeout of this call
   * @example
   * ```ts
   * const health = await db.ops.health()
   * console.log(health.status)
   * ```
   */
  health(options?: CallOptions): Promise<Health>
  /**
   * Counts calls, rows, bytes and refusals since the server started, by procedure and by caller.
   *
   * @param options - signal and timeout of this call
   * @throws `ForbiddenError` if the token lacks the scope `admin`
   * @example
   * ```ts
   * const stats = await db.ops.stats()
   * ```
   */
  stats(options?: CallOptions): Promise<OpsStats>
  /**
   * Reports the server's memory use by procedure and by caller.
   *
   * With `profileSeconds` (2 to 60) also by source line, after that many seconds.
   *
   * @param input - `profileSeconds`
   * @param options - signal and timeout of this call
   * @throws `ForbiddenError` if the token lacks the scope `admin`
   * @example
   * ```ts
   * const report = await db.ops.memory({ profileSeconds: 5 })
   * ```
   */
  memory(input?: MemoryInput, options?: CallOptions): Promise<MemoryReport>
  /**
   * Reports the state of the server once a second until the loop ends: memory, calls, database.
   *
   * It survives lost connections and restarts of the server; if reports were lost meanwhile, `complete` is false.
   *
   * @param options - `timeoutMs` is the maximum time without an event or ping
   * @throws `ForbiddenError` if the token lacks the scope `admin`; the last connection's error after `timeoutMs`
   * without an event or ping
   * @example
   * ```ts
   * for await (const status of db.ops.watch()) {
   *   console.log(status)
   *   break
   * }
   * ```
   */
  watch(options?: CallOptions): AsyncGenerator<ServerStatus, void, undefined>
}

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
