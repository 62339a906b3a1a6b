import { join, resolve } from 'node:path'
import type { Catalogue, Field } from '@stockdb/contract'
import { tushare } from '@stockdb/contract'
import { columnName, tableName } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { Authenticator } from './access/authenticator.ts'
import { isLoopback } from './access/loopback.ts'
import { Peers } from './access/peer.ts'
import { TokenStore } from './access/token-store.ts'
import type { Services } from './api/context.ts'
import type { AdmissionState } from './bounds/admission.ts'
import type { Bounds } from './bounds/settings.ts'
import { wholeBounds } from './bounds/whole-bounds.ts'
import type { FieldOfColumn } from './engine/ad-hoc.ts'
import { databaseState } from './engine/database-state.ts'
import { deadline } from './engine/deadline.ts'
import type { Engine } from './engine/engine.ts'
import { createMissingTables } from './engine/migration.ts'
import { openAdHoc, openEngine } from './engine/open.ts'
import { TableGuard } from './engine/table-guard.ts'
import { Listings } from './execute/listings.ts'
import { Sessions } from './execute/sessions.ts'
import { Suspensions } from './execute/suspensions.ts'
import { listen, type TlsFiles } from './http/server.ts'
import { Planner } from './plan/planner.ts'
import { QueryCache } from './plan/prepared-query.ts'
import { SqlParser } from './sql/sql-parser.ts'
import type { Log } from './telemetry/log.ts'
import { createLog } from './telemetry/log.ts'
import { callObserver, type RunningCall } from './telemetry/running-call.ts'
import { type Explain, SlowLog } from './telemetry/slow-log.ts'
import { Telemetry } from './telemetry/telemetry.ts'
import { version } from './version.ts'

/** How long the database may think about a plan for the slow log. */
const EXPLAIN_TIMEOUT_MS = 5_000

/** How long the look at the rights of the database account may take. */
const RIGHTS_TIMEOUT_MS = 10_000

/** Rights that a warning names: an administrator of MySQL has some eighty. */
const MAX_NAMED_RIGHTS = 8

const DEFAULT_DATA_FOLDER = './stockdb-data'

export const DEFAULT_SLOW_MS = 1_000

export interface StartOptions {
  /** `mysql://user:password@host:port/database` or `sqlite:path/to/file.db`. */
  readonly database: string
  /** The same database by an account that may do less, for callers' own SQL; `database` by default. */
  readonly sqlDatabase?: string | undefined
  /** The default is Tushare's tables. */
  readonly catalogue?: Catalogue
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Default 7788; 0 takes a free port. */
  readonly port?: number
  /** Each in the unit that its name ends in. Those that are not given are the defaults, or make room for those that are. */
  readonly bounds?: Partial<Bounds>
  /** File of the tokens, as `stockdb token create` makes it; without one, or while it is empty, only loopback addresses are served, and need no token. */
  readonly tokens?: string
  /** Certificate chain and private key, in PEM, to serve HTTPS. */
  readonly tls?: TlsFiles
  /** Origins whose pages may ask from a browser; none by default. */
  readonly corsOrigins?: readonly string[]
  /** Addresses, or networks such as `10.0.0.0/8`, of proxies whose `X-Forwarded-For` names the caller; none by default. */
  readonly trustedProxies?: readonly string[]
  /**
   * Whether `maxConnectionsPerAddress` holds for this machine's own addresses too; false by default. True where what
   * comes by them is not this machine's, behind a tunnel for one.
   */
  readonly limitLoopback?: boolean
  readonly log?: Log
  /** Calls that take longer are logged with their queries and a plan; default 1,000. */
  readonly slowMs?: number
  /** Sends OpenTelemetry traces to where the `OTEL_…` environment variables say; off by default. */
  readonly traces?: boolean
  /** Called when resident memory is above `killMemoryBytes`; what leaks would take everything in the end. Does nothing by default. */
  readonly onMemoryExceeded?: () => void
  /** Where the server keeps what it writes of itself, heap snapshots for one; default `./stockdb-data`. */
  readonly dataFolder?: string
}

