import type { Catalogue } from '@stockdb/contract'
import type { AdmissionState } from '../bounds/admission.ts'
import type { Bounds } from '../bounds/settings.ts'
import type { Engine } from '../engine/engine.ts'
import type { TlsFiles } from '../http/server.ts'
import type { Log } from '../telemetry/log.ts'
import type { RunningCall } from '../telemetry/running-call.ts'

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
  /** A folder in which answers are also kept, for the next run; none by default. */
  readonly cacheDir?: string | undefined
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
