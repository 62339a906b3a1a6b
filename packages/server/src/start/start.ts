import { join, resolve } from 'node:path'
import type { Catalogue, Field } from '@stockdb/contract'
import { tushare } from '@stockdb/contract'
import { checkServed, columnName, hasMembers, isWritable, tableName } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { Authenticator } from './access/authenticator.ts'
import { isLoopback } from './access/loopback.ts'
import { Peers } from './access/peer.ts'
import { TokenStore } from './access/token-store.ts'
import type { Services } from './api/context.ts'
import { ownReports } from './api/own-reports.ts'
import type { AdmissionState } from './bounds/admission.ts'
import type { Bounds } from './bounds/settings.ts'
import type { SharedLoad } from './bounds/shared-load.ts'
import { wholeBounds } from './bounds/whole-bounds.ts'

import { AnswerCache } from './cache/answer-cache.ts'
import type { FieldOfColumn } from './engine/ad-hoc.ts'
import { Commits } from './engine/commits.ts'
import { databaseState } from './engine/database-state.ts'
import { deadline } from './engine/deadline.ts'
import type { Commit, CommitListener, Engine } from './engine/engine.ts'
import { createMissingTables } from './engine/migration.ts'
import { accountsOf, demandSchemas, lockedFileOf, openAdHoc, openEngine } from './engine/open.ts'
import { withOwnTables } from './engine/own-tables.ts'
import { hasOwnTables } from './engine/record-change.ts'
import { surveyTables } from './engine/survey.ts'
import { TableGuard } from './engine/table-guard.ts'
import { Listings } from './execute/listings.ts'
import { Suspensions } from './execute/suspensions.ts'
import { TradingCalendar } from './execute/trading-calendar.ts'
import { listen, type TlsFiles } from './http/server.ts'
import { listenForImports } from './ingest/through-server/listen-for-imports.ts'
import { Planner } from './plan/planner.ts'
import { QueryCache } from './plan/prepared-query.ts'
import { SqlParser } from './sql/sql-parser.ts'
import type { CallRecorder } from './telemetry/call-recorder.ts'
import { type Answers, type Colleagues, noColleagues } from './telemetry/colleagues.ts'
import type { Log } from './telemetry/log.ts'
import { createLog } from './telemetry/log.ts'
import { mergeStatus } from './telemetry/merge-reports.ts'
import { callObserver, type RunningCall } from './telemetry/running-call.ts'
import { type Explain, SlowLog } from './telemetry/slow-log.ts'
import { Telemetry } from './telemetry/telemetry.ts'
import { version } from './version.ts'
import { ChangeFeed } from './write/change-feed.ts'
import { checkFactorSchema } from './write/factors/factor-schema.ts'
import { FactorStore } from './write/factors/factor-store.ts'
import { Housekeeping } from './write/housekeeping.ts'
import { WriteAccount } from './write/write-account.ts'
import { type Accounts, refusedWrites } from './write/write-rights.ts'
import { Writer } from './write/writer.ts'

/** How long the database may take to explain a plan for the slow log. */
const EXPLAIN_TIMEOUT_MS = 5_000

/** How long the workers may take to say how they are, for the status. */
const EVERYWHERE_TIMEOUT_MS = 10_000

/** How long reading the rights of the database account may take. */
const RIGHTS_TIMEOUT_MS = 10_000

/** How many rights a warning names; a MySQL administrator has about eighty. */
const MAX_NAMED_DATASETS = 5
const MAX_NAMED_RIGHTS = 8

const DEFAULT_DATA_FOLDER = './stockdb-data'

export const DEFAULT_SLOW_MS = 1_000

export const DEFAULT_FACTOR_PREFIX = 'factor_'

