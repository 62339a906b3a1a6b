import type { Dataset } from '../dataset.ts'
import { type Argument, count, ifHas, optional, textLike } from './argument-kinds.ts'
import { symbolsArgument } from './arguments.ts'

/** A write: what it was about, and its outcome. */
export interface Change {
  /** The number of the write, in the order of commits. */
  readonly sequence: number
  readonly dataset: string
  /** The first and the last date of the rows; null if it is not known, as of a deletion without bounds, or if there are no dates. */
  readonly start: string | null
  readonly end: string | null
  /** The symbols of the rows; null for many, and for a dataset without symbols. */
  readonly symbols: readonly string[] | null
  readonly inserted: number
  readonly changed: number
  readonly unchanged: number
  readonly deleted: number
  /** The name of the token, or of the command. */
  readonly by: string
  /** When, in UTC: `2024-01-02 03:04:05.678`. */
  readonly at: string
}

/** A change as a listener gets it. */
export interface ChangeEvent extends Change {
  /** False if changes before this one are lost: anything may have changed. */
  readonly complete: boolean
  /** Set on the first event of a connection, which says from where on it listens. It is no change. */
  readonly ready?: true
}

/** Input of a dataset's `watch`. */
export interface ChangeWatchInput {
  /**
   * Only changes of these symbols; all by default.
   *
   * @example
   * ```ts
   * for await (const { sequence } of db.daily.watch({ symbols: ['600519.SH'] })) console.log(sequence)
   * ```
   */
  readonly symbols?: readonly string[] | undefined
  /**
   * Goes on after this number, such as the `sequence` of a write; by default only later ones.
   *
   * @example
   * ```ts
   * const { last } = await db.changes()
   * for await (const change of db.daily.watch({ since: last })) console.log(change.sequence)
   * ```
   */
  readonly since?: number | undefined
  /**
   * The last event of a connection that was cut.
   *
   * @default it listens to later changes, or after `since`
   * @example
   * ```ts
   * const daily = db.trpc.daily.watch.subscribe({ lastEventId: '41' }, { onData: (event) => console.log(event) })
   * ```
   */
  readonly lastEventId?: string | undefined
}

/** Input of `meta.changes`. */
export interface ChangesInput {
  /**
   * Only changes after this number; by default the newest ones.
   *
   * @example
   * ```ts
   * const { changes, last } = await db.changes({ since: 41 })
   * ```
   */
  readonly since?: number | undefined
  /**
   * The most changes to answer.
   *
   * @default 100
   * @example
   * ```ts
   * const { changes } = await db.changes({ limit: 10 })
   * ```
   */
  readonly limit?: number | undefined
}

/** What was written, in the order of commits. */
export interface ChangesAnswer {
  readonly changes: readonly Change[]
  /** The number of the last write to the database. */
  readonly last: number
  /** False if changes after `since` are lost, because they are older than `--changes-retention`. */
  readonly complete: boolean
}

/** The most changes of one answer. */
const MAX_CHANGES = 1_000

const sequence = (): Argument<number> => ({
  kind: 'whole',
  from: 0,
  to: Number.MAX_SAFE_INTEGER,
  expected: 'the number of a write: 0 or more',
})

/** How the arguments of `meta.changes` are checked. @internal */
export const changesArguments = () => ({ since: optional(sequence()), limit: optional(count(MAX_CHANGES)) })

/** How those of a dataset's `watch` are checked. @internal */
export const watchArguments = (dataset: Dataset) => ({
  ...ifHas(dataset.symbol !== undefined, { symbols: optional(symbolsArgument()) }),
  since: optional(sequence()),
  lastEventId: optional(textLike(/^\d{1,16}$/, 'the id of an event, which is the number of a write')),
})
