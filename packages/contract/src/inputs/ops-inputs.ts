/** Input of `ops.memory`. */
export interface MemoryInput {
  /**
   * Watches allocations for so many seconds, 2 to 60, before answering; calls get slightly slower meanwhile.
   *
   * @example
   * ```ts
   * await db.ops.memory({ profileSeconds: 10 })
   * ```
   */
  readonly profileSeconds?: number | undefined
}

export interface SnapshotInput {
  /** Name of the file, ending in `.heapsnapshot`; by default it is made from the time. */
  readonly name?: string | undefined
}

export interface WatchInput {
  /** Goes on after this event, as far as it is remembered: five minutes. Without it the pulse of now comes first. */
  readonly lastEventId?: string | undefined
}
