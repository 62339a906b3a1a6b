/** Statistics of calls since the server started. */
export interface Usage {
  /** Calls that have ended. */
  readonly calls: number
  /** Counts by outcome: `ok` or an error code. */
  readonly outcomes: Readonly<Record<string, number>>
  /** Refused calls: the caller must change something, or wait. */
  readonly refusals: number
  /** Failed calls, although the request was valid. */
  readonly failures: number
  readonly rows: number
  /** Bytes of answers, without their HTTP headers. */
  readonly bytes: number
  /** Milliseconds from arrival to the end of the answer, summed over calls, and their breakdown. */
  readonly ms: number
  readonly queueMs: number
  readonly databaseMs: number
  readonly socketMs: number
}

/** What the server keeps in memory, and what became of calls since it started. */
export interface CacheStats {
  readonly answers: number
  /** Blocks of columns, of which answers of any shape are made. */
  readonly blocks: number
  readonly bytes: number
  /** 0 if none are kept. */
  readonly maxBytes: number
  /** Calls that were answered from memory, reads of the database for an answer, and calls that shared such a read. */
  readonly hits: number
  readonly reads: number
  readonly shared: number
  /** How many of the reads were answered from blocks alone. */
  readonly fromBlocks: number
  /** How often the database was found to have changed, and how often this server committed: all answers were forgotten. */
  readonly changes: number
  readonly commits: number
  /** Whether the database reports commits; null before it was asked. If it does not, answers only live for `--cache-max-age`. */
  readonly seesCommits: boolean | null
  /** What is also kept on disk; absent without `--cache-dir`. */
  readonly disk?: { readonly answers: number; readonly blocks: number; readonly bytes: number }
}

/** The connections to a database: how many are open and in use, and how many calls wait for one. */
export interface OpsConnections {
  readonly open: number
  readonly busy: number
  readonly waiting: number
}

/** Answer to `ops.stats`. Procedures and callers appear when they are first called. */
export interface OpsStats {
  readonly startedAt: string
  readonly uptimeSeconds: number
  readonly callsInFlight: number
  /** Age of the oldest open database snapshot, in milliseconds; 0 if there is none. */
  readonly oldestSnapshotMs: number
  readonly cache: CacheStats
  readonly connections: OpsConnections
  /** Those of `--write-database`, if it is set. */
  readonly writeConnections?: OpsConnections
  readonly total: Usage
  /** By the path of the procedure; `batch` for batched calls, `unknown` for unknown paths. */
  readonly procedures: Readonly<Record<string, Usage>>
  /** By the name of the caller's token. */
  readonly callers: Readonly<Record<string, Usage>>
  /** Of a server with several workers: those that answered within two seconds. The figures above are those of all. */
  readonly workers?: readonly WorkerStats[]
  /** How many workers died and were replaced. Their calls are counted above, as of the last time they were asked. */
  readonly workersReplaced?: number
}

/** One of several workers of a server (`stockdb serve --workers`), since it started. */
export interface WorkerStats {
  /** Its number in the log, from 1. */
  readonly worker: number
  readonly startedAt: string
  readonly callsInFlight: number
  readonly connections: OpsConnections
  readonly total: Usage
}

/** The memory of the server's process at one moment, in bytes. */
export interface MemorySample {
  /** Time of the sample, such as `2024-01-02T03:04:05.678Z`. */
  readonly at: string
  /** Resident memory of the process. */
  readonly rss: number
  readonly heapUsed: number
  readonly heapTotal: number
  /** Memory of objects outside the JavaScript heap, including array buffers. */
  readonly external: number
  readonly arrayBuffers: number
  readonly callsInFlight: number
  /** Bytes of answers that callers have not read yet. */
  readonly bytesInFlight: number
}

/** The server's status, sent once a second by `ops.watch`. */
export interface ServerStatus extends MemorySample {
  /** Whether the database answered the last check, at most a few seconds ago. */
  readonly database: 'ok' | 'unavailable'
  /** Completed calls since the server started, and how many were refused or failed. */
  readonly calls: number
  readonly refusals: number
  readonly failures: number
  /** Calls waiting for a database connection. */
  readonly waiting: number
  /** Event loop utilisation since the previous sample; at 1 it is saturated. */
  readonly loopUtilization: number
  /** False if samples since the subscriber's previous one are no longer buffered. */
  readonly complete: boolean
}

