import type { AdjustmentRule } from '@stockdb/contract'
import { type MissingFactor, type MissingFactors, StockdbError } from '@stockdb/contract/wire'

/** The most symbols to name. */
const NAMED = 100
const NAMED_IN_ERROR = 20

/** Counts the rows of an answer that have no factor, and names their symbols. */
export class MissingFactorCount {
  readonly #mode: MissingFactor
  readonly #rule: AdjustmentRule
  /** Rows by symbol, in order of appearance. */
  readonly #rows = new Map<string, number>()
  /** Symbols that have no factor at the anchor. */
  readonly #atAnchor = new Set<string>()

  constructor(mode: MissingFactor, rule: AdjustmentRule) {
    this.#mode = mode
    this.#rule = rule
  }

  get found(): boolean {
    return this.#rows.size > 0
  }

  add(symbol: string, rows: number, atAnchor: boolean): void {
    this.#rows.set(symbol, (this.#rows.get(symbol) ?? 0) + rows)
    if (atAnchor) this.#atAnchor.add(symbol)
  }

  /** The count for `meta`; nothing if such rows are an error. */
  report(): MissingFactors | undefined {
    if (this.#mode === 'error') return undefined
    const symbols = [...this.#rows.keys()]
    const rows = [...this.#rows.values()].reduce((sum, count) => sum + count, 0)
    return { mode: this.#mode, symbols: symbols.slice(0, NAMED), count: symbols.length, rows }
  }

  error(): StockdbError {
    const { dataset, factor } = this.#rule
    const symbols = [...this.#rows.keys()]
    const more = symbols.length > NAMED_IN_ERROR ? `, … (${symbols.length} symbols)` : ''
    const named = `${symbols.slice(0, NAMED_IN_ERROR).join(', ')}${more}`
    const when = this.#atAnchor.size === 0 ? 'the date of their rows' : 'the anchor or the date of their rows'
    return new StockdbError(
      'MISSING_FACTOR',
      `${named}: no ${factor} in ${dataset} on or before ${when}; load the factors, or pass missingFactor: "skip" or "raw", or adjust: "none"`,
    )
  }
}
