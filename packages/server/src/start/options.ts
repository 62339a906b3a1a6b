import type { Catalogue } from '@stockdb/contract'
import type { AdmissionState } from '../bounds/admission.ts'
import type { Bounds } from '../bounds/settings.ts'
import type { Engine } from '../engine/engine.ts'
import type { TlsFiles } from '../http/server.ts'
import type { Log } from '../telemetry/log.ts'
import type { RunningCall } from '../telemetry/running-call.ts'

/** What a server is started with; the options of `stockdb serve` are the same. */
export interface StartOptions {
  /**
   * `mysql://user:password@host:port/database`, `sqlite:path/to/file.db` or `duckdb:path/to/file.duckdb`.
   *
   * @example
   * ```ts
   * await start({ database: 'mysql://reader:secret@127.0.0.1:3306/stocks' })
   * ```
   */
  readonly database: string
  /**
   * The same database through an account with fewer rights, for callers' own SQL.
   *
   * @default `database`
   * @example
   * ```ts
   * await start({ database: 'mysql://reader:secret@127.0.0.1:3306/stocks', sqlDatabase: 'mysql://sql:secret@127.0.0.1:3306/stocks' })
   * ```
   */
  readonly sqlDatabase?: string | undefined
  /**
   * The same database through an account that may write, for writes alone; only for databases with accounts.
   *
   * @default `database`
   * @example
   * ```ts
   * await start({ database: 'mysql://reader:secret@127.0.0.1:3306/stocks', writeDatabase: 'mysql://writer:secret@127.0.0.1:3306/stocks' })
   * ```
   */
  readonly writeDatabase?: string | undefined
  /**
   * The datasets to serve.
   *
   * @default Tushare's tables
   * @example
   * ```ts
   * import { defineCatalogue, tushare } from '@stockdb/contract'
   * await start({ database: 'sqlite:stocks.db', catalogue: defineCatalogue({ daily: tushare.daily }) })
   * ```
   */
  readonly catalogue?: Catalogue
  /**
   * The address to listen on.
   *
   * @default '127.0.0.1'
   * @example
   * ```ts
   * await start({ database: 'sqlite:stocks.db', host: '0.0.0.0', tokens: 'tokens.json' })
   * ```
   */
  readonly host?: string
  /**
   * The port to listen on; 0 chooses a free one.
   *
   * @default 7788
   * @example
   * ```ts
   * await start({ database: 'sqlite:stocks.db', port: 0 })
   * ```
   */
  readonly port?: number
  /**
   * The limits, each in the unit that its name ends in.
   *
   * @default those of `defaultBounds`, adjusted to the ones that are given
   * @example
   * ```ts
   * await start({ database: 'sqlite:stocks.db', bounds: { maxListLength: 1_000 } })
   * ```
   */
  readonly bounds?: Partial<Bounds>
  /**
   * The token file, as written by `stockdb token create`. Without it, or while it is empty, only loopback addresses are
   * served, and need no token.
   *
   * @default no tokens
   * @example
   * ```ts
   * await start({ database: 'sqlite:stocks.db', host: '0.0.0.0', tokens: 'tokens.json' })
   * ```
   */
  readonly tokens?: string
  /**
   * Certificate chain and private key, in PEM, to serve HTTPS.
   *
   * @default HTTP
   * @example
   * ```ts
   * import { readFileSync } from 'node:fs'
   * await start({ database: 'sqlite:stocks.db', tls: { cert: readFileSync('chain.pem', 'utf8'), key: readFileSync('key.pem', 'utf8') } })
   * ```
   */
  readonly tls?: TlsFiles
  /**
   * Origins whose pages may call from a browser.
   *
   * @default none
   * @example
   * ```ts
   * await start({ database: 'sqlite:stocks.db', corsOrigins: ['https://notebook.example'] })
   * ```
   */
  readonly corsOrigins?: readonly string[]
  /**
   * Addresses, or networks such as `10.0.0.0/8`, of proxies whose `X-Forwarded-For` names the caller.
   *
   * @default none
   * @example
   * ```ts
   * await start({ database: 'sqlite:stocks.db', trustedProxies: ['10.0.0.0/8'] })
   * ```
   */
  readonly trustedProxies?: readonly string[]
  /**
   * Whether `maxConnectionsPerAddress` also applies to this machine's own addresses. Set it if their connections come through a tunnel.
   *
   * @default false
   * @example
   * ```ts
   * await start({ database: 'sqlite:stocks.db', limitLoopback: true })
   * ```
   */
  readonly limitLoopback?: boolean
  /**
   * Where the server logs.
   *
   * @default `createLog('info')`, standard error
   * @example
   * ```ts
   * await start({ database: 'sqlite:stocks.db', log: createLog('warn') })
   * ```
   */
  readonly log?: Log
  /**
   * Calls that take longer, in milliseconds, are logged with their queries and a plan.
   *
   * @default 1_000
   * @example
   * ```ts
   * await start({ database: 'sqlite:stocks.db', slowMs: 250 })
   * ```
   */
  readonly slowMs?: number
  /**
   * Whether to send OpenTelemetry traces to where the `OTEL_…` environment variables say.
   *
   * @default false
   * @example
   * ```ts
   * await start({ database: 'sqlite:stocks.db', traces: true })
   * ```
   */
  readonly traces?: boolean
  /**
   * Called when resident memory exceeds `killMemoryBytes`; a leak would take all memory in the end.
   *
   * @default does nothing
   * @example
   * ```ts
   * await start({ database: 'sqlite:stocks.db', onMemoryExceeded: () => process.exit(1) })
   * ```
   */
  readonly onMemoryExceeded?: () => void
  /**
   * What the names of the tables of factors begin with.
   *
   * @default 'factor_', with a `factorSchema` nothing
   * @example
   * ```ts
   * await start({ database: 'sqlite:stocks.db', factorPrefix: 'alpha_' })
   * ```
   */
  readonly factorPrefix?: string | undefined
  /**
   * Another database on the same server that new tables of factors are made in; only for databases on servers.
   *
   * @default the database itself
   * @example
   * ```ts
   * await start({ database: 'mysql://reader:secret@127.0.0.1:3306/stocks', factorSchema: 'factors' })
   * ```
   */
  readonly factorSchema?: string | undefined
  /**
   * A folder in which answers are also kept, for the next run.
   *
   * @default answers are only kept in memory
   * @example
   * ```ts
   * await start({ database: 'sqlite:stocks.db', cacheDir: 'stockdb-cache' })
   * ```
   */
  readonly cacheDir?: string | undefined
  /**
   * Where the server writes its own files, such as heap snapshots.
   *
   * @default './stockdb-data'
   * @example
   * ```ts
   * await start({ database: 'sqlite:stocks.db', dataFolder: '/var/lib/stockdb' })
   * ```
   */
  readonly dataFolder?: string
}