/** Statistics of one procedure or one caller since the server started. */
export interface MemoryUsage {
  readonly calls: number
  readonly rows: number
  readonly bytes: number
  readonly callsInFlight: number
  readonly bytesInFlight: number
  /**
   * Bytes allocated for them, whether freed since or not: an estimate from sampling a fiftieth of a second every five
   * seconds. Null before the first sample.
   */
  readonly allocatedBytes: number | null
  /** The same over the last minutes. */
  readonly growth: {
    readonly minutes: number
    readonly calls: number
    readonly rows: number
    readonly bytes: number
    readonly allocatedBytes: number | null
  }
}

/** The share attributed to a procedure: 1 is everything. */
export interface ProcedureShare {
  readonly procedure: string
  readonly share: number
}

/** An allocation site in the sources. V8 reports the function, not the line within it. */
export interface AllocationSite {
  /** The worker that allocated there, if the server has several. */
  readonly worker?: number
  readonly function: string
  /** The source file, relative to the folder of the packages; the TypeScript file if there is a source map. */
  readonly file: string
  /** First line of the function. */
  readonly line: number
  /** The line in the function that was sampled most often; null if none was. */
  readonly busiestLine: number | null
  /** An estimate from samples: one for every 32 KB allocated. */
  readonly bytes: number
  /** The procedures for which the function was sampled; empty if none. */
  readonly procedures: readonly ProcedureShare[]
  /** The call stack, the allocating function first. */
  readonly stack: readonly string[]
}

/** How memory was used during a profile. */
export interface MemoryProfile {
  readonly seconds: number
  /** Allocated in the second part of the profile and still held at its end, after a garbage collection. */
  readonly retained: readonly AllocationSite[]
  /** Allocated in the first part of the profile, whether freed since or not. */
  readonly allocated: readonly AllocationSite[]
  readonly procedures: Readonly<Record<string, ProcedureProfile>>
  readonly callers: Readonly<Record<string, CallerProfile>>
}

/** What a profile attributes to a caller. */
export interface CallerProfile {
  /** Bytes allocated for its calls. */
  readonly allocatedBytes: number
}

/** What a profile attributes to a procedure. */
export interface ProcedureProfile extends CallerProfile {
  /** Bytes still held at the end, from sites with known procedures. */
  readonly retainedBytes: number
  /** CPU time. */
  readonly cpuMs: number
}

/** Answer to `ops.memory`. */
export interface MemoryReport {
  readonly now: MemorySample
  /** Maximum size of the JavaScript heap, in bytes. */
  readonly heapLimit: number
  /** One sample every ten seconds, for at most the last hour, oldest first. */
  readonly history: readonly MemorySample[]
  /** Growth of the process over the last minutes, in bytes. */
  readonly growth: {
    readonly minutes: number
    readonly rss: number
    readonly heapUsed: number
    readonly external: number
    readonly arrayBuffers: number
  }
  readonly procedures: Readonly<Record<string, MemoryUsage>>
  readonly callers: Readonly<Record<string, MemoryUsage>>
  /** The answers in memory, whose bytes are buffers outside the JavaScript heap. */
  readonly cache: CacheStats
  /** Present if requested. */
  readonly profile?: MemoryProfile
  /** Of a server with several workers: each of them. They have heaps of their own, and resident memory in common. */
  readonly workers?: readonly WorkerMemory[]
}

/** The memory of one of several workers; `rss` is that of all. */
export interface WorkerMemory extends Pick<MemoryReport, 'now' | 'heapLimit' | 'growth'> {
  readonly worker: number
}

/** Answer to `ops.snapshot`. */
export interface HeapSnapshot {
  /** Path on the server's machine. */
  readonly file: string
  readonly bytes: number
  readonly ms: number
}
