/** Input of `ops.memory`. */
export interface MemoryInput {
  /**
   * Profiles allocations for this many seconds, 2 to 60, before answering; calls are slightly slower meanwhile.
   *
   * @default no profile
   * @example
   * ```ts
   * await db.ops.memory({ profileSeconds: 10 })
   * ```
   */
  readonly profileSeconds?: number | undefined
}

/** Input of `ops.snapshot`. */
export interface SnapshotInput {
  /**
   * Name of the file, ending in `.heapsnapshot`; by default from the current time.
   *
   * @example
   * ```ts
   * await db.trpc.ops.snapshot.mutate({ name: 'before.heapsnapshot' })
   * ```
   */
  readonly name?: string | undefined
}

/** Input of `ops.watch`. */
export interface WatchInput {
  /**
   * Resumes after this event, within the buffered five minutes. Without it the current sample comes first.
   *
   * @example
   * ```ts
   * db.trpc.ops.watch.subscribe({ lastEventId: '41' }, { onData: (event) => console.log(event) })
   * ```
   */
  readonly lastEventId?: string | undefined
}
