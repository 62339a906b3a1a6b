import { limits } from '@stockdb/contract/wire'

/** How a setting is written: a bare number, bytes (`64MB`), or milliseconds (`1500`, `10s`). */
export type Unit = 'number' | 'bytes' | 'ms'

/** One bound: its command-line option and its default. The environment variable follows from the flag. */
export interface Setting {
  readonly flag: string
  readonly unit: Unit
  readonly default: number
  readonly min: number
  readonly max: number
  readonly group: string
  readonly description: string
  /** Whether `off` can be written as well, which is {@link OFF}. */
  readonly canBeOff?: true
}

/** The value of a setting that is switched off. */
export const OFF = -1

const KB = 2 ** 10
const MB = 2 ** 20
const GB = 2 ** 30
const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const CALLS = 'Concurrent calls and their rate (a caller is a token, or an address if there are no tokens):'
const DATABASE = 'The database:'
const WRITES = 'Writes:'
const REQUESTS = 'Requests and answers:'
const MEMORY = 'Memory and the event loop:'

/**
 * All bounds of a server, declared once: the options of `stockdb serve`, their help, docs/configuration.md and {@link
 * Bounds} are derived from this.
 */
export const settings = {
  maxCalls: {
    flag: 'max-calls',
    unit: 'number',
    default: 512,
    min: 1,
    max: 100_000,
    group: CALLS,
    description: 'concurrent calls, including waiting ones; beyond: 503',
  },
  maxCallsPerCaller: {
    flag: 'max-calls-per-caller',
    unit: 'number',
    default: 256,
    min: 1,
    max: 100_000,
    group: CALLS,
    description: 'concurrent calls of one caller; beyond: 429',
  },
  maxHeavyCalls: {
    flag: 'max-heavy-calls',
    unit: 'number',
    default: 6,
    min: 1,
    max: 1_000,
    group: CALLS,
    description:
      'concurrent heavy calls, fewer than connections; the last place is for another caller; beyond, they wait',
  },
  heavyRows: {
    flag: 'heavy-rows',
    unit: 'number',
    default: 200_000,
    min: 1,
    max: 1_000_000_000,
    group: CALLS,
    description: 'a call is heavy if it is estimated to read more rows than this',
  },
  maxBytesInFlight: {
    flag: 'max-bytes-in-flight',
    unit: 'bytes',
    default: 256 * MB,
    min: MB,
    max: 1024 * GB,
    group: CALLS,
    description:
      'bytes of requests and answers held for all callers; beyond, calls with a body and heavy calls get 503',
  },
  maxBytesInFlightPerCaller: {
    flag: 'max-bytes-in-flight-per-caller',
    unit: 'bytes',
    default: 192 * MB,
    min: MB,
    max: 1024 * GB,
    group: CALLS,
    description: 'the same for one caller; beyond: 429',
  },
  maxRate: {
    flag: 'max-rate',
    unit: 'number',
    default: 20_000,
    min: 1,
    max: 1_000_000,
    group: CALLS,
    description: 'calls of one caller per second; beyond: 429',
  },
  maxSubscriptions: {
    flag: 'max-subscriptions',
    unit: 'number',
    default: 100,
    min: 0,
    max: 100_000,
    group: CALLS,
    description: 'concurrent subscriptions (server-sent events), the last tenth for callers who have none; beyond: 503',
  },
  maxSubscriptionAgeMs: {
    flag: 'max-subscription-age',
    unit: 'ms',
    default: HOUR,
    min: SECOND,
    max: 24 * HOUR,
    group: CALLS,
    description: 'age at which the server ends a subscription; its client resumes it',
  },
  connections: {
    flag: 'connections',
    unit: 'number',
    default: 10,
    min: 1,
    max: 1_000,
    group: DATABASE,
    description: 'maximum connections to a MySQL database, or handles of a SQLite or DuckDB file',
  },
  queueLength: {
    flag: 'queue-length',
    unit: 'number',
    default: 1_000,
    min: 0,
    max: 100_000,
    group: DATABASE,
    description: 'reads that may wait for a connection; beyond: 503',
  },
  queueWaitMs: {
    flag: 'queue-wait',
    unit: 'ms',
    default: 10 * SECOND,
    min: 1,
    max: HOUR,
    group: DATABASE,
    description: 'the longest wait for a connection; beyond: 503',
  },
  queueBurstMs: {
    flag: 'queue-burst',
    unit: 'ms',
    default: 75,
    min: 0,
    max: HOUR,
    group: DATABASE,
    description: 'how long a call may wait in a queue longer than the connections before new calls get 503',
  },
  statementTimeoutMs: {
    flag: 'statement-timeout',
    unit: 'ms',
    default: 5 * MINUTE,
    min: 1,
    max: 24 * HOUR,
    group: DATABASE,
    description: 'the longest that the database may work on one read, not counting waits for a slow reader',
  },
  maxSnapshotAgeMs: {
    flag: 'max-snapshot-age',
    unit: 'ms',
    default: 2 * MINUTE,
    min: 100,
    max: 24 * HOUR,
    group: DATABASE,
    description:
      'how long the database keeps a snapshot for an answer of several reads, or for a slow reader; beyond: 503',
  },
  maxWalBytes: {
    flag: 'max-wal',
    unit: 'bytes',
    default: 256 * MB,
    min: MB,
    max: 1024 * GB,
    group: DATABASE,
    description:
      'size of the write-ahead log of a SQLite file; beyond, the oldest read that keeps it from shrinking gets 503',
  },
  silenceTimeoutMs: {
    flag: 'silence-timeout',
    unit: 'ms',
    default: MINUTE,
    min: 100,
    max: 24 * HOUR,
    group: DATABASE,
    description: 'how long a MySQL database may send nothing while the server waits for rows',
  },
  sqlConnections: {
    flag: 'sql-connections',
    unit: 'number',
    default: 3,
    min: 1,
    max: 100,
    group: DATABASE,
    description:
      'concurrent statements of `sql.run`, each on its own connection, the last for another caller; beyond, they wait',
  },
  sqlTimeoutMs: {
    flag: 'sql-timeout',
    unit: 'ms',
    default: 30 * SECOND,
    min: 10,
    max: HOUR,
    group: DATABASE,
    description: 'the longest that a statement of `sql.run` may run before it is killed',
  },
  maxTempDiskBytes: {
    flag: 'max-temp-disk',
    unit: 'bytes',
    default: 4 * GB,
    min: MB,
    max: 1_024 * GB,
    group: DATABASE,
    description:
      'temporary files that a database may create for one of a caller’s own queries; beyond: 422. MySQL reports them only to accounts with PROCESS; SQLite creates none; on DuckDB all queries share them',
  },
  maxSqlRows: {
    flag: 'max-sql-rows',
    unit: 'number',
    default: 1_000_000,
    min: 1,
    max: 100_000_000,
    group: DATABASE,
    description: 'rows of the answer to a statement of `sql.run`; beyond: 422',
  },
  maxSqlBytes: {
    flag: 'max-sql-bytes',
    unit: 'bytes',
    default: 64 * MB,
    min: KB,
    max: GB,
    group: DATABASE,
    description: 'bytes of the answer to a statement of `sql.run`; beyond: 422',
  },
  maxWrites: {
    flag: 'max-writes',
    unit: 'number',
    default: 4,
    min: 1,
    max: 1_000,
    group: WRITES,
    description:
      'concurrent writes, fewer than connections, the last for another caller; beyond, they wait in a queue as reads do',
  },
  maxWriteRows: {
    flag: 'max-write-rows',
    unit: 'number',
    default: 20_000_000,
    min: 1,
    max: 1_000_000_000,
    group: WRITES,
    description: 'rows of one write; beyond: 413',
  },
  maxWriteBytes: {
    flag: 'max-write',
    unit: 'bytes',
    default: 2 * GB,
    min: KB,
    max: 1_024 * GB,
    group: WRITES,
    description: 'size of the body of one write in Arrow; beyond: 413. JSON is bounded by `--max-body`',
  },
  writeBufferBytes: {
    flag: 'write-buffer',
    unit: 'bytes',
    default: 16 * MB,
    min: MB,
    max: GB,
    group: WRITES,
    description:
      'rows of a write that are held before its transaction begins; a write that fits is repeated by the server if another is in its way',
  },
  writeTimeoutMs: {
    flag: 'write-timeout',
    unit: 'ms',
    default: 10 * MINUTE,
    min: 100,
    max: 24 * HOUR,
    group: WRITES,
    description: 'the longest that one write may take, from its first byte to its commit; beyond: 504',
  },
  writePauseMs: {
    flag: 'write-pause',
    unit: 'ms',
    default: 30 * SECOND,
    min: 100,
    max: HOUR,
    group: WRITES,
    description: 'how long the sender of a write may send nothing while the server waits for its rows; beyond: 504',
  },
  minWriteBytes: {
    flag: 'min-write-rate',
    unit: 'bytes',
    default: 4 * KB,
    min: 0,
    max: GB,
    group: WRITES,
    description:
      'minimum bytes per second of the sender of a write while the server waits for its rows; beyond: 504; 0: no minimum',
  },
  writeWindowMs: {
    flag: 'write-window',
    unit: 'ms',
    default: MINUTE,
    min: 100,
    max: HOUR,
    group: WRITES,
    description: 'the time, waiting for a sender, over which `--min-write-rate` is averaged',
  },
  outcomeWaitMs: {
    flag: 'outcome-wait',
    unit: 'ms',
    default: 30 * SECOND,
    min: 0,
    max: HOUR,
    group: WRITES,
    description: 'how long the server waits for a database that was lost during a commit, to learn what became of it',
  },
  changesRetentionMs: {
    flag: 'changes-retention',
    unit: 'ms',
    default: 30 * 24 * HOUR,
    min: MINUTE,
    max: 3_650 * 24 * HOUR,
    group: WRITES,
    description: 'how long the database remembers what was written when, for listeners that come back',
  },
  maxFactors: {
    flag: 'max-factors',
    unit: 'number',
    default: 200,
    min: 0,
    max: 2_000,
    group: WRITES,
    description: 'factors that users may define in one database',
  },
  maxBodyBytes: {
    flag: 'max-body',
    unit: 'bytes',
    default: 2 * MB,
    min: KB,
    max: GB,
    group: REQUESTS,
    description: 'size of a request’s body; beyond: 413',
  },
  maxHeaderBytes: {
    flag: 'max-header',
    unit: 'bytes',
    default: 32 * KB,
    min: 4 * KB,
    max: MB,
    group: REQUESTS,
    description: 'size of a request’s line and headers; beyond: 431',
  },
  maxBatchSize: {
    flag: 'max-batch',
    unit: 'number',
    default: 20,
    min: 1,
    max: 1_000,
    group: REQUESTS,
    description: 'calls in one batched request; beyond: 400',
  },
  maxListLength: {
    flag: 'max-list',
    unit: 'number',
    default: limits.symbols,
    min: 1,
    max: limits.symbols,
    group: REQUESTS,
    description: 'symbols in one list; beyond: 400, or the error as an event of a subscription',
  },
  maxJsonRows: {
    flag: 'max-json-rows',
    unit: 'number',
    default: 100_000,
    min: 1,
    max: 1_000_000,
    group: REQUESTS,
    description: 'rows of an answer in JSON; beyond: 422, which names Arrow',
  },
  maxJsonValues: {
    flag: 'max-json-values',
    unit: 'number',
    default: 2_000_000,
    min: 1,
    max: 100_000_000,
    group: REQUESTS,
    description: 'rows × fields of an answer in JSON; beyond: 422',
  },
  maxConnections: {
    flag: 'max-connections',
    unit: 'number',
    default: 1_000,
    min: 1,
    max: 100_000,
    group: REQUESTS,
    description: 'client connections; beyond, idle ones are closed, those without a token first',
  },
  maxConnectionsPerAddress: {
    flag: 'max-connections-per-address',
    unit: 'number',
    default: 256,
    min: 1,
    max: 100_000,
    group: REQUESTS,
    description: 'the same for one address, except loopback and `--trusted-proxy`',
  },
  headTimeoutMs: {
    flag: 'head-timeout',
    unit: 'ms',
    default: 10 * SECOND,
    min: 100,
    max: HOUR,
    group: REQUESTS,
    description: 'how long a request’s headers may take to arrive, from when the connection is opened; beyond: 408',
  },
  keepAliveMs: {
    flag: 'keep-alive',
    unit: 'ms',
    default: 65 * SECOND,
    min: 100,
    max: HOUR,
    group: REQUESTS,
    description: 'how long a connection may be idle between two requests',
  },
  requestTimeoutMs: {
    flag: 'request-timeout',
    unit: 'ms',
    default: 30 * SECOND,
    min: 100,
    max: HOUR,
    group: REQUESTS,
    description: 'how long a request may take to arrive; beyond: 408',
  },
  stallTimeoutMs: {
    flag: 'stall-timeout',
    unit: 'ms',
    default: 10 * MINUTE,
    min: 100,
    max: 24 * HOUR,
    group: REQUESTS,
    description: 'how long a reader may stall before its answer is aborted',
  },
  minReadBytes: {
    flag: 'min-read-rate',
    unit: 'bytes',
    default: 64 * KB,
    min: 0,
    max: GB,
    group: REQUESTS,
    description: 'minimum bytes per second of a reader while data is waiting, or its answer is aborted; 0: no minimum',
  },
  readWindowMs: {
    flag: 'read-window',
    unit: 'ms',
    default: MINUTE,
    min: 100,
    max: HOUR,
    group: REQUESTS,
    description: 'the time, waiting for a reader, over which `--min-read-rate` is averaged',
  },
  drainTimeoutMs: {
    flag: 'drain-timeout',
    unit: 'ms',
    // Process managers often allow ten seconds; aborting and closing take up to three.
    default: 7 * SECOND,
    min: 0,
    max: HOUR,
    group: REQUESTS,
    description: 'how long running calls may continue after SIGTERM',
  },
  maxMemoryBytes: {
    flag: 'max-memory',
    unit: 'bytes',
    default: GB,
    min: 64 * MB,
    max: 1024 * GB,
    group: MEMORY,
    description:
      'resident memory above which new heavy calls get 503; DuckDB may take a quarter of it for its own work',
  },
  killMemoryBytes: {
    flag: 'kill-memory',
    unit: 'bytes',
    default: 2 * GB,
    min: 64 * MB,
    max: 1024 * GB,
    group: MEMORY,
    description: 'resident memory above which the server exits, after logging which calls were running',
  },
  cacheMemoryBytes: {
    flag: 'cache-memory',
    unit: 'bytes',
    default: 256 * MB,
    min: 0,
    max: 1024 * GB,
    group: MEMORY,
    description: 'answers kept in memory, part of --max-memory; 0 keeps none',
  },
  cacheDiskBytes: {
    flag: 'cache-disk',
    unit: 'bytes',
    default: 2 * GB,
    min: MB,
    max: 64 * 1024 * GB,
    group: MEMORY,
    description: 'answers and blocks kept in the folder of --cache-dir',
  },
  cacheMaxAgeMs: {
    flag: 'cache-max-age',
    unit: 'ms',
    default: SECOND,
    min: 0,
    max: 24 * HOUR,
    group: MEMORY,
    canBeOff: true,
    description:
      'how long an answer from memory may leave out what other programs commit; 0 asks the database before each answer, off keeps none',
  },
  maxLoopDelayMs: {
    flag: 'max-loop-delay',
    unit: 'ms',
    default: 250,
    min: 20,
    max: MINUTE,
    group: MEMORY,
    description: 'event loop delay, averaged over a second, above which new heavy calls get 503',
  },
} as const satisfies Record<string, Setting>

type Name = keyof typeof settings

/** All bounds of a server, each in the unit that its name ends in. */
export type Bounds = { readonly [N in Name]: number }

export const settingsByName = Object.entries(settings) as readonly (readonly [Name, Setting])[]

/** The limits of a server that sets none; docs/configuration.md describes them. */
export const defaultBounds = Object.fromEntries(
  settingsByName.map(([name, setting]) => [name, setting.default]),
) as Bounds

export const environmentVariable = ({ flag }: Setting): string => `STOCKDB_${flag.replaceAll('-', '_').toUpperCase()}`
