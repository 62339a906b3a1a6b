import type { MinuteRule } from '@stockdb/contract'
import type { FrameField, HeaderMeta, MinuteFrequency, ReadFacts } from '@stockdb/contract/wire'
import type {
  BarLengthsRead,
  BarMomentsRead,
  LastDateRead,
  LastDatesRead,
  RangeRead,
  RepeatRead,
} from './read-types.ts'
import type { RowsPlan } from './step.ts'

/**
 * The plan of a call as plain data: what is read, in which order, and how the answer is made from it. The same call gives the
 * same plan, and executing it needs nothing else. `planKey` identifies it, `explain` describes it to people, `usesOf` lists
 * the datasets that it reads.
 */
export interface QueryPlan extends RowsPlan {
  /** Read first: a repeated key among rows that are joined, ranked or filtered fails the call. */
  readonly checks: readonly RepeatRead[]
  /** Single values that later reads and steps are bound to, by name. */
  readonly lookups: readonly Lookup[]
  /** Present if only reading shows whether the bars are stored or must be made of shorter ones. */
  readonly choice?: BarChoice
  /** The answer's columns, in order. */
  readonly fields: readonly FrameField[]
  readonly meta: PlanMeta
  /** The estimated number of rows to read: heavy calls wait in a queue. */
  readonly guessedRows: number
}

/** The metadata of the answer that is known before anything is read. */
export interface PlanMeta extends ReadFacts, Pick<HeaderMeta, 'dataset' | 'symbol' | 'date' | 'arguments'> {
  /** The rule applied, in words; a lookup adds its value. */
  readonly rule?: readonly RuleWords[]
}

export interface RuleWords {
  readonly words: string
  readonly lookup?: string
}

/** Dates that are read before the rows. */
export interface Lookup {
  /** One name per column of the read, or several names for its only column. */
  readonly names: readonly string[]
  readonly read: LastDateRead | LastDatesRead
  /** The error if nothing is found; absent if the call can do without it. */
  readonly required?: string
  /** Whether only its day counts. */
  readonly day?: true
}

/** Minute bars that may be stored in several lengths: reading finds the longest complete one. */
export interface BarChoice {
  readonly freq: MinuteFrequency
  readonly rule: MinuteRule
  readonly lengths: BarLengthsRead
  readonly moments: BarMomentsRead
  /** The labels that bars may have; absent where the range is open. */
  readonly first?: number | undefined
  readonly last?: number | undefined
  /** The most bars to compare; absent: all. */
  readonly limit?: number | undefined
  /** The field with the length of a bar. */
  readonly frequency: string
  /** What is read instead if bars are made of shorter ones; the length found narrows its rows and last dates. */
  readonly built: RowsPlan<RangeRead> & Pick<QueryPlan, 'lookups'>
}