export interface StockdbServer {
  /** `http://HOST:PORT`, or `https://HOST:PORT`. */
  readonly url: string
  /** Takes another certificate for connections to come. Throws when it is not one; the old one then stays. */
  renewTls(tls: TlsFiles): void
  readonly engine: Engine
  /** What is under way, and how often calls were refused. */
  readonly admission: AdmissionState
  /** The calls under way. */
  running(): readonly RunningCall[]
  /** Lets running calls finish within the drain time, then closes the server and its database; asked again, waits for the same end. */
  close(): Promise<void>
}

/**
 * Starts a server in this process. On SQLite it creates the tables that are missing; on MySQL it changes nothing.
 * Rejects with a `TypeError` for a bad address, one that other machines can reach while there is no token, or bounds that contradict each other, and with what
 * the system says when the port is taken.
 */
export async function start(options: StartOptions): Promise<StockdbServer> {
  const log = options.log ?? createLog('info')
  const catalogue = options.catalogue ?? tushare
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
  const engine = openEngine(options.database, log, bounds, callObserver)
  const adHoc = openAdHoc(
    options.sqlDatabase ?? options.database,
    { bounds, log, observer: callObserver },
    fieldsOf(catalogue),
  )
  const sqlParser = new SqlParser()
  try {
    if (engine.managed) await createMissingTables(engine, catalogue, deadline(60_000))
    const explain: Explain = (sql, parameters) => engine.explain(sql, parameters, deadline(EXPLAIN_TIMEOUT_MS))
    const telemetry = new Telemetry({
      log,
      slowLog: new SlowLog(options.slowMs ?? DEFAULT_SLOW_MS, log, explain),
      pool: () => engine.load(),
      databaseState: () => databaseState(engine),
      // What is not asked for is not even loaded.
      traces: options.traces ? (await import('./telemetry/traces.ts')).openTraces(engine.kind, log) : undefined,
    })
    const tables = new TableGuard(engine, log)
    const cache = new QueryCache(engine.dialect, catalogue, tables)
    const planner = new Planner(catalogue, tables)
    const services: Services = {
      engine,
      bounds,
      catalogue,
      cache,
      tables,
      planner,
      sessions: new Sessions(engine, tables, catalogue, cache, planner),
      listings: new Listings(engine, tables, planner, cache),
      suspensions: new Suspensions(engine, tables, catalogue, cache),
      telemetry,
      snapshotFolder: join(resolve(options.dataFolder ?? DEFAULT_DATA_FOLDER), 'snapshots'),
      adHoc,
      sqlParser,
      version,
      startedAt: Date.now(),
      upSinceMs: performance.now(),
    }
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
    })
    void warnOfRights(engine, log)
    if (!options.tls && !isLoopback(host))
      log.warn('tokens and answers travel in the clear: --tls-cert and --tls-key, or a proxy in front, encrypt them')
    const close = async (): Promise<void> => {
      await http.close()
      // At once: each of them may take a while to learn that nobody answers any more.
      await Promise.all([telemetry.close(), adHoc.close(), sqlParser.close(), engine.close()])
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
    throw error
  }
}

/** The fields that the catalogue declares, by the names that the database has for tables and columns. */
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

/** Whatever goes wrong with the server, it should not be able to do more than its work; starting does not wait for this. */
async function warnOfRights(engine: Engine, log: Log): Promise<void> {
  try {
    const rights = await engine.excessRights(deadline(RIGHTS_TIMEOUT_MS))
    if (rights.length > 0) {
      log.warn(
        { rights: rights.slice(0, MAX_NAMED_RIGHTS), further: Math.max(0, rights.length - MAX_NAMED_RIGHTS) },
        'the database account may do more than stockdb needs; "stockdb grants" makes accounts that do not',
      )
    }
  } catch (error) {
    if (error instanceof StockdbError && error.code === 'DATABASE_UNAVAILABLE')
      log.warn(`${error.message}; calls are refused until it is there`)
    else log.debug({ err: error }, 'cannot read the rights of the database account')
  }
}
