import type { Dataset } from '@stockdb/contract'
import type { Batch, Vector } from '@stockdb/contract/wire'
import { lengthOfDictionary } from '../operators/first-rows.ts'
import type { SessionDays } from '../session-days.ts'
import { CellRuns } from './cell-runs.ts'
import { daysOfMoments } from './days-of-moments.ts'
import { DistinctDays } from './distinct-days.ts'
import { LastDays } from './last-days.ts'

/**
 * Counts what the rows of an answer cover, as they pass. Cheap: symbols come from the dictionary of the batches, which has
 * each once, days are a bitmap, and only the gaps of each symbol are stored.
 */
export class CoverageCount {
  readonly days = new DistinctDays()
  /** Which trading days each symbol has rows on, if trading days are known. */
  readonly runs: CellRuns | undefined
  readonly lastDays: LastDays | undefined
  /** The symbols with rows. */
  symbols: readonly string[] = []
  /** The symbols by code, including those without a used row. */
  names: readonly string[] = []
  readonly #symbolAt: number
  readonly #dateAt: number
  readonly #leavesOut: boolean
  readonly #codes = new Set<number>()
  #scratch = new Int32Array()

  /**
   * `names` are those of the batches' columns; `last` says that the last day of each symbol is needed, `leavesOut` that
   * dictionaries may have symbols without remaining rows.
   */
  constructor(
    { symbol, date }: Pick<Dataset, 'symbol' | 'date'>,
    names: readonly string[],
    {
      sessions,
      last,
      leavesOut,
    }: { readonly sessions: SessionDays | undefined; readonly last: boolean; readonly leavesOut: boolean },
  ) {
    this.#leavesOut = leavesOut
    this.#symbolAt = symbol === undefined ? -1 : names.indexOf(symbol)
    this.#dateAt = date === undefined ? -1 : names.indexOf(date)
    if (this.#symbolAt < 0 || this.#dateAt < 0) return
    if (sessions) this.runs = new CellRuns(sessions)
    if (last) this.lastDays = new LastDays()
  }

  /** `cut` says that the batch was shortened, so that its dictionary may have symbols without rows. */
  add(batch: Batch, cut: boolean): void {
    if (batch.numRows === 0) return
    const symbols = batch.vectors[this.#symbolAt]
    if (symbols?.type === 'symbol') {
      const { values, dictionary } = symbols
      const known = cut ? dictionary.slice(0, lengthOfDictionary(values)) : dictionary
      this.symbols = this.#leavesOut ? this.#symbolsOf(symbols) : known
    }
    this.#addRows(batch, 0, batch.numRows)
  }

  /** Bars that are answered, and the rows that they and those to come are of. */
  addBars(bars: Batch, rows: Batch, used: readonly (readonly [from: number, to: number])[]): void {
    const symbols = bars.vectors[this.#symbolAt]
    if (symbols?.type === 'symbol') this.symbols = this.#symbolsOf(symbols)
    for (const [from, to] of used) this.#addRows(rows, from, to)
  }

  #symbolsOf({ values, dictionary }: Vector & { type: 'symbol' }): readonly string[] {
    let before = -1
    for (const code of values) {
      if (code !== before) this.#codes.add(code)
      before = code
    }
    return Array.from(this.#codes, (code) => dictionary[code] as string)
  }

  #addRows({ vectors }: Batch, from: number, to: number): void {
    const days = this.#daysOf(vectors[this.#dateAt], from, to)
    if (!days) return
    this.days.add(days)
    const symbols = vectors[this.#symbolAt]
    if (symbols?.type !== 'symbol') return
    this.names = symbols.dictionary
    const codes = symbols.values.subarray(from, to)
    this.runs?.add(codes, days)
    this.lastDays?.add(codes, days)
  }

  #daysOf(dates: Vector | undefined, from: number, to: number): Int32Array | undefined {
    if (dates?.type === 'date') return dates.values.subarray(from, to)
    if (dates?.type !== 'datetime') return undefined
    if (this.#scratch.length < to - from) this.#scratch = new Int32Array(to - from)
    return daysOfMoments(dates.values.subarray(from, to), this.#scratch)
  }
}
