/** Input of `ops.memory`. */
export interface MemoryInput {
  /**
   * Profiles allocations for this many seconds, 2 to 60, before answering; calls are slightly slower meanwhile.
   *
   * @example
   * ```ts
   * await db.ops.memory({ profileSeconds: 10 })
   * ```
   */
  readonly profileSeconds?: number | undefined
}

export interface SnapshotInput {
  /** Name of the file, ending in `.heapsnapshot`; by default from the current time. */
  readonly name?: string | undefined
}

export interface WatchInput {
  /** Resumes after this event, within the buffered five minutes. Without it the current sample comes first. */
  readonly lastEventId?: string | undefined
}
