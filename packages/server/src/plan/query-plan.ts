import type { AdjustmentRule, ListingRule, MinuteRule } from '@stockdb/contract'
import type {
  Adjust,
  FrameField,
  Frequency,
  HeaderMeta,
  MinuteFrequency,
  MissingFactor,
  ReadFacts,
} from '@stockdb/contract/wire'
import type { BarPlan } from './bars/bar-plan.ts'
import type { Filters } from './filters.ts'
import type { RowsRead } from './read.ts'
import type {
  BarLengthsRead,
  BarMomentsRead,
  FactorsRead,
  LastDateRead,
  LastDatesRead,
  LatestRead,
  ListRead,
  PlannedValue,
  RangeRead,
  RepeatRead,
} from './read-types.ts'

/** Rows to read, and the steps that process them in order. */
export interface RowsPlan<Rows extends RowsRead = RowsRead> {
  readonly rows: Rows
  readonly steps: readonly Step[]
}

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

/** The steps that process rows, in the order of a plan. */
export type Step =
  | InOrderStep
  | OneRowStep
  | OnceStep
  | MembersStep
  | LimitStep
  | AdjustStep
  | BarsStep
  | CoverageStep
  | KnownSymbolsStep
  | SelectStep
  | DenseStep

/** Fails if a symbol has several rows. */
interface OnceStep {
  readonly step: 'once'
  readonly symbol: string
  /** The datasets that may be the cause. */
  readonly datasets: readonly string[]
}

/** Fails if the rows of a symbol are not consecutive. */
interface InOrderStep {
  readonly step: 'inOrder'
  readonly dataset: string
}

/** Fails if a symbol has several rows on one date. */
interface OneRowStep {
  readonly step: 'oneRow'
  readonly dataset: string
}

/** Keeps the members of a screen that meet its conditions, and counts which have rows. */
export interface MembersStep {
  readonly step: 'members'
  readonly symbol: string
  /** The column that is 1 for members that are answered; they come first. */
  readonly taken: string
  /** The column that shows whether a member has a row, by dataset. */
  readonly datasets: readonly { readonly dataset: string; readonly column: string }[]
}

/** Keeps a number of rows; one more is read, to know whether there are more. */
interface LimitStep {
  readonly step: 'limit'
  readonly rows: number
}

/** Adjusts prices. */
export interface AdjustStep {
  readonly step: 'adjust'
  readonly adjust: Exclude<Adjust, 'none'>
  readonly rule: AdjustmentRule
  /** What becomes of a row without a factor. */
  readonly missing: MissingFactor
  /** Whether a previous close takes the factor of the row before. */
  readonly ofRowBefore: boolean
  readonly symbol: string
  readonly date: string
  /** The date whose factor qfq divides by. */
  readonly anchor?: PlannedValue
  readonly factors: JoinedFactors | FactorHistory | OuterFactors
  /** The rows before the first ones, where a previous close takes their factors. */
  readonly before?: RowsBefore
}

/** Factors that come with the rows. */
interface JoinedFactors {
  readonly from: 'rows'
  readonly atAnchor?: LatestRead
}

/** Factors that are read before the rows. */
export interface FactorHistory {
  readonly from: 'history'
  readonly read: FactorsRead
  /** The first and the last day of a row; open without one. */
  readonly start?: string | undefined
  readonly end?: string | undefined
}

/** Those that were read for the plan around this one. */
interface OuterFactors {
  readonly from: 'outer plan'
}

/** Rows of symbol, date and, where it is joined, factor. */
export interface RowsBefore {
  readonly read: LatestRead
  /** How many dates of each symbol, counted back from its last, are those of the answer itself. */
  readonly skip: number
}

/** Puts rows together to longer bars. */
export interface BarsStep {
  readonly step: 'bars'
  readonly plan: BarPlan
  readonly periods: SessionBars | MinuteBars
  /** Values that bars have in place of those of their rows. */
  readonly constants: Readonly<Record<string, string>>
  /** The labels that bars may have; absent where the range is open. */
  readonly first?: number | undefined
  readonly last?: number | undefined
  readonly limit?: number | undefined
}

/** A week or longer, dated by the last trading day on or before `end` and the last date of the table. */
interface SessionBars {
  readonly of: 'sessions'
  readonly period: Exclude<Frequency, 'day'>
  readonly exchange: string
  readonly end?: string | undefined
  readonly lastDate: PlannedValue
}

interface MinuteBars {
  readonly of: 'minutes'
  readonly minutes: number
  readonly rule: MinuteRule
}

/**
 * Counts what the rows cover of what was asked for. `exchange`, `listing` and `suspensions` say which cells are expected at all; one
 * that the caller may not read is absent, and its cells are then counted without it.
 */
export interface CoverageStep {
  readonly step: 'coverage'
  readonly span: Span
  readonly symbol?: string
  readonly date?: string
  /** Whether dictionaries may hold symbols of which no row is left. */
  readonly leavesOut: boolean
  /** The exchange whose trading days are expected. */
  readonly exchange?: string
  /** From when to when symbols are listed. */
  readonly listing?: ListingRule
  /** The dataset of suspensions. */
  readonly suspensions?: string
}

/** The symbols and days that were asked for. */
export interface Span {
  /** Whether rows are expected on each of the days, as the last ones before their end, or only of each symbol. */
  readonly of: 'days' | 'last days' | 'symbols'
  readonly symbols?: readonly string[] | undefined
  /** Date or datetime, as they came; open where they did not. */
  readonly start?: string | undefined
  readonly end?: string | undefined
  /** Only rows of these values were asked for. */
  readonly where?: Filters | undefined
}

/** Fails where a symbol that was asked for is unknown. */
export interface KnownSymbolsStep {
  readonly step: 'knownSymbols'
  readonly asked: readonly string[]
  /** The answer's column of symbols. */
  readonly symbol: string | undefined
  /** Whether a row shows that its symbol is known. */
  readonly shownByRows: boolean
  /** Where symbols without a row are looked up. */
  readonly places: readonly SymbolPlace[]
}

export interface SymbolPlace {
  readonly dataset: string
  readonly field: string
  /** Tells nothing where its table cannot be read. */
  readonly ifReadable?: true
}

/** Keeps the first columns, which are the answer's. */
interface SelectStep {
  readonly step: 'select'
  readonly fields: number
}

/** Gives every symbol a row on each trading day. */
export interface DenseStep {
  readonly step: 'dense'
  readonly exchange: string
  readonly start: string
  readonly end: string
  /** Ascending, without repeats; absent if the rows decide. */
  readonly symbols?: readonly string[] | undefined
  readonly fields: readonly string[]
  readonly maxFill?: number | undefined
  /** Each symbol's last row before the range, where gaps are filled. */
  readonly before?: RowsPlan
  /** Symbols and the day from which on their gaps are no longer filled. */
  readonly delisted?: ListRead
}