export interface StartOptions {
  /** `mysql://user:password@host:port/database`, `sqlite:path/to/file.db` or `duckdb:path/to/file.duckdb`. */
  readonly database: string
  /** The same database through an account with fewer rights, for callers' own SQL; `database` by default. */
  readonly sqlDatabase?: string | undefined
  /**
   * The same database through an account with the rights to write, which is used for writes alone; `database` by default. Only for
   * databases with accounts.
   */
  readonly writeDatabase?: string | undefined
  /** Tushare's tables by default. */
  readonly catalogue?: Catalogue
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Default 7788; 0 chooses a free port. */
  readonly port?: number
  /**
   * Each in the unit that its name ends in. Bounds that are not given have their defaults, adjusted to those that are.
   */
  readonly bounds?: Partial<Bounds>
  /**
   * The token file, as written by `stockdb token create`. Without it, or while it is empty, only loopback addresses are
   * served, and need no token.
   */
  readonly tokens?: string
  /** Certificate chain and private key, in PEM, to serve HTTPS. */
  readonly tls?: TlsFiles
  /** Origins whose pages may call from a browser; none by default. */
  readonly corsOrigins?: readonly string[]
  /** Addresses, or networks such as `10.0.0.0/8`, of proxies whose `X-Forwarded-For` names the caller; none by default. */
  readonly trustedProxies?: readonly string[]
  /**
   * Whether `maxConnectionsPerAddress` also applies to this machine's own addresses; false by default. Set it if their
   * connections come from elsewhere, for example through a tunnel.
   */
  readonly limitLoopback?: boolean
  readonly log?: Log
  /** Calls that take longer are logged with their queries and a plan; default 1,000. */
  readonly slowMs?: number
  /** Sends OpenTelemetry traces to where the `OTEL_…` environment variables say; off by default. */
  readonly traces?: boolean
  /**
   * Called when resident memory exceeds `killMemoryBytes`, since a leak would take all memory in the end. Does nothing
   * by default.
   */
  readonly onMemoryExceeded?: () => void
  /** What the names of the tables of factors begin with; default `factor_`, with a `factorSchema` nothing. */
  readonly factorPrefix?: string | undefined
  /** Another database on the same server that new tables of factors are made in; only for databases on servers. */
  readonly factorSchema?: string | undefined
  /** Where the server writes its own files, such as heap snapshots; default `./stockdb-data`. */
  readonly dataFolder?: string
}

export interface StockdbServer {
  /** `http://HOST:PORT`, or `https://HOST:PORT`. */
  readonly url: string
  /** Uses another certificate for new connections. Throws if it is invalid; the old one then stays. */
  renewTls(tls: TlsFiles): void
  readonly engine: Engine
  /** What is in progress, and how often calls were refused. */
  readonly admission: AdmissionState
  /** The calls in progress. */
  running(): readonly RunningCall[]
  /**
   * Lets running calls finish within the drain time, then closes the server and its database. Later calls wait for the
   * same end.
   */
  close(): Promise<void>
}

/**
 * Starts a server in this process. In a file of its own it creates missing tables; in other databases it changes nothing. Rejects with a
 * `TypeError` for a bad address, an address that other machines can reach while there is no token, or contradictory
 * bounds, and with the system's error if the port is in use.
 */
export async function start(options: StartOptions): Promise<StockdbServer> {
  return startAmong(options, undefined)
}

/** What a server that is one of several workers shares with the others. */
export interface Fellows {
  /** Its number, from 1. The first one says what is to be said of the server as a whole. */
  readonly worker: number
  readonly load: SharedLoad
  readonly records: CallRecorder
  readonly commits: {
    listen(listener: CommitListener): void
    tell(commit: Commit): void
    /** Tells the listener of everything that was committed so far. */
    catchUp(): void
    close(): void
  }
  /** The workers, given how this one answers questions about itself. */
  colleagues(own: Answers): Colleagues
}

