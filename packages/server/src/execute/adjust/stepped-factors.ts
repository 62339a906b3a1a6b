import type { Batch } from '@stockdb/contract/wire'
import type { FactorSteps } from './factor-steps.ts'
import { daysOfRows, type RowFactors } from './row-factors.ts'

/** Factors looked up in steps, which were read before the rows. */
export class SteppedFactors implements RowFactors {
  readonly #steps: FactorSteps
  readonly #at: { readonly symbol: number; readonly date: number }
  readonly #anchor: number
  readonly #daysBefore: ReadonlyMap<string, number>
  /** For each code of the rows: where the steps of its symbol begin and end, and the one used last. */
  readonly #from: number[] = []
  readonly #to: number[] = []
  readonly #held: number[] = []

  /**
   * `at` has the positions of symbol and date in a batch, `daysBefore` the day of the row before the first one of each
   * symbol.
   */
  constructor(
    steps: FactorSteps,
    at: { readonly symbol: number; readonly date: number },
    { anchor, daysBefore = new Map() }: { readonly anchor?: number; readonly daysBefore?: ReadonlyMap<string, number> },
  ) {
    this.#steps = steps
    this.#at = at
    this.#anchor = anchor ?? Number.NaN
    this.#daysBefore = daysBefore
  }

  fill({ numRows, vectors }: Batch, into: Float64Array): void {
    const symbols = vectors[this.#at.symbol]
    if (symbols?.type !== 'symbol') throw new TypeError('adjusting needs a symbol')
    const dayOf = daysOfRows(vectors[this.#at.date])
    for (let code = this.#held.length; code < symbols.dictionary.length; code++) {
      const [from, to] = this.#steps.span(symbols.dictionary[code] as string)
      this.#from.push(from)
      this.#to.push(to)
      this.#held.push(-1)
    }
    // A factor mostly holds for many rows: they are compared with its first day and the one after its last.
    let [code, since, until, factor] = [-1, 0, 0, Number.NaN]
    for (let row = 0; row < numRows; row++) {
      const day = dayOf(row)
      if (symbols.values[row] !== code || day < since || day >= until) {
        code = symbols.values[row] as number
        const step = this.#stepOf(code, day)
        const isThere = step >= 0
        since = isThere ? this.#steps.dayOf(step) : day
        until = isThere ? this.#steps.dayAfter(step, this.#to[code] as number) : day + 1
        factor = isThere ? this.#steps.factor(step) : this.#steps.on(symbols.dictionary[code] as string, day)
      }
      into[row] = factor
    }
  }

  #stepOf(code: number, day: number): number {
    const to = this.#to[code] as number
    const held = this.#held[code] as number
    if (held >= 0 && this.#steps.dayOf(held) <= day && day < this.#steps.dayAfter(held, to)) return held
    const step = this.#steps.find(this.#from[code] as number, to, day)
    this.#held[code] = step
    return step
  }

  atAnchor(symbol: string): number {
    return this.#steps.on(symbol, this.#anchor)
  }

  before(symbol: string): number {
    const day = this.#daysBefore.get(symbol)
    return day === undefined ? Number.NaN : this.#steps.on(symbol, day)
  }
}
