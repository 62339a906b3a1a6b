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

export interface ConnectOptions extends CallOptions {
  /** Sent as `Authorization: Bearer TOKEN`. */
  readonly token?: string | undefined
  /**
   * Certificates, in PEM, of authorities that an `https:` server is believed for, in place of the system's; for a
   * certificate that signs itself, that certificate. Node only, and not beside `fetch`.
   */
  readonly ca?: string | readonly string[] | undefined
  /** The longest a call may take, unless it says otherwise; default 120,000. */
  readonly timeoutMs?: number | undefined
  /** How often a call is made again when its error is retryable; default 2. */
  readonly retries?: number | undefined
  /**
   * Calls in flight at once; default 16. Further calls wait in order, within their time limit, so a thousand calls may be
   * made at once and the server refuses none. A call that waits to be retried counts; a stream does not.
   */
  readonly concurrency?: number | undefined
  /**
   * What becomes of symbols that nothing in the database has, where a call does not say; default `'error'`, an
   * `UnknownSymbolError` that tells what may have been meant. `db.trpc` is asked as it is.
   */
  readonly unknownSymbols?: UnknownSymbols | undefined
  /** Makes all requests, in place of undici in Node and of the platform's own `fetch` in browsers. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

/** Trading days of an exchange, SSE by default. Dates outside of the calendar throw an `OutOfCalendarError`. */
export interface CalendarClient {
  /** Trading days from `start` to `end`, both inclusive. */
  sessions(input: SessionsInput, options?: CallOptions): Promise<string[]>
  /** The first trading day after a date. */
  next(input: SessionInput, options?: CallOptions): Promise<string>
  /** The last trading day before a date. */
  previous(input: SessionInput, options?: CallOptions): Promise<string>
  /** The n-th trading day after (n > 0) or before (n < 0) a date; for 0 the last one on or before it. */
  offset(input: OffsetInput, options?: CallOptions): Promise<string>
}

export interface MetaClient {
  /** Versions, engine, datasets with their procedures. */
  info(options?: CallOptions): Promise<ServerInfo>
  /** Datasets with fields, units and what the database holds of them. */
  datasets(options?: CallOptions): Promise<DatasetInfo[]>
}

export interface OpsClient {
  health(options?: CallOptions): Promise<Health>
  /** Calls, rows, bytes and refusals since the server started, by procedure and by caller. Needs the scope `admin`. */
  stats(options?: CallOptions): Promise<OpsStats>
  /**
   * What the server's memory is used for, by procedure and by caller; with `profileSeconds` also by place in its
   * sources, after so many seconds. Needs the scope `admin`.
   */
  memory(input?: MemoryInput, options?: CallOptions): Promise<MemoryReport>
  /**
   * How the server does, once a second until the loop is left: memory, calls, whether its database answers. Cut connections
   * and server restarts are bridged: the loop continues where it was, and if samples were lost meanwhile `complete` is
   * false. It fails when there was no sign of life for `timeoutMs`, with the error by which the last connection failed.
   * Needs the scope `admin`.
   */
  watch(options?: CallOptions): AsyncGenerator<ServerStatus, void, undefined>
}

/** A connection to a stockdb server: one client for each dataset of its catalogue, and what belongs to no dataset. */
export type Client<C extends Catalogue> = { readonly [N in keyof C & string]: DatasetClient<C[N]> } & {
  readonly calendar: CalendarClient
  readonly instruments: InstrumentsClient<Stocks<C>>
  readonly screen: Screen<C>
  readonly meta: MetaClient
  readonly ops: OpsClient
  /**
   * Your own queries, built with Kysely, over the datasets of the catalogue: joins, aggregates, window functions,
   * common table expressions, subqueries. The server takes what means the same on every engine and says of everything
   * else what to use instead, in a `QueryRefusedError`. Rows are objects, with null for null and dates as `YYYY-MM-DD`.
   */
  readonly query: Queries<C>
  /**
   * The answer to your own query as columns: every number in a `Float64Array` with NaN for null, bigints, texts and
   * dates in ordinary arrays with null for null.
   */
  frame<O>(query: Compilable<O>, options?: CallOptions): Promise<Frame<QueryFields<O>>>
  /**
   * The answer to one SELECT in the database's own SQL, for tokens with the scope `sql`: a question mark for each of `params`,
   * the database's own tables, and functions that work on their arguments alone. `db.sql<{ ts_code: string; n: bigint }>(…)`
   * says what its rows are; numbers are doubles, but for BIGINT, which are bigints.
   */
  readonly sql: RunSql
  /** The plain typed tRPC client, with frames as JSON. */
  readonly trpc: TRPCClient<StockdbRouter<C>>
}

/**
 * Connects to a stockdb server, such as `http://127.0.0.1:7788`, and compares wire versions. Types come from the
 * catalogue `C`, Tushare's by default: `connect<typeof catalogue>(url)`.
 *
 * Throws an `InvalidInputError` for a bad address, an `UnavailableError` when nobody answers there, a
 * `WireMismatchError` when client and server are of different versions.
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
