import type { Catalogue, Tushare } from '@stockdb/contract'
import type {
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
  UnknownSymbols,
} from '@stockdb/contract/wire'
import { createTRPCClient, splitLink, type TRPCClient } from '@trpc/client'
import type { Compilable } from 'kysely'
import { type CallOptions, checkTimeout } from './call/deadline.ts'
import { Caller } from './caller.ts'
import { type DatasetClient, datasetClient } from './dataset-client.ts'
import { errorOf } from './errors.ts'
import type { Frame } from './frame/frame.ts'
import type { InstrumentsClient } from './instruments-client.ts'
import { boundedJson } from './links/bounded-json.ts'
import { openHttp as openFetch } from './links/http-fetch.ts'
import { jsonLink } from './links/json-link.ts'
import { subscribe } from './links/subscription.ts'
import { subscriptionLink } from './links/subscription-link.ts'
import { prepareKysely } from './query/load-kysely.ts'
import { openQueries, queryFrame } from './query/queries.ts'
import type { Queries, QueryFields } from './query/types.ts'
import type { Screen } from './screen-client.ts'
import { checkedInfo } from './server-info.ts'
import { openSql, type RunSql } from './sql.ts'

/** Options of `connect`; `signal` and `timeoutMs` also bound connecting itself. */
export interface ConnectOptions extends CallOptions {
  /**
   * The secret of a token, sent as `Authorization: Bearer TOKEN`.
   *
   * @example
   * ```ts
   * const remote = await connect('https://quant.example:7788', { token: process.env.STOCKDB_TOKEN })
   * ```
   */
  readonly token?: string | undefined
  /**
   * Certificates, in PEM, of the authorities to trust for `https:`, instead of the system's.
   *
   * For a self-signed certificate, that certificate. Node only; not together with `fetch`.
   *
   * @example
   * ```ts
   * import { readFileSync } from 'node:fs'
   * const remote = await connect('https://quant.example:7788', { token, ca: readFileSync('ca.pem', 'utf8') })
   * ```
   */
  readonly ca?: string | readonly string[] | undefined
  /**
   * The longest that a call may take, in milliseconds, unless the call sets its own.
   *
   * @default 120_000
   * @example
   * ```ts
   * const quick = await connect('http://127.0.0.1:7788', { timeoutMs: 10_000 })
   * ```
   */
  readonly timeoutMs?: number | undefined
  /**
   * How many times a call is repeated after a retryable error.
   *
   * @default 2
   * @example
   * ```ts
   * const once = await connect('http://127.0.0.1:7788', { retries: 0 })
   * ```
   */
  readonly retries?: number | undefined
  /**
   * How many calls run at once; further calls wait in order, within their time limits.
   *
   * You can start a thousand calls at once, and the server refuses none of them. A call that waits for a retry counts; a stream
   * does not.
   *
   * @default 16
   * @example
   * ```ts
   * const gentle = await connect('http://127.0.0.1:7788', { concurrency: 4 })
   * ```
   */
  readonly concurrency?: number | undefined
  /**
   * What to do with symbols that the database does not have, if a call does not say.
   *
   * `'error'` throws an `UnknownSymbolError` that suggests similar codes; `'ignore'` leaves them out. `db.trpc` does not use it.
   *
   * @default 'error'
   * @example
   * ```ts
   * const lenient = await connect('http://127.0.0.1:7788', { unknownSymbols: 'ignore' })
   * ```
   */
  readonly unknownSymbols?: UnknownSymbols | undefined
  /**
   * Makes all requests, instead of undici in Node and the platform's `fetch` in browsers.
   *
   * @example
   * ```ts
   * const logged = await connect('http://127.0.0.1:7788', {
   *   fetch: (input, init) => (console.log(String(input)), fetch(input, init)),
   * })
   * ```
   */
  readonly fetch?: typeof globalThis.fetch | undefined
}

/** The trading days of an exchange, `SSE` by default; dates outside the calendar throw an `OutOfCalendarError`. */
export interface CalendarClient {
  /**
   * Lists the trading days from `start` to `end`, both inclusive, ascending.
   *
   * @param input - `start`, `end`, `exchange`
   * @param options - signal and time limit of this call
   * @example
   * ```ts
   * const days = await db.calendar.sessions({ start: '2024-01-01', end: '2024-12-31' }) // 242 days, the first '2024-01-02'
   * ```
   */
  sessions(input: SessionsInput, options?: CallOptions): Promise<string[]>
  /**
   * Finds the first trading day after a date.
   *
   * @param input - `date`, `exchange`
   * @param options - signal and time limit of this call
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
   * @param options - signal and time limit of this call
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
   * @param options - signal and time limit of this call
   * @example
   * ```ts
   * await db.calendar.offset({ date: '2024-06-30', n: 0 }) // '2024-06-28', a Friday
   * ```
   */
  offset(input: OffsetInput, options?: CallOptions): Promise<string>
}

