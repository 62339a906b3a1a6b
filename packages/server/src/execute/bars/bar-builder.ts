import type { Batch, Vector } from '@stockdb/contract/wire'
import type { ReadColumn } from '../../engine/engine.ts'
import { type BarPlan, reductionOf } from '../../plan/bars/bar-plan.ts'
import { recomputeChanges } from '../changes.ts'
import { requireFinite } from '../finite.ts'
import { type ReducedColumn, reducedColumn } from './reduced-column.ts'
import type { Periods } from './session-periods.ts'

/** Which bars to build. */
export interface BarRange {
  /** The first and the last label of a bar; others are dropped, because some of their rows may be missing. */
  readonly first?: number | undefined
  readonly last?: number | undefined
  /** The most bars needed; the rows of further ones do not count as used. */
  readonly limit?: number | undefined
}

/**
 * Aggregates rows, ordered by symbol and date, to bars batch by batch: a bar that continues in the next batch is kept until
 * then. Bars have the columns of the rows; `constants` replace the values of a field.
 */
export class BarBuilder {
  readonly #plan: BarPlan
  readonly #periods: Periods
  readonly #columns: readonly ReadColumn[]
  readonly #reduced: readonly ReducedColumn[]
  readonly #symbolAt: number
  readonly #dateAt: number
  readonly #constants: Readonly<Record<string, string>>
  #symbol = -1
  #label = Number.NaN
  #labels: number[] = []
  readonly #range: { readonly [End in keyof BarRange]-?: number }
  /** Whether there is a current bar, and the number of bars including it. */
  #kept = false
  #begun = 0
  #used: [from: number, to: number][] = []

  constructor(
    plan: BarPlan,
    periods: Periods,
    columns: readonly ReadColumn[],
    {
      constants = {},
      range: { first, last, limit } = {},
    }: { readonly constants?: Readonly<Record<string, string>>; readonly range?: BarRange } = {},
  ) {
    this.#plan = plan
    this.#periods = periods
    this.#columns = columns
    this.#constants = constants
    this.#range = {
      first: first ?? Number.NEGATIVE_INFINITY,
      last: last ?? Number.POSITIVE_INFINITY,
      limit: limit ?? Number.POSITIVE_INFINITY,
    }
    this.#symbolAt = columns.findIndex(({ name }) => name === plan.symbol)
    this.#dateAt = columns.findIndex(({ name }) => name === plan.date)
    this.#reduced = columns.map(({ name, type }) => reducedColumn(name, type, reductionOf(plan.rule, name)))
  }

  /** The range of rows of the last batch that are in bars within the range. */
  get used(): readonly (readonly [from: number, to: number])[] {
    return this.#used
  }

  /** The bars that these rows complete; the last rows complete the current one too. */
  take(batch: Batch, last: boolean): Batch {
    const symbols = batch.vectors[this.#symbolAt]
    const dates = batch.vectors[this.#dateAt]
    if (symbols?.type !== 'symbol' || (dates?.type !== 'date' && dates?.type !== 'datetime'))
      throw new TypeError('bars need a symbol and a date')
    this.#used = []
    let from = 0
    for (let row = 0; row < batch.numRows; row++) {
      const symbol = symbols.values[row] as number
      const at = Number(dates.values[row])
      const label = this.#periods.labelOf(at)
      if (symbol === this.#symbol && label === this.#label) continue
      if (Number.isNaN(label)) throw this.#periods.lateRow?.(symbols.dictionary[symbol] ?? '', at)
      this.#add(batch, from, row)
      from = row
      this.#close()
      this.#symbol = symbol
      this.#label = label
      this.#kept = label >= this.#range.first && label <= this.#range.last
      if (this.#kept) this.#begun++
    }
    this.#add(batch, from, batch.numRows)
    if (last) this.#close()
    return this.#bars()
  }

  #add(batch: Batch, from: number, to: number): void {
    if (from === to || !this.#kept) return
    if (this.#begun <= this.#range.limit) {
      const before = this.#used.at(-1)
      if (before?.[1] === from) before[1] = to
      else this.#used.push([from, to])
    }
    for (const [at, column] of this.#reduced.entries()) column.take(batch.vectors[at] as Vector, from, to)
  }

  #close(): void {
    if (!this.#kept) return
    this.#kept = false
    this.#labels.push(this.#label)
    for (const column of this.#reduced) column.close()
    this.#symbol = -1
    this.#label = Number.NaN
  }

  #bars(): Batch {
    const labels = this.#labels
    this.#labels = []
    const vectors = this.#reduced.map((column, at): Vector => {
      const { name, type } = this.#columns[at] as ReadColumn
      // Called for every column, so that none keeps its values.
      const vector = column.vector()
      if (vector.type === 'float64') requireFinite(vector.values, name)
      if (at === this.#dateAt) return dated(labels, type === 'datetime')
      const constant = this.#constants[name]
      return constant === undefined ? vector : repeated(constant, type === 'symbol', labels.length)
    })
    const bars = { numRows: labels.length, vectors }
    const { rule, percentScale } = this.#plan
    if (!rule.change) return bars
    const names = this.#columns.map(({ name }) => name)
    return recomputeChanges(bars, names, { ...rule.change, percentScale })
  }
}

const noNulls = { validity: undefined, nullCount: 0 }

function dated(labels: readonly number[], byMoment: boolean): Vector {
  return byMoment
    ? { type: 'datetime', values: BigInt64Array.from(labels, BigInt), ...noNulls }
    : { type: 'date', values: Int32Array.from(labels), ...noNulls }
}

function repeated(value: string, asSymbol: boolean, length: number): Vector {
  return asSymbol
    ? { type: 'symbol', values: new Int32Array(length), dictionary: [value], ...noNulls }
    : { type: 'text', values: new Array<string>(length).fill(value), ...noNulls }
}
