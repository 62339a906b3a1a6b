/** What came of calls since the server started. */
export interface Usage {
  /** Calls that have ended. */
  readonly calls: number
  /** How many ended how: `ok`, or the code of their error. */
  readonly outcomes: Readonly<Record<string, number>>
  /** Calls turned away: the caller must change something, or wait. */
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
  readonly total: Usage
  /** By the path of the procedure; `batch` stands for batched calls, `unknown` for paths that the server does not have. */
  readonly procedures: Readonly<Record<string, Usage>>
  /** By the name of the caller's token. */
  readonly callers: Readonly<Record<string, Usage>>
}
