import type { FieldTypeName } from '../fields.ts'
import type { FrameCoverage } from './coverage.ts'

/**
 * One column of a batch. Values stand as they do on the wire: float64 with NaN where it is null, dates as days and
 * datetimes as milliseconds since 1970-01-01, symbols as codes into a dictionary that only ever grows at its end.
 */
export type Vector =
  | (Nullable & { readonly type: 'float64'; readonly values: Float64Array })
  | (Nullable & { readonly type: 'int32' | 'date'; readonly values: Int32Array })
  | (Nullable & { readonly type: 'int64' | 'datetime'; readonly values: BigInt64Array })
  | (Nullable & { readonly type: 'bool'; readonly values: Uint8Array })
  | (Nullable & { readonly type: 'symbol'; readonly values: Int32Array; readonly dictionary: readonly string[] })
  | (Nullable & { readonly type: 'text'; readonly values: readonly (string | null)[] })

interface Nullable {
  /** Bitmap, least significant bit first, 1 where there is a value; `undefined` when nothing is null. */
  readonly validity: Uint8Array | undefined
  readonly nullCount: number
}

/** A part of a frame while it streams: equally long columns. */
export interface Batch {
  readonly numRows: number
  readonly vectors: readonly Vector[]
}

/** A column of a frame as its receiver must know it. */
export interface FrameField {
  readonly name: string
  readonly type: FieldTypeName
  readonly nullable: boolean
  readonly unit?: string
}

/** What is known of a frame before its first row. */
export interface FrameHeader {
  readonly fields: readonly FrameField[]
  readonly meta: HeaderMeta
}

export interface HeaderMeta {
  readonly dataset: string
  /** Column of the codes, if the dataset has one. */
  readonly symbol?: string
  /** Column of the dates, if the dataset has one. */
  readonly date?: string
  /** The arguments as the server understood them. */
  readonly arguments: Readonly<Record<string, unknown>>
  /** How prices were adjusted; absent where the dataset has no adjustment. */
  readonly adjust?: 'none' | 'qfq' | 'hfq'
  /** The date whose factor qfq divided by. */
  readonly anchor?: string
  /** The date as of which the rows were known or held. */
  readonly asOf?: string
  /** Length of the bars, where it was asked for. */
  readonly freq?: string
  /** Length of the stored bars that they were put together from. */
  readonly from?: string
  /** What stands where there is no row; of a panel. */
  readonly fill?: 'none' | 'previous'
  /** The trading days of a panel, each of which every symbol has a row of. */
  readonly sessions?: readonly string[]
  /**
   * When the trading days that the answer counts, or is laid out by, were read from the database, such as
   * `2024-01-02T03:04:05.678Z`: they come from memory, and may be some seconds older than the rows. Absent where there are none.
   */
  readonly calendarAsOf?: string
  /**
   * `false` while the server still searches a table in which dates are kept as texts for one in another form than declared,
   * which filters pass over: rows may be missing then. Also `false` on MySQL and MariaDB after the search, because they do not
   * tell when a table changes. Absent on SQLite once every value was looked at, and where dates are dates.
   */
  readonly formatChecked?: false
  /** The rule applied, in words. */
  readonly rule?: string
  /** How the answer was made; only where the call asked for it. */
  readonly plan?: PlanExplanation
}

/** How a call is answered, in words. */
export interface PlanExplanation {
  /** The same for all ways to write a call: two calls with one key have the same rows, as long as the database does. */
  readonly key: string
  /** The datasets that are read, or counted by. */
  readonly datasets: readonly string[]
  /** What is read and what becomes of the rows, in order. */
  readonly lines: readonly string[]
}

/** What is known of a frame after its last row. */
export interface FrameTrailer {
  readonly rows: number
  /** False when `limit` cut the answer; an answer cut by anything else is an error, never a frame. */
  readonly complete: boolean
  /** How much of what was asked for the answer holds; of answers whose rows have a symbol or a date. */
  readonly coverage?: FrameCoverage
  /** The rows that have no factor; of adjusted answers that skip them or leave them raw. */
  readonly missingFactor?: MissingFactors
}

/** Rows of an adjusted answer that have no factor on or before their day, or the anchor. */
export interface MissingFactors {
  /** Whether they were left out, or stand as they are stored. */
  readonly mode: 'skip' | 'raw'
  /** The first 100 of the symbols with such rows, in the order of the answer. */
  readonly symbols: readonly string[]
  /** How many symbols have such rows, and how many rows there are. */
  readonly count: number
  readonly rows: number
}

export type FrameMeta = HeaderMeta & FrameTrailer

/** An answer on its way: what is known first, then batches, the last of which comes with the trailer. */
export interface FrameSource {
  readonly header: FrameHeader
  /** Ends after the chunk that has a `trailer`, and only then; throws when the answer cannot be completed. */
  readonly chunks: AsyncIterable<FrameChunk>
}

export interface FrameChunk {
  readonly batch: Batch
  readonly trailer?: FrameTrailer
}

export function isValid(vector: Pick<Vector, 'validity'>, row: number): boolean {
  return vector.validity === undefined || ((vector.validity[row >> 3] ?? 0) >> (row & 7)) % 2 === 1
}
