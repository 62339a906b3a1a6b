import type { Dataset } from '@stockdb/contract'
import { dateOf } from '@stockdb/contract/internal'
import { type Batch, StockdbError, type Vector } from '@stockdb/contract/wire'
import { daysOfRows } from './row-factors.ts'

const FIRST_STEPS = 1_024

/**
 * The factors of symbols as steps: one only where a factor differs from the one before, so that the factors of a whole market
 * take a few megabytes. The last step on or before a day is valid on it.
 */
export class FactorSteps {
  /** The index of each symbol. */
  readonly #places = new Map<string, number>()
  /** By symbol index: its first step, and the one after its last. */
  #starts: Int32Array = new Int32Array()
  #ends: Int32Array = new Int32Array()
  #days = new Int32Array(FIRST_STEPS)
  #factors = new Float64Array(FIRST_STEPS)
  /** By step: the index of its symbol. */
  #owners = new Int32Array(FIRST_STEPS)
  #size = 0
  /** By symbol index: its last step, while rows are added. */
  readonly #last: number[] = []
  #older: FactorSteps | undefined
  /** By symbol index: the date or moment of its last row. */
  readonly #came: (number | bigint | undefined)[] = []
  readonly #factorsOf: Pick<Dataset, 'name' | 'onDuplicate'>
  readonly #most: number
  #overflows = false
  /** Whether the steps of each symbol are contiguous. */
  #contiguous = true

  /** `factorsOf` is the dataset of the factors, `most` how many steps may be kept. */
  constructor(factorsOf: Pick<Dataset, 'name' | 'onDuplicate'>, most = Number.POSITIVE_INFINITY) {
    this.#factorsOf = factorsOf
    this.#most = most
  }

  /** Whether there are more than may be kept, so that these tell nothing. */
  get overflows(): boolean {
    return this.#overflows
  }

  /**
   * Adds rows of symbol, date and factor, ascending by date for each symbol. Among rows that share symbol and date the
   * dataset may declare which to keep; that one comes last. Throws `DUPLICATE_KEY` for other repeats.
   */
  add({ numRows, vectors: [symbols, dates, factors] }: Batch): void {
    if (numRows === 0) return
    if (symbols?.type !== 'symbol' || factors?.type !== 'float64') throw new TypeError('factors are of a symbol')
    const dayOf = daysOfRows(dates)
    const places = symbols.dictionary.map((symbol) => this.#placeOf(symbol))
    const moments = (dates as Vector).values
    // Rows of a symbol mostly follow each other.
    let code = -1
    let [place, last] = [0, -1]
    let came: number | bigint | undefined
    for (let row = 0; row < numRows; row++) {
      if (symbols.values[row] !== code) {
        if (code >= 0) this.#came[place] = came
        code = symbols.values[row] as number
        place = places[code] as number
        last = this.#last[place] as number
        came = this.#came[place]
      }
      const factor = factors.values[row] as number
      const moment = moments[row] as number | bigint
      if (moment === came) this.#refuseRepeat(last, symbols.dictionary[code] as string, dateOf(dayOf(row)), factor)
      came = moment
      if (last >= 0) {
        if (this.#factors[last] === factor) continue
        if (last !== this.#size - 1) this.#contiguous = false
      }
      if (this.#size === this.#most) {
        this.#overflows = true
        return
      }
      last = this.#push(place, dayOf(row), factor)
    }
    this.#came[place] = came
  }

  /** Call this after the last row. */
  finish(): this {
    if (!this.#contiguous) this.#sort()
    this.#starts = new Int32Array(this.#places.size).fill(-1)
    this.#ends = new Int32Array(this.#places.size).fill(-1)
    for (let step = 0; step < this.#size; step++) {
      const place = this.#owners[step] as number
      if (this.#starts[place] === -1) this.#starts[place] = step
      this.#ends[place] = step + 1
    }
    return this
  }

  /** The span of the steps of a symbol; empty without any. */
  span(symbol: string): readonly [from: number, to: number] {
    const place = this.#places.get(symbol)
    return place === undefined ? [0, 0] : [this.#starts[place] as number, this.#ends[place] as number]
  }

  /** The last step of a span on or before a day; -1 if there is none. */
  find(from: number, to: number, day: number): number {
    let [low, high] = [from, to]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#days[middle] as number) <= day) low = middle + 1
      else high = middle
    }
    return low > from ? low - 1 : -1
  }

  /** The first day of a step. */
  dayOf(step: number): number {
    return this.#days[step] as number
  }

  /** The day after the last one of a step; `to` ends the span that it belongs to. */
  dayAfter(step: number, to: number): number {
    return step + 1 === to ? Number.POSITIVE_INFINITY : (this.#days[step + 1] as number)
  }

  factor(step: number): number {
    return step < 0 ? Number.NaN : (this.#factors[step] as number)
  }

  /** The factor of a symbol on a day; NaN if there is none. */
  on(symbol: string, day: number): number {
    const [from, to] = this.span(symbol)
    const step = this.find(from, to, day)
    return step < 0 && this.#older ? this.#older.on(symbol, day) : this.factor(step)
  }

  /** The symbols that have a factor on a day. */
  knownOn(day: number): ReadonlySet<string> {
    return new Set([...this.#places.keys()].filter((symbol) => !Number.isNaN(this.on(symbol, day))))
  }

  /** The same steps, preceded by the others. */
  withOlder(older: FactorSteps): this {
    this.#older = older
    return this
  }

  #refuseRepeat(last: number, symbol: string, day: string, factor: number): void {
    const { name, onDuplicate } = this.#factorsOf
    if (typeof onDuplicate === 'object') return
    if (onDuplicate === 'identical' && this.#factors[last] === factor) return
    throw new StockdbError(
      'DUPLICATE_KEY',
      `${name} has several factors of ${symbol} on ${day}; expected one: remove the others, or declare onDuplicate`,
    )
  }

  #placeOf(symbol: string): number {
    let place = this.#places.get(symbol)
    if (place === undefined) {
      place = this.#places.size
      this.#places.set(symbol, place)
      this.#last.push(-1)
      this.#came.push(undefined)
    }
    return place
  }

  #push(place: number, day: number, factor: number): number {
    if (this.#size === this.#days.length) {
      const room = this.#size * 2
      this.#days = grown(this.#days, new Int32Array(room))
      this.#owners = grown(this.#owners, new Int32Array(room))
      this.#factors = grown(this.#factors, new Float64Array(room))
    }
    this.#days[this.#size] = day
    this.#factors[this.#size] = factor
    this.#owners[this.#size] = place
    this.#last[place] = this.#size
    return this.#size++
  }

  /** Sorts by symbol: a database may treat two symbols as equal in its order, and mix their rows. */
  #sort(): void {
    const [days, factors, owners] = [this.#days, this.#factors, this.#owners]
    const order = Uint32Array.from({ length: this.#size }, (_, step) => step)
    // The steps of one symbol are already in the order of their days.
    order.sort((a, b) => (owners[a] as number) - (owners[b] as number) || a - b)
    this.#days = Int32Array.from(order, (step) => days[step] as number)
    this.#factors = Float64Array.from(order, (step) => factors[step] as number)
    this.#owners = Int32Array.from(order, (step) => owners[step] as number)
  }
}

function grown<Values extends Int32Array | Float64Array>(from: Values, to: Values): Values {
  to.set(from as never)
  return to
}
