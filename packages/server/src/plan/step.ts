import type { AdjustmentRule, Catalogue, ListingRule, MinuteRule } from '@stockdb/contract'
import type { Adjust, Frequency, MissingFactor } from '@stockdb/contract/wire'
import type { BarPlan } from './bars/bar-plan.ts'
import type { DatasetUse } from './dataset-use.ts'
import type { Filters } from './filters.ts'
import type { Read, RowsRead } from './read.ts'
import type { FactorsRead, LatestRead, ListRead, PlannedValue } from './read-types.ts'

/** Rows to read, and the steps that process them in order. */
export interface RowsPlan<Rows extends RowsRead = RowsRead> {
  readonly rows: Rows
  readonly steps: readonly Step[]
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

/** How a step is put into words. */
interface Wording {
  /** A value of the call, which may not be shown. */
  value(value: PlannedValue | number | boolean): string
  read(read: Read): string
  rows(plan: RowsPlan): readonly string[]
}

/** What there is to know of a kind of step, besides the operator that does it. */
interface StepKind<S> {
  /** Describes it to people. */
  words(step: S, say: Wording): readonly string[]
  /** What it reads from the database, besides the rows of its plan. */
  reads?(step: S): readonly Read[]
  /** The datasets that it uses in another way. */
  uses?(step: S, calendar: string | undefined, catalogue: Catalogue): readonly DatasetUse[]
  /** It reads other dates than the reads of its plan say. */
  readonly anyDates?: true
}

const ofCalendar = (calendar: string | undefined): readonly DatasetUse[] =>
  // A catalogue without a calendar has no right to it either.
  calendar === undefined ? [] : [{ dataset: calendar, for: 'memory' }]

/** The kinds of steps. A new one is an entry here, its data a member of the union above, and an operator in `execute/operators`. */
const stepKinds: { readonly [Kind in Step['step']]: StepKind<Extract<Step, { readonly step: Kind }>> } = {
  once: {
    words: () => ['fail if a symbol has several rows'],
  },
  inOrder: {
    words: ({ dataset }) => [`fail if rows of a symbol of ${dataset} come mixed with others`],
  },
  oneRow: {
    words: ({ dataset }) => [`fail if a symbol and date has several rows in ${dataset}`],
  },
  members: {
    words: () => ['keep the members that meet all conditions, count those with a row'],
    anyDates: true,
  },
  limit: {
    words: ({ rows }, say) => [`keep the first ${say.value(rows)} rows`],
  },
  adjust: {
    words: ({ adjust, factors, anchor, before, missing, rule }, say) => [
      ...(factors.from === 'history' ? [say.read(factors.read)] : []),
      ...(factors.from === 'rows' && factors.atAnchor ? [say.read(factors.atAnchor)] : []),
      ...(before ? [`for the row before: ${say.read(before.read)}`] : []),
      `adjust ${adjust} by ${rule.factor} of ${rule.dataset}${anchor === undefined ? '' : `, anchor ${say.value(anchor)}`}, rows without a factor: ${missing}`,
    ],
    reads: ({ factors, before }) => [
      ...(factors.from === 'history' ? [factors.read] : []),
      ...(factors.from === 'rows' && factors.atAnchor ? [factors.atAnchor] : []),
      ...(before ? [before.read] : []),
    ],
    uses: ({ rule }) => [{ dataset: rule.dataset, for: 'rows' }],
  },
  bars: {
    words: ({ periods }) => [
      periods.of === 'sessions'
        ? `aggregate rows to bars of a ${periods.period}, by the trading days of ${periods.exchange}`
        : `aggregate rows to bars of ${periods.minutes} minutes`,
    ],
    uses: ({ periods }, calendar) => (periods.of === 'sessions' ? ofCalendar(calendar) : []),
    anyDates: true,
  },
  coverage: {
    words: ({ span, exchange, listing, suspensions }) => {
      const by = [exchange === undefined ? undefined : `trading days of ${exchange}`, listing?.dataset, suspensions]
      const known = by.filter((one) => one !== undefined)
      return [`count the ${span.of} covered${known.length === 0 ? '' : `, by ${known.join(', ')}`}`]
    },
    uses: ({ exchange, listing, suspensions }, calendar, catalogue) => [
      ...(exchange === undefined ? [] : ofCalendar(calendar)),
      ...(listing && catalogue[listing.dataset] ? [{ dataset: listing.dataset, for: 'memory' } as const] : []),
      ...(suspensions === undefined ? [] : [{ dataset: suspensions, for: 'memory' } as const]),
    ],
  },
  knownSymbols: {
    words: ({ places }) => [
      `fail if a symbol without a row is unknown to ${places.map(({ dataset }) => dataset).join(', ')}`,
    ],
    uses: ({ places }) => places.map(({ dataset }) => ({ dataset, for: 'symbols' })),
  },
  select: {
    words: ({ fields }) => [`keep the ${fields} requested fields`],
  },
  dense: {
    words: ({ exchange, before, delisted, maxFill }, say) => [
      ...(before ? say.rows(before).map((line) => `for gaps before the first row: ${line}`) : []),
      ...(delisted ? [`for the end of filling: ${say.read(delisted)}`] : []),
      `give every symbol a row on each trading day of ${exchange}, ${before ? 'gaps filled with the row before' : 'gaps empty'}${maxFill === undefined ? '' : `, at most ${say.value(maxFill)} in a row`}`,
    ],
    reads: ({ before, delisted }) => [
      ...(before ? [before.rows, ...before.steps.flatMap(readsOfStep)] : []),
      ...(delisted ? [delisted] : []),
    ],
    uses: (_, calendar) => ofCalendar(calendar),
  },
}

/** What there is to know of a step. TypeScript does not see that the entry of its kind takes it. */
export const stepKindOf = (step: Step): StepKind<Step> => stepKinds[step.step] as StepKind<Step>

/** What a step reads from the database, besides the rows of its plan. */
export const readsOfStep = (step: Step): readonly Read[] => stepKindOf(step).reads?.(step) ?? []
