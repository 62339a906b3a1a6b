import { MS_PER_DAY } from '@stockdb/contract/internal'
import { type Batch, StockdbError, type Vector } from '@stockdb/contract/wire'

/** The source of the factors of the rows of an answer. */
export interface RowFactors {
  /** Writes the factor of each row on its day; NaN if there is none. */
  fill(batch: Batch, into: Float64Array): void
  /** The factor of a symbol at the anchor; NaN if there is none. */
  atAnchor(symbol: string): number
  /** The factor on the day of the row before the first one of a symbol; NaN if there is none. */
  before(symbol: string): number
}

/** Factors by symbol. */
export type FactorsBySymbol = ReadonlyMap<string, number>

/** Factors that are a column of the rows. */
export class JoinedFactors implements RowFactors {
  readonly #at: number
  readonly #anchors: FactorsBySymbol
  readonly #before: FactorsBySymbol

  /** `at` is the position of the column. */
  constructor(at: number, anchors: FactorsBySymbol = new Map(), before: FactorsBySymbol = new Map()) {
    this.#at = at
    this.#anchors = anchors
    this.#before = before
  }

  fill({ vectors }: Batch, into: Float64Array): void {
    const factors = vectors[this.#at]
    if (factors?.type !== 'float64') throw new TypeError('adjusting needs a column of factors')
    into.set(factors.values)
  }

  atAnchor(symbol: string): number {
    return this.#anchors.get(symbol) ?? Number.NaN
  }

  before(symbol: string): number {
    return this.#before.get(symbol) ?? Number.NaN
  }
}

/** Days since 1970-01-01 of a column of dates or datetimes. */
export function daysOfRows(vector: Vector | undefined): (row: number) => number {
  if (vector?.type === 'date') return (row) => vector.values[row] as number
  if (vector?.type !== 'datetime') throw new TypeError('the date of rows is a date or a datetime')
  // Read in halves: a bigint per value would cost more than everything else.
  const halves = new Int32Array(vector.values.buffer, vector.values.byteOffset, vector.values.length * 2)
  return (row) => {
    const ms = (halves[2 * row + 1] as number) * 2 ** 32 + ((halves[2 * row] as number) >>> 0)
    return Math.floor(ms / MS_PER_DAY)
  }
}

/** Whether a factor is unusable: 0, negative, or infinite. */
export const badFactor = (dataset: string, factor: string, value: number, symbol: string, day: string): StockdbError =>
  new StockdbError(
    'SCHEMA_MISMATCH',
    `the table of ${dataset} holds ${value} as ${factor} of ${symbol} on or before ${day}; expected a number above 0`,
  )
