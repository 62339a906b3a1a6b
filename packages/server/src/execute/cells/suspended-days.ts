import { Numbers } from './numbers.ts'

const NONE = new Int32Array()

/** The days on which symbols were suspended, as days since 1970-01-01: four bytes each. */
export class SuspendedDays {
  /** When they were read, in milliseconds since 1970. */
  readonly asOf: number
  readonly #codes = new Map<string, number>()
  readonly #codeOfRow = new Numbers()
  readonly #dayOfRow = new Numbers()
  #days = NONE
  /** Where the days of each code begin, and behind the last one where they end. */
  #starts = NONE

  constructor(asOf: number) {
    this.asOf = asOf
  }

  get rows(): number {
    return this.#dayOfRow.length
  }

  /** Rows in any order, before {@link close}; `codes` are places in `symbols`. */
  add(codes: Int32Array, symbols: readonly string[], days: Int32Array): void {
    let [before, own] = [-1, -1]
    for (let row = 0; row < codes.length; row++) {
      const code = codes[row] as number
      if (code !== before) {
        const symbol = symbols[code] as string
        own = this.#codes.get(symbol) ?? this.#codes.size
        if (own === this.#codes.size) this.#codes.set(symbol, own)
        before = code
      }
      this.#codeOfRow.push(own)
      this.#dayOfRow.push(days[row] as number)
    }
  }

  /** Puts the days of each symbol together; nothing can be added after it. */
  close(): this {
    const rows = this.rows
    const [codes, days] = [this.#codeOfRow.values, this.#dayOfRow.values]
    const next = new Int32Array(this.#codes.size + 1)
    for (let row = 0; row < rows; row++) {
      const after = (codes[row] as number) + 1
      next[after] = (next[after] as number) + 1
    }
    for (let code = 1; code < next.length; code++) next[code] = (next[code] as number) + (next[code - 1] as number)
    this.#starts = next.slice()
    this.#days = new Int32Array(rows)
    for (let row = 0; row < rows; row++) {
      const code = codes[row] as number
      const place = next[code] as number
      this.#days[place] = days[row] as number
      next[code] = place + 1
    }
    for (let code = 0; code < this.#codes.size; code++)
      this.#days.subarray(this.#starts[code], this.#starts[code + 1]).sort()
    this.#codeOfRow.clear()
    this.#dayOfRow.clear()
    return this
  }

  /** The days of a symbol, ascending. */
  of(symbol: string): Int32Array {
    const code = this.#codes.get(symbol)
    return code === undefined ? NONE : this.#days.subarray(this.#starts[code], this.#starts[code + 1])
  }
}
