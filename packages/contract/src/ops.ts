/** What came of calls since the server started. */
export interface Usage {
  /** Calls that have ended. */
  readonly calls: number
  /** How many ended how: `ok`, or the code of their error. */
  readonly outcomes: Readonly<Record<string, number>>
  /** Calls refused: the caller must change something, or wait. */
  readonly refusals: number
  /** Calls that failed although nothing was wrong with them. */
  readonly failures: number
  readonly rows: number
  /** Bytes of answers, without their HTTP headers. */
  readonly bytes: number
  /** Milliseconds from arrival to the end of the answer, summed over calls, and what of them was spent on what. */
  readonly ms: number
  readonly queueMs: number
  readonly databaseMs: number
  readonly socketMs: number
}

/** Answer to `ops.stats`. Procedures and callers appear when they are first called. */
export interface OpsStats {
  readonly startedAt: string
  readonly uptimeSeconds: number
  readonly callsInFlight: number
  /** How long the oldest state of the database that an answer is read from has been kept for it, in milliseconds; 0 when none is. */
  readonly oldestSnapshotMs: number
  readonly total: Usage
  /** By the path of the procedure; `batch` stands for batched calls, `unknown` for paths that the server does not have. */
  readonly procedures: Readonly<Record<string, Usage>>
  /** By the name of the caller's token. */
  readonly callers: Readonly<Record<string, Usage>>
}

/** The memory of the server's process at one moment, in bytes. */
export interface MemorySample {
  /** When, such as `2024-01-02T03:04:05.678Z`. */
  readonly at: string
  /** Resident memory: all that the process has in RAM. */
  readonly rss: number
  readonly heapUsed: number
  readonly heapTotal: number
  /** What objects hold outside of the JavaScript heap, array buffers included. */
  readonly external: number
  readonly arrayBuffers: number
  readonly callsInFlight: number
  /** Bytes of answers that callers have not taken yet. */
  readonly bytesInFlight: number
}

/** How the server does, told once a second by `ops.watch`. */
export interface ServerStatus extends MemorySample {
  /** Whether the database answered when it was last asked, at most some seconds ago. */
  readonly database: 'ok' | 'unavailable'
  /** Calls that have ended since the server started, and how many of them were refused or failed. */
  readonly calls: number
  readonly refusals: number
  readonly failures: number
  /** Calls that wait for a connection to the database. */
  readonly waiting: number
  /** The share of the time since the pulse before in which the event loop was at work: at 1 it takes no more. */
  readonly loopUtilization: number
  /** False when pulses between this one and the one that the subscriber had before are not remembered any more. */
  readonly complete: boolean
}

/** What calls of one procedure, or of one caller, did since the start of the server. */
export interface MemoryUsage {
  readonly calls: number
  readonly rows: number
  readonly bytes: number
  readonly callsInFlight: number
  readonly bytesInFlight: number
  /**
   * Bytes allocated on their behalf, whether they were freed since or not: an estimate from the fiftieth of a second
   * in every five that is looked at. Null before the first look.
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

/** How much of something was found at work for a procedure: 1 is all of it. */
export interface ProcedureShare {
  readonly procedure: string
  readonly share: number
}

/** A place in the sources that allocates. V8 knows the function, not the line within it. */
export interface AllocationSite {
  readonly function: string
  /** The source, from the folder of the packages; the TypeScript one where a source map names it. */
  readonly file: string
  /** The line on which the function begins. */
  readonly line: number
  /** The line within the function on which it was most often found at work; null when it never was. */
  readonly busiestLine: number | null
  /** An estimate from samples: one for every 32 KB allocated. */
  readonly bytes: number
  /** For which procedures the function was found at work; empty when it never was. */
  readonly procedures: readonly ProcedureShare[]
  /** The functions that led there, the allocating one first. */
  readonly stack: readonly string[]
}

/** What the server's memory was used for in the seconds of a profile. */
export interface MemoryProfile {
  readonly seconds: number
  /** What was allocated in the second part of it and is still held at its end, after a garbage collection. */
  readonly retained: readonly AllocationSite[]
  /** What was allocated in the first part of it, whether it was freed since or not. */
  readonly allocated: readonly AllocationSite[]
  readonly procedures: Readonly<Record<string, ProcedureProfile>>
  readonly callers: Readonly<Record<string, CallerProfile>>
}

export interface CallerProfile {
  /** Bytes allocated on behalf of its calls. */
  readonly allocatedBytes: number
}

export interface ProcedureProfile extends CallerProfile {
  /** Bytes still held at the end, of those sites whose procedures are known. */
  readonly retainedBytes: number
  /** Time on the processor. */
  readonly cpuMs: number
}

/** Answer to `ops.memory`. */
export interface MemoryReport {
  readonly now: MemorySample
  /** What the JavaScript heap may grow to, in bytes. */
  readonly heapLimit: number
  /** One sample every ten seconds, of the last hour at most, oldest first. */
  readonly history: readonly MemorySample[]
  /** By how much the process grew over the last minutes, in bytes. */
  readonly growth: {
    readonly minutes: number
    readonly rss: number
    readonly heapUsed: number
    readonly external: number
    readonly arrayBuffers: number
  }
  readonly procedures: Readonly<Record<string, MemoryUsage>>
  readonly callers: Readonly<Record<string, MemoryUsage>>
  /** Present when one was asked for. */
  readonly profile?: MemoryProfile
}

/** Answer to `ops.snapshot`. */
export interface HeapSnapshot {
  /** On the server's machine. */
  readonly file: string
  readonly bytes: number
  readonly ms: number
}