/** What the server is, and what it has. */
export interface MetaClient {
  /**
   * Tells the versions, the engine, and the datasets with their procedures.
   *
   * @param options - signal and time limit of this call
   * @example
   * ```ts
   * const { version, engine } = await db.meta.info()
   * console.log(`stockdb ${version} on ${engine.version}`)
   * ```
   */
  info(options?: CallOptions): Promise<ServerInfo>
  /**
   * Describes every dataset: fields, units, and what the database holds of it.
   *
   * `coverage` has rows, symbols, first and last date; it is absent if the table is missing or invalid, and `problem` says why.
   *
   * @param options - signal and time limit of this call
   * @example
   * ```ts
   * for (const { name, coverage, problem } of await db.meta.datasets()) console.log(name, coverage?.lastDate ?? problem)
   * ```
   */
  datasets(options?: CallOptions): Promise<DatasetInfo[]>
}

/** What the server does just now, for people and monitors. */
export interface OpsClient {
  /**
   * Tells whether the server accepts calls and its database answers.
   *
   * @param options - signal and time limit of this call
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
   * @param options - signal and time limit of this call
   * @throws `ForbiddenError` if the token lacks the scope `admin`
   * @example
   * ```ts
   * const stats = await db.ops.stats()
   * ```
   */
  stats(options?: CallOptions): Promise<OpsStats>
  /**
   * Reports what the server uses memory for, by procedure and by caller.
   *
   * With `profileSeconds` (2 to 60) also by place in its sources, after that many seconds.
   *
   * @param input - `profileSeconds`
   * @param options - signal and time limit of this call
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
   * @param options - `timeoutMs` is the longest time without a sign of life
   * @throws `ForbiddenError` if the token lacks the scope `admin`; the last connection's error after `timeoutMs` without a sign of life
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

/** A connection to a stockdb server: the calls of each dataset, and those that belong to no dataset. */
export type Client<C extends Catalogue> = { readonly [N in keyof C & string]: DatasetClient<C[N]> } & {
  /** Trading days: `sessions`, `next`, `previous`, `offset`. */
  readonly calendar: CalendarClient
  /** Stocks: `list` those of a date, `search` by code, name or pinyin. */
  readonly instruments: InstrumentsClient<Stocks<C>>
  /** Finds the stocks that meet conditions on a date; see {@link Screen}. */
  readonly screen: Screen<C>
  /** Versions, datasets, and what the database holds of each. */
  readonly meta: MetaClient
  /** Health, counters and memory of the server. */
  readonly ops: OpsClient
  /**
   * Builds queries of your own with Kysely over the catalogue's datasets; the server runs them.
   *
   * Joins, aggregates, window functions, common table expressions and subqueries work. Rows are objects, with null for null and
   * dates as `YYYY-MM-DD`.
   *
   * @throws `QueryRefusedError` for what does not mean the same on every engine; it says what to use instead
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
   * Runs a query of your own and answers with columns instead of objects.
   *
   * Every number is in a `Float64Array` with NaN for null; bigints, texts and dates are in ordinary arrays with null for null.
   *
   * @param query - a select that `db.query` built, not executed
   * @param options - signal and time limit of this call
   * @throws `QueryRefusedError` as `db.query` does
   * @example
   * ```ts
   * const frame = await db.frame(db.query.selectFrom('daily').select(['ts_code', 'close']).where('trade_date', '=', '2024-06-28'))
   * frame.columns.close // Float64Array
   * ```
   */
  frame<O>(query: Compilable<O>, options?: CallOptions): Promise<Frame<QueryFields<O>>>
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

/**
 * Connects to a stockdb server and checks that client and server speak the same wire version.
 *
 * Types come from the catalogue `C`, Tushare's by default; with your own catalogue write `connect<typeof catalogue>(url)`.
 *
 * @param url - the server's address, `http:` or `https:`
 * @param options - token, certificates, time limit, retries, concurrency
 * @throws `InvalidInputError` for an invalid address or option, `UnavailableError` if no server answers, `UnauthorizedError` without
 *   a valid token, `WireMismatchError` if the versions differ
 * @example
 * ```ts
 * const db = await connect('http://127.0.0.1:7788')
 * const bars = await db.daily.latest({ symbols: ['600519.SH'], n: 20, fields: ['close'] })
 * ```
 */
export async function connect<C extends Catalogue = Tushare>(
  url: string,
  options: ConnectOptions = {},
): Promise<Client<C>> {
  const address = `${addressOf(url)}/trpc`
  const headers: Record<string, string> =
    options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }
  if (options.ca !== undefined && options.fetch)
    throw errorOf('INVALID_INPUT', 'ca: a fetch of your own checks certificates by itself; give one of the two')
  const { timeoutMs = 120_000, retries = 2, concurrency = 16 } = options
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw errorOf('INVALID_INPUT', `concurrency: got ${concurrency}; expected a whole number from 1 on`)
  if (!(retries >= 0)) throw errorOf('INVALID_INPUT', `retries: got ${retries}; expected a number from 0 on`)
  checkTimeout(timeoutMs)
  const limits = { timeoutMs, retries, concurrency }
  const { unknownSymbols } = options
  if (unknownSymbols !== undefined && unknownSymbols !== 'error' && unknownSymbols !== 'ignore')
    throw errorOf('INVALID_INPUT', `unknownSymbols: got ${JSON.stringify(unknownSymbols)}; expected error or ignore`)
  // Loaded here, not with the package: it takes a third of a second, and only connections need it.
  const { http, fetch } = options.fetch
    ? openFetch({ fetch: options.fetch })
    : (await import('#http')).openHttp({ ca: options.ca })
  const transport = { url: address, headers, http }
  const trpc = createTRPCClient<StockdbRouter<Catalogue>>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: subscriptionLink((path, input, signal) =>
          subscribe(transport, path, input, { timeoutMs, retries, signal }),
        ),
        false: jsonLink({ url: address, headers, fetch: boundedJson(fetch) }),
      }),
    ],
  })
  const caller = new Caller(trpc, transport, { ...limits, unknownSymbols })
  const [answer, giveKysely] = await Promise.all([
    caller.json<unknown>('meta.info', undefined, options),
    prepareKysely(),
  ])
  const info = checkedInfo(answer, address)
  let queries: Queries<C> | undefined
  const json =
    <Input, Output>(path: string) =>
    (input: Input, callOptions?: CallOptions): Promise<Output> =>
      caller.json<Output>(path, input, callOptions)
  const parts = {
    ...Object.fromEntries(
      Object.entries(info.datasets).map(([name, procedures]) => [name, datasetClient(caller, name, procedures)]),
    ),
    calendar: {
      sessions: json<SessionsInput, string[]>('calendar.sessions'),
      next: json<SessionInput, string>('calendar.next'),
      previous: json<SessionInput, string>('calendar.previous'),
      offset: json<OffsetInput, string>('calendar.offset'),
    } satisfies CalendarClient,
    instruments: {
      list: (input: object, callOptions?: CallOptions) => caller.frame('instruments.list', input, callOptions),
      search: (input: object, callOptions?: CallOptions) => caller.frame('instruments.search', input, callOptions),
    },
    screen: (input: object, callOptions?: CallOptions) => caller.frame('screen', input, callOptions),
    meta: {
      info: (callOptions) => caller.json('meta.info', undefined, callOptions),
      datasets: (callOptions) => caller.json('meta.datasets', undefined, callOptions),
    } satisfies MetaClient,
    ops: {
      health: (callOptions) => caller.json('ops.health', undefined, callOptions),
      memory: json<MemoryInput | undefined, MemoryReport>('ops.memory'),
      stats: (callOptions) => caller.json('ops.stats', undefined, callOptions),
      watch: (callOptions) => caller.subscribe<ServerStatus>('ops.watch', {}, callOptions),
    } satisfies OpsClient,
    get query() {
      queries ??= openQueries<C>(caller, giveKysely)
      return queries
    },
    frame: <O>(query: Compilable<O>, callOptions?: CallOptions) => queryFrame(caller, query, callOptions),
    sql: openSql(caller),
    trpc,
  }
  // The server says which datasets there are; that they are those of `C` is the caller's word.
  return withClearNames(parts, Object.keys(info.datasets)) as unknown as Client<C>
}

function addressOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:')
    return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`
  // A database's address, given by mistake, has a password in it.
  const shown = url.replace(/\/\/[^/]*@/, '//…@')
  throw errorOf('INVALID_INPUT', `url: got "${shown}"; expected an address such as http://127.0.0.1:7788`)
}

/** In plain JavaScript a dataset that the server does not serve would only be "undefined is not a function". */
function withClearNames<Parts extends object>(parts: Parts, datasets: readonly string[]): Parts {
  return new Proxy(parts, {
    get(target, name, receiver) {
      // `then` is looked up by every await, `toJSON` by every JSON.stringify.
      if (typeof name === 'symbol' || name === 'then' || name === 'toJSON' || name in target)
        return Reflect.get(target, name, receiver)
      throw errorOf('INVALID_INPUT', `the server serves no dataset "${name}"; it serves ${datasets.join(', ')}`)
    },
  })
}