/** Starts a server like {@link start}, as one of several workers or alone. */
export async function startAmong(options: StartOptions, fellows: Fellows | undefined): Promise<StockdbServer> {
  const log = options.log ?? createLog('info')
  const catalogue = options.catalogue ?? tushare
  for (const dataset of Object.values(catalogue)) checkServed(dataset)
  const {
    host = '127.0.0.1',
    port = 7788,
    corsOrigins = [],
    limitLoopback = false,
    onMemoryExceeded = () => {},
  } = options
  const bounds = wholeBounds(options.bounds ?? {})
  const peers = new Peers(options.trustedProxies ?? [])
  const gate = new Authenticator({ tokens: new TokenStore(options.tokens, log), host, corsOrigins })
  const commits = new Commits(fellows && ((commit) => fellows.commits.tell(commit)))
  const engine = openEngine(options.database, log, bounds, callObserver, commits)
  let fieldOf = fieldsOf(catalogue)
  const adHoc = openAdHoc(
    options.sqlDatabase ?? options.database,
    { bounds, log, observer: callObserver },
    (table, column) => fieldOf(table, column),
  )
  const sqlParser = new SqlParser()
  let account: WriteAccount | undefined
  try {
    if (options.factorSchema !== undefined && options.factorPrefix !== undefined)
      throw new TypeError(
        'factorPrefix: got it with factorSchema, where tables have the names of their factors; expected one of the two',
      )
    if (options.factorSchema !== undefined) withOption('--factor-schema', () => demandSchemas(options.database))
    account = options.writeDatabase === undefined ? undefined : openWriteAccount(options, engine, log, bounds, commits)
    fellows?.commits.listen((commit) => commits.tell(commit))
    await account?.check(deadline(RIGHTS_TIMEOUT_MS)).catch((error: unknown) => {
      // The database may still be starting. Until it was looked at, nothing is written.
      if (!(error instanceof StockdbError)) throw error
      log.warn(`--write-database: ${error.message}; it is checked again at the first write`)
    })
    if (options.factorSchema !== undefined)
      await checkFactorSchema(engine, options.factorSchema, adHoc.schema, deadline(RIGHTS_TIMEOUT_MS)).catch(
        (error: unknown) => {
          if (!(error instanceof StockdbError)) throw error
          log.warn(`--factor-schema: ${error.message}; factors are defined when the database answers`)
        },
      )
    const writing = account?.engine ?? engine
    const managed = await engine.managed()
    if (managed) await createMissingTables(engine, withOwnTables(catalogue), deadline(60_000))
    const explain: Explain = (sql, parameters) => engine.explain(sql, parameters, deadline(EXPLAIN_TIMEOUT_MS))
    const telemetry = new Telemetry({
      log,
      slowLog: new SlowLog(options.slowMs ?? DEFAULT_SLOW_MS, log, explain),
      pool: () => engine.load(),
      cache: () => answers.stats,
      writePool: account && (() => writing.load()),
      databaseState: () => databaseState(engine),
      everywhere:
        fellows &&
        (async () => mergeStatus(await colleagues.ask('status', { signal: deadline(EVERYWHERE_TIMEOUT_MS) }))),
      records: fellows?.records,
      // Not even loaded unless it is asked for.
      traces: options.traces ? (await import('./telemetry/traces.ts')).openTraces(engine.kind, log) : undefined,
    })
    const tables = new TableGuard(engine, log)
    const cache = new QueryCache(engine.dialect, catalogue, tables)
    const planner = new Planner(catalogue, tables)
    const changes = new ChangeFeed(engine, log)
    const calendar = new TradingCalendar(engine, tables, catalogue, cache, planner)
    const listings = new Listings(engine, tables, planner, cache)
    const suspensions = new Suspensions(engine, tables, catalogue, cache)
    const factors = new FactorStore(engine, catalogue, log)
    const answers = new AnswerCache(engine, bounds, {
      readAt: () => Math.min(...[calendar, listings, suspensions].flatMap(({ readAt }) => readAt)),
      tableOf: (name) => {
        const dataset = (catalogue as Catalogue)[name] ?? factors.get(name)?.dataset
        return dataset && !hasMembers(dataset) ? tableName(dataset) : undefined
      },
    })
    factors.follow((defined) => {
      fieldOf = fieldsOf({ ...catalogue, ...Object.fromEntries(defined.map((factor) => [factor.name, factor])) })
    })
    const own = ownReports(() => services)
    const colleagues = fellows?.colleagues(own) ?? noColleagues(own)
    const services: Services = {
      engine,
      colleagues,
      bounds,
      catalogue,
      base: catalogue,
      cache,
      tables,
      planner,
      calendar,
      listings,
      suspensions,
      answers,
      telemetry,
      writer: new Writer(writing, tables, bounds, new Housekeeping(writing, log, bounds.changesRetentionMs), account),
      changes,
      factors,
      factorPlace: {
        schema: options.factorSchema,
        prefix: options.factorPrefix ?? (options.factorSchema === undefined ? DEFAULT_FACTOR_PREFIX : ''),
      },
      snapshotFolder: join(resolve(options.dataFolder ?? DEFAULT_DATA_FOLDER), 'snapshots'),
      adHoc,
      sqlParser,
      version,
      startedAt: Date.now(),
      upSinceMs: performance.now(),
    }
    // Where the database cannot be asked now, the first call asks it.
    await factors.look().catch((error: unknown) => log.debug({ err: error }, 'cannot read the factors'))
    const http = await listen(services, {
      host,
      port,
      gate,
      peers,
      limitLoopback,
      tls: options.tls,
      corsOrigins,
      log,
      onMemoryExceeded,
      sharesPort: fellows !== undefined,
      shared: fellows?.load,
      catchUp: fellows && (() => fellows.commits.catchUp()),
    })
    const imports = await listenForImports(engine, catalogue, lockedFileOf(options.database), log)
    if (fellows === undefined || fellows.worker === 1) {
      void warnOfRights(engine, log)
      void warnOfRefusedWrites({ ...{ reading: engine, writing, catalogue }, factorSchema: options.factorSchema }, log)
      if (!managed) void warnOfTables(engine, catalogue, log)
      if (!options.tls && !isLoopback(host))
        log.warn('tokens and answers are sent unencrypted: use --tls-cert and --tls-key, or a proxy in front')
    }
    const close = async (): Promise<void> => {
      await Promise.all([http.close(), imports.close()])
      changes.stop()
      fellows?.commits.close()
      // In parallel: each may take a while to notice that the database is gone.
      await Promise.all([telemetry.close(), adHoc.close(), sqlParser.close(), engine.close(), account?.engine.close()])
    }
    let closed: Promise<void> | undefined
    return {
      url: http.url,
      engine,
      admission: http.admission,
      running: () => [...telemetry.running],
      renewTls: http.renewTls,
      close: () => {
        closed ??= close()
        return closed
      },
    }
  } catch (error) {
    await adHoc.close()
    await sqlParser.close()
    await engine.close()
    await account?.engine.close()
    throw error
  }
}

