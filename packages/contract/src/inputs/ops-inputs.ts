import { optional, textLike, textRead, whole } from './argument-kinds.ts'

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

/** How the arguments of `ops` are checked. @internal */
export const opsArguments = () => ({
  memory: { profileSeconds: optional(whole(2, 60, 'a whole number of seconds')) },
  snapshot: {
    name: optional(
      textLike(/^[A-Za-z0-9][\w-]{0,99}\.heapsnapshot$/, 'a plain file name such as "before.heapsnapshot"'),
    ),
  },
  watch: {
    lastEventId: optional(
      textRead('the id of an event, which is its time such as "2024-01-02T03:04:05.678Z"', (text) =>
        isInstant(text) ? text : undefined,
      ),
    ),
  },
})

const isInstant = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  new Date(text).toISOString() === text