/** A running server. */
export interface StockdbServer {
  /** `http://HOST:PORT`, or `https://HOST:PORT`. */
  readonly url: string
  /**
   * Uses another certificate for new connections. Throws if it is invalid; the old one then stays.
   *
   * @param tls - the new certificate chain and private key, in PEM
   * @example
   * ```ts
   * import { readFileSync } from 'node:fs'
   * const pem = (file: string) => readFileSync(file, 'utf8')
   * const server = await start({ database: 'sqlite:stocks.db', tls: { cert: pem('chain.pem'), key: pem('key.pem') } })
   * server.renewTls({ cert: pem('new-chain.pem'), key: pem('new-key.pem') })
   * ```
   */
  renewTls(tls: TlsFiles): void
  /**
   * The open database.
   *
   * @internal
   */
  readonly engine: Engine
  /**
   * What is in progress, and how often calls were refused.
   *
   * @internal
   */
  readonly admission: AdmissionState
  /**
   * The calls in progress.
   *
   * @example
   * ```ts
   * const server = await start({ database: 'sqlite:stocks.db', port: 0 })
   * for (const { path, caller } of server.running()) console.log(path, caller)
   * ```
   */
  running(): readonly RunningCall[]
  /**
   * Lets running calls finish within the drain time, then closes the server and its database. Later calls wait for the
   * same end.
   *
   * @example
   * ```ts
   * const server = await start({ database: 'sqlite:stocks.db', port: 0 })
   * process.once('SIGTERM', () => void server.close())
   * ```
   */
  close(): Promise<void>
}
