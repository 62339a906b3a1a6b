import type { Dataset } from '@stockdb/contract'
import { tableName } from '@stockdb/contract/internal'
import { type Batch, StockdbError, type Vector } from '@stockdb/contract/wire'
import { seriesOf } from '../../plan/bars/series-of.ts'
import { shownValue } from '../repeats/duplicate-key.ts'

/**
 * Ensures one row per symbol and date. If more fields distinguish rows, such as the exchange in the tables of vn.py, a bar
 * would mix several series, and a raw previous close would take the factor of a row of another series.
 */
export class OneRow {
  readonly #dataset: Dataset
  readonly #others: readonly string[]
  readonly #symbolAt: number
  readonly #dateAt: number
  #before = { symbol: -1, date: Number.NaN }

  private constructor(dataset: Dataset, others: readonly string[], names: readonly string[]) {
    this.#dataset = dataset
    this.#others = others
    this.#symbolAt = names.indexOf(dataset.symbol as string)
    this.#dateAt = names.indexOf(dataset.date as string)
  }

  /** A check for rows with these columns; `undefined` if symbol and date identify the rows of one length. */
  static of(dataset: Dataset, names: readonly string[]): OneRow | undefined {
    const others = seriesOf(dataset)
    return others.length > 0 ? new OneRow(dataset, others, names) : undefined
  }

  /** Throws `DUPLICATE_KEY` if a row has the symbol and the date of the one before. */
  check({ vectors, numRows }: Batch): void {
    const [symbols, dates] = [vectors[this.#symbolAt], vectors[this.#dateAt]]
    if (symbols?.type !== 'symbol' || (dates?.type !== 'date' && dates?.type !== 'datetime')) return
    let { symbol, date } = this.#before
    for (let row = 0; row < numRows; row++) {
      const [code, at] = [symbols.values[row] as number, Number(dates.values[row])]
      if (code === symbol && at === date) throw this.#several(symbols, dates, row)
      symbol = code
      date = at
    }
    this.#before = { symbol, date }
  }

  #several(symbols: Vector, dates: Vector, row: number): StockdbError {
    const { name, symbol, date } = this.#dataset
    const others = this.#others.join(', ')
    return new StockdbError(
      'DUPLICATE_KEY',
      `${name}: its table ${tableName(this.#dataset)} has several rows with ${symbol} ${shownValue(symbols, row)} and ${date} ${shownValue(dates, row)}, which differ in ${others}; expected one, of which a bar can be made, and after which the next one comes: ask with where for one value of ${others}, or declare it in only`,
    )
  }
}
