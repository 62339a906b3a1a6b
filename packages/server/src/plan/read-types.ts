import type { MinuteFrequency } from '@stockdb/contract/wire'
import type { Filters } from './filters.ts'
import type { Equal, Symbols } from './rows.ts'
import type { ScreenArguments } from './screen/screen-arguments.ts'

/** The values of lookups by name; `undefined` if nothing was found. */
export type LookedUpValues = ReadonlyMap<string, string | undefined>

/** The value of a lookup of the same plan, which is read before. */
interface LookedUp {
  readonly lookup: string
}

/** A value that is known when the plan is made, or looked up first. */
export type PlannedValue = string | LookedUp

/** The symbols and days outside of which a read needs no row of a dataset. */
export interface Within {
  readonly symbols?: readonly string[] | undefined
  readonly start?: string | undefined
  readonly end?: string | undefined
}

/** Which rows of a dataset are read, and which columns. */
interface RowsOf {
  readonly dataset: string
  readonly fields: readonly string[]
  readonly symbols?: Symbols
  /** The rows are looked through for repeats of their key, because the database may have some. */
  readonly repeats?: true
}

interface Filtered {
  /** Fields with the one value that they have. */
  readonly equal?: Equal | undefined
  readonly where?: Filters | undefined
}

interface Adjustable extends RowsOf, Filtered {
  /** The dataset whose factors are joined to the rows. */
  readonly factor?: string
}

/** Rows between two dates, both inclusive, by symbol and date. */
export interface RangeRead extends Adjustable {
  readonly read: 'range'
  /** The factors are read by a statement of their own, before the rows, and joined here; where that is impossible, by the database. */
  readonly apart?: true
  readonly start?: string | undefined
  readonly end?: string | undefined
  readonly limit?: number | undefined
}

/** Rows of one date, by symbol. */
export interface AtRead extends Adjustable {
  readonly read: 'at'
  readonly date: string
}

/** Each symbol's rows of its last `n` dates, by symbol and date. */
export interface LatestRead extends Adjustable {
  readonly read: 'latest'
  readonly n: number
  readonly end?: PlannedValue | undefined
  /** A field that must not be null. */
  readonly present?: string
}

/** Rows by their key. */
export interface ListRead extends RowsOf {
  readonly read: 'list'
  readonly where: Filters
  readonly limit?: number | undefined
}

/** Rows that were known, or in force, on a date. */
export interface AsOfRead extends RowsOf {
  readonly read: 'asOf'
  readonly date: string
  readonly periods?: number | undefined
  readonly sameDay?: boolean | undefined
  readonly report_type?: string | undefined
}

/** The last date of some rows. */
export interface LastDateRead extends Filtered {
  readonly read: 'lastDate'
  readonly dataset: string
  readonly symbols?: Symbols
  readonly start?: string | undefined
  readonly end?: string | undefined
}

/** The last date of some rows, and that of all rows, by one pass over a table that no index serves. */
export interface LastDatesRead extends Omit<LastDateRead, 'read' | 'equal'> {
  readonly read: 'lastDates'
}

/** Factors, by symbol and date. */
export interface FactorsRead {
  readonly read: 'factors'
  readonly dataset: string
  readonly factor: string
  readonly repeats?: true
  readonly symbols?: Symbols
  readonly except?: readonly string[]
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/** Which lengths of bars are stored of each symbol. */
export interface BarLengthsRead {
  readonly read: 'barLengths'
  readonly dataset: string
  readonly frequency: string
  readonly lengths: readonly MinuteFrequency[]
  readonly symbols?: Symbols
  readonly start?: string | undefined
  readonly end?: string | undefined
  readonly where?: Filters | undefined
}

/** Symbol, length and moment of the bars of some lengths, symbol by symbol. */
export interface BarMomentsRead extends Omit<BarLengthsRead, 'read'> {
  readonly read: 'barMoments'
}

/**
 * One key of which there are several rows, if there is one; `ambiguous` those of which the dataset does not say which one
 * counts, by the fields that are read of it.
 */
export interface RepeatRead {
  readonly read: 'repeat' | 'ambiguous'
  readonly dataset: string
  readonly fields: readonly string[]
  readonly symbols?: Symbols
  readonly date?: string | undefined
}

/** Stocks that were listed on a date. */
export interface InstrumentsRead {
  readonly read: 'instruments'
  readonly stocks: string
  /** The dataset of their former names; without it, the names are those of today. */
  readonly names?: string | undefined
  readonly asOf: string
  readonly symbols?: Symbols
  /** Fields of the stocks, besides code and name. */
  readonly fields: readonly string[]
  readonly limit?: number | undefined
}

/** Stocks that a text means. */
export interface InstrumentSearchRead {
  readonly read: 'instrumentSearch'
  readonly stocks: string
  readonly names?: string | undefined
  readonly text: string
  readonly asOf?: string | undefined
  readonly limit: number
}

/** All stocks of a universe, those that meet the conditions first. */
export interface ScreenRead extends ScreenArguments {
  readonly read: 'screen'
  readonly datasets: readonly string[]
  /** The date of an index's constituents. */
  readonly published?: LookedUp
  /** Of datasets whose rows are those of the day before: that day. */
  readonly days: Readonly<Record<string, LookedUp>>
}
