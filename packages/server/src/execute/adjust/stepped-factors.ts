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
    for (let row = 0; row < numRows; row++) {
      const [code, day] = [symbols.values[row] as number, dayOf(row)]
      const to = this.#to[code] as number
      let step = this.#held[code] as number
      if (step < 0 || !this.#steps.holds(step, to, day)) {
        step = this.#steps.find(this.#from[code] as number, to, day)
        this.#held[code] = step
      }
      into[row] = step < 0 ? this.#steps.on(symbols.dictionary[code] as string, day) : this.#steps.factor(step)
    }
  }

  atAnchor(symbol: string): number {
    return this.#steps.on(symbol, this.#anchor)
  }

  before(symbol: string): number {
    const day = this.#daysBefore.get(symbol)
    return day === undefined ? Number.NaN : this.#steps.on(symbol, day)
  }
}
