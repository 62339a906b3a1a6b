import type { ReadFacts } from '../dataset-procedures.ts'
import type { FieldTypeName } from '../field-types.ts'
import type { FrameCoverage } from './coverage.ts'

/**
 * One column of a batch. Values have their wire format: float64 with NaN for null, dates as days and datetimes as
 * milliseconds since 1970-01-01, symbols as codes into a dictionary that only grows at its end.
 */
export type Vector =
  | (Nullable & { readonly type: 'float64'; readonly values: Float64Array })
  | (Nullable & { readonly type: 'int32' | 'date'; readonly values: Int32Array })
  | (Nullable & { readonly type: 'int64' | 'datetime'; readonly values: BigInt64Array })
  | (Nullable & { readonly type: 'bool'; readonly values: Uint8Array })
  | (Nullable & { readonly type: 'symbol'; readonly values: Int32Array; readonly dictionary: readonly string[] })
  | (Nullable & { readonly type: 'text'; readonly values: readonly (string | null)[] })

interface Nullable {
  /** Bitmap, least significant bit first, 1 for a value; `undefined` if nothing is null. */
  readonly validity: Uint8Array | undefined
  readonly nullCount: number
}

/** A part of a streamed frame: columns of equal length. */
export interface Batch {
  readonly numRows: number
  readonly vectors: readonly Vector[]
}

/** Description of a column for the receiver of a frame. */
export interface FrameField {
  readonly name: string
  readonly type: FieldTypeName
  readonly nullable: boolean
  readonly unit?: string
}

/** The header of a frame, known before its first row. */
export interface FrameHeader {
  readonly fields: readonly FrameField[]
  readonly meta: HeaderMeta
}

/** What is known about an answer before its first row. */
export interface HeaderMeta extends ReadFacts {
  readonly dataset: string
  /** Column of the symbols, if the dataset has one. */
  readonly symbol?: string
  /** Column of the dates, if the dataset has one. */
  readonly date?: string
  /** The normalised arguments. */
  readonly arguments: Readonly<Record<string, unknown>>
  /**
   * When the trading days of the answer were read from the database, such as `2024-01-02T03:04:05.678Z`: they are
   * cached in memory, and may be some seconds older than the rows. Absent if none were used.
   */
  readonly calendarAsOf?: string
  /**
   * `false` while the server still searches a table with text dates for values in an undeclared format, which filters
   * would miss: rows may be missing then. Also `false` on MySQL and MariaDB after the search, because they do not
   * report changes of a table. Absent on SQLite once every value was checked, and for columns of dates.
   */
  readonly formatChecked?: false
  /** Where the answer was kept, and the moment as of which it is; absent if it was read for this call. */
  readonly cache?: CacheMeta
  /** The rule applied, in words. */
  readonly rule?: string
  /** How the answer was made, if the call requested it. */
  readonly plan?: PlanExplanation
}

/** What is said of an answer that was kept. */
export interface CacheMeta {
  /** Who kept it. */
  readonly from: 'server' | 'client'
  /** It is what the database had at this moment, such as `2024-01-02T03:04:05.678Z`. */
  readonly asOf: string
}

/** How a call is answered, in words. */
export interface PlanExplanation {
  /** Canonical key: two calls with the same key have the same rows while the database does not change. */
  readonly key: string
  /** The datasets that are read or used for counting. */
  readonly datasets: readonly string[]
  /** Reads and processing steps, in order. */
  readonly lines: readonly string[]
}

/** The trailer of a frame, known after its last row. */
export interface FrameTrailer {
  readonly rows: number
  /** False if `limit` cut the answer; an answer cut by anything else is an error, never a frame. */
  readonly complete: boolean
  /**
   * Number of the last write that the rows contain, in answers of several reads: `watch({ since: sequence })` yields every later one.
   * Absent where the answer is one read, and where the database has no stockdb_sequence table.
   */
  readonly sequence?: number
  /** Coverage of the answer, for rows with a symbol or a date. */
  readonly coverage?: FrameCoverage
  /** Rows without a factor, in adjusted answers that skip them or leave them raw. */
  readonly missingFactor?: MissingFactors
}

/** Rows of an adjusted answer without a factor on or before their day, or the anchor. */
export interface MissingFactors {
  /** Whether they were skipped or left unadjusted. */
  readonly mode: 'skip' | 'raw'
  /** The first 100 of the symbols with such rows, in the order of the answer. */
  readonly symbols: readonly string[]
  /** Number of symbols with such rows, and of such rows. */
  readonly count: number
  readonly rows: number
}

/** What is known about a whole answer. */
export type FrameMeta = HeaderMeta & FrameTrailer

/** A streamed answer: its header, then batches, the last one with the trailer. */
export interface FrameSource {
  readonly header: FrameHeader
  /** The name of the state that the database was in before it was read, if others may keep it by that. */
  readonly state?: string | undefined
  /** Ends after the chunk that has a `trailer`, and only then; throws if the answer cannot be completed. */
  readonly chunks: AsyncIterable<FrameChunk>
}

/** A batch of an answer; the last one has the trailer. */
export interface FrameChunk {
  readonly batch: Batch
  readonly trailer?: FrameTrailer
}

/** Whether a row of a column has a value, which is not null. */
export function isValid(vector: Pick<Vector, 'validity'>, row: number): boolean {
  return vector.validity === undefined || ((vector.validity[row >> 3] ?? 0) >> (row & 7)) % 2 === 1
}