/** The account for writes, with as many connections as there are writes, and one for what follows them. */
function openWriteAccount(
  { database, writeDatabase = '' }: StartOptions,
  main: Engine,
  log: Log,
  bounds: Bounds,
  commits: Commits,
): WriteAccount {
  const accounts = withOption('--write-database', () => {
    accountsOf(writeDatabase)
    return accountsOf(database)
  })
  const own = { ...bounds, connections: bounds.maxWrites + 1 }
  const engine = withOption('--write-database', () => openEngine(writeDatabase, log, own, callObserver, commits))
  return new WriteAccount({
    engine,
    difference: (signal) => accounts.difference(database, writeDatabase, signal),
    hasOwnTables: (signal) => hasOwnTables(main, signal),
  })
}

/** Says which option a bad address was given with. */
function withOption<Result>(option: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (error instanceof TypeError) throw new TypeError(`${option}: ${error.message}`, { cause: error })
    throw error
  }
}

/** The declared fields, by their table and column names in the database. */
function fieldsOf(catalogue: Catalogue): FieldOfColumn {
  const fields = new Map<string, Field>()
  const key = (table: string, column: string): string => JSON.stringify([table, column])
  for (const dataset of Object.values(catalogue)) {
    for (const [name, field] of Object.entries(dataset.fields)) {
      fields.set(key(tableName(dataset), columnName(dataset, name)), field)
    }
  }
  return (table, column) => fields.get(key(table, column))
}

/** Says at once what every call of these datasets would say later. Starting does not wait for this look. */
async function warnOfTables(engine: Engine, catalogue: Catalogue, log: Log): Promise<void> {
  try {
    const { served, missing, differing } = await surveyTables(engine, catalogue)
    if (missing.length + differing.length === 0) return
    const named = (what: string, names: readonly string[]): string[] =>
      names.length === 0 ? [] : [`${names.length} ${what} (${listOf(names)})`]
    const points = [...named('have no table', missing), ...named('differ from their tables', differing)].join(', ')
    log.warn(
      `${served.length} of ${Object.keys(catalogue).length} datasets can be served; ${points}. "npx stockdb introspect" declares the tables as they are, and "npx stockdb migrate" creates those of the catalogue`,
    )
  } catch (error) {
    log.debug({ err: error }, 'cannot look at the tables')
  }
}

const listOf = (names: readonly string[]): string =>
  names.length > MAX_NAMED_DATASETS ? `${names.slice(0, MAX_NAMED_DATASETS).join(', ')}, …` : names.join(', ')

/** Says which calls that write the database will refuse. Starting does not wait for this look. */
async function warnOfRefusedWrites(accounts: Accounts, log: Log): Promise<void> {
  try {
    const { reading, catalogue } = accounts
    if (!Object.values(catalogue).some(isWritable)) return
    const signal = deadline(RIGHTS_TIMEOUT_MS)
    // Without them nothing is written at all, and the first write says so.
    if (!(await hasOwnTables(reading, signal))) return
    const refused = await refusedWrites(accounts, signal)
    if (!refused) return
    const { cannot, grants, writesNothing } = refused
    if (writesNothing) {
      log.info(
        'the database account may only read: upserts, deletes and factors are refused; "stockdb grants" prints an account for --write-database',
      )
      return
    }
    log.warn(
      { cannot, grants: grants.slice(0, MAX_NAMED_RIGHTS), further: Math.max(0, grants.length - MAX_NAMED_RIGHTS) },
      'the database account that writes lacks rights: the calls under "cannot" are refused until an administrator runs the statements under "grants"',
    )
  } catch (error) {
    log.debug({ err: error }, 'cannot read the rights of the database account that writes')
  }
}

/** Even if the server fails, it should not have more rights than it needs. Starting does not wait for this check. */
async function warnOfRights(engine: Engine, log: Log): Promise<void> {
  try {
    const rights = await engine.excessRights(deadline(RIGHTS_TIMEOUT_MS))
    if (rights.length > 0) {
      log.warn(
        { rights: rights.slice(0, MAX_NAMED_RIGHTS), further: Math.max(0, rights.length - MAX_NAMED_RIGHTS) },
        'the database account has more rights than stockdb needs; "stockdb grants" prints SQL for accounts that do not',
      )
    }
  } catch (error) {
    if (error instanceof StockdbError && error.code === 'DATABASE_UNAVAILABLE')
      log.warn(`${error.message}; calls are refused until it exists`)
    else log.debug({ err: error }, 'cannot read the rights of the database account')
  }
}
