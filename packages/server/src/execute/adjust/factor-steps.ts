import type { Dataset } from '@stockdb/contract'
import { dateOf } from '@stockdb/contract/internal'
import { type Batch, StockdbError, type Vector } from '@stockdb/contract/wire'
import { daysOfRows } from './row-factors.ts'

/** The most changes of factors that are held, at 12 bytes each: those of a whole market over decades are fewer. */
const MAX_STEPS = 4_000_000
const FIRST_STEPS = 1_024

/**
 * The factors of symbols as steps: only where a factor differs from the one before it is there a step, so that the factors
 * of a whole market take a few megabytes. The last step on or before a day holds on it.
 */
export class FactorSteps {
  /** The place of each symbol's steps. */
  readonly #places = new Map<string, number>()
  /** Of each symbol, by its place, the first of its steps and the one behind the last. */
  #starts: Int32Array = new Int32Array()
  #ends: Int32Array = new Int32Array()
  #days = new Int32Array(FIRST_STEPS)
  #factors = new Float64Array(FIRST_STEPS)
  /** Of each step, the place of its symbol. */
  #owners = new Int32Array(FIRST_STEPS)
  #size = 0
  /** Of each symbol the last step, while they come. */
  readonly #last: number[] = []
  #older: FactorSteps | undefined
  /** Of each symbol the date or the moment of the row that came last. */
  readonly #came: (number | bigint | undefined)[] = []
  readonly #factorsOf: Pick<Dataset, 'name' | 'onDuplicate'>
  /** Whether the steps of each symbol lie one behind the other. */
  #apart = true

  /** `factorsOf` is the dataset that the factors are of. */
  constructor(factorsOf: Pick<Dataset, 'name' | 'onDuplicate'>) {
    this.#factorsOf = factorsOf
  }

  /**
   * Takes rows of symbol, date and factor, of each symbol ascending by date; of rows that share both, where the dataset says
   * which to keep, that one last. Throws `DUPLICATE_KEY` for others that do.
   */
  add({ numRows, vectors: [symbols, dates, factors] }: Batch): void {
    if (numRows === 0) return
    if (symbols?.type !== 'symbol' || factors?.type !== 'float64') throw new TypeError('factors are of a symbol')
    const dayOf = daysOfRows(dates)
    const places = symbols.dictionary.map((symbol) => this.#placeOf(symbol))
    for (let row = 0; row < numRows; row++) {
      const place = places[symbols.values[row] as number] as number
      const factor = factors.values[row] as number
      const last = this.#last[place] as number
      this.#refuseRepeat(
        place,
        symbols.dictionary[symbols.values[row] as number] as string,
        dates as Vector,
        row,
        factor,
      )
      if (last >= 0 && this.#factors[last] === factor) continue
      if (last >= 0 && last !== this.#size - 1) this.#apart = false
      this.#push(place, dayOf(row), factor)
    }
  }

  /** To be called when all have come. */
  finish(): this {
    if (!this.#apart) this.#sort()
    this.#starts = new Int32Array(this.#places.size).fill(-1)
    this.#ends = new Int32Array(this.#places.size).fill(-1)
    for (let step = 0; step < this.#size; step++) {
      const place = this.#owners[step] as number
      if (this.#starts[place] === -1) this.#starts[place] = step
      this.#ends[place] = step + 1
    }
    return this
  }

  /** Where the steps of a symbol begin and end; nowhere for a symbol without any. */
  span(symbol: string): readonly [from: number, to: number] {
    const place = this.#places.get(symbol)
    return place === undefined ? [0, 0] : [this.#starts[place] as number, this.#ends[place] as number]
  }

  /** The last of the steps of a span that is on or before a day; -1 if none is. */
  find(from: number, to: number, day: number): number {
    let [low, high] = [from, to]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#days[middle] as number) <= day) low = middle + 1
      else high = middle
    }
    return low > from ? low - 1 : -1
  }

  /** Whether a step is the last one of its span on or before a day. */
  holds(step: number, to: number, day: number): boolean {
    return (this.#days[step] as number) <= day && (step + 1 === to || (this.#days[step + 1] as number) > day)
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

  /** The same steps, before which those others hold. */
  withOlder(older: FactorSteps): this {
    this.#older = older
    return this
  }

  #refuseRepeat(place: number, symbol: string, dates: Vector, row: number, factor: number): void {
    const moment = dates.values[row] as number | bigint
    const before = this.#came[place]
    this.#came[place] = moment
    if (moment !== before) return
    const { name, onDuplicate } = this.#factorsOf
    if (typeof onDuplicate === 'object') return
    if (onDuplicate === 'identical' && this.#factors[this.#last[place] as number] === factor) return
    const day = dateOf(daysOfRows(dates)(row))
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

  #push(place: number, day: number, factor: number): void {
    if (this.#size === MAX_STEPS) {
      const message = `the factors of the symbols change more than ${MAX_STEPS} times; ask for fewer symbols at once`
      throw new StockdbError('INVALID_INPUT', message)
    }
    if (this.#size === this.#days.length) {
      const room = this.#size * 2
      this.#days = grown(this.#days, new Int32Array(room))
      this.#owners = grown(this.#owners, new Int32Array(room))
      this.#factors = grown(this.#factors, new Float64Array(room))
    }
    this.#days[this.#size] = day
    this.#factors[this.#size] = factor
    this.#owners[this.#size] = place
    this.#last[place] = this.#size++
  }

  /** By symbol: a database may take two symbols for one in its order, and mix their rows. */
  #sort(): void {
    const [days, factors, owners] = [this.#days, this.#factors, this.#owners]
    const order = Uint32Array.from({ length: this.#size }, (_, step) => step)
    // Steps of one symbol came in the order of their days.
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
