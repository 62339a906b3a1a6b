/** The end of a symbol that is still listed. */
export const STILL = 2 ** 31 - 1

/** The listing dates of symbols, as days since 1970-01-01. */
export class Listing {
  /** Each once. */
  readonly symbols: readonly string[]
  /** The first day of each. */
  readonly from: Int32Array
  /** The first day on which each is listed no more. */
  readonly to: Int32Array
  /** When they were read, in milliseconds since 1970. */
  readonly asOf: number
  readonly #places: ReadonlyMap<string, number>

  constructor(symbols: readonly string[], from: Int32Array, to: Int32Array, asOf: number) {
    this.symbols = symbols
    this.from = from
    this.to = to
    this.asOf = asOf
    this.#places = new Map(symbols.map((symbol, place) => [symbol, place]))
  }

  /** The place of a symbol, or -1. */
  find(symbol: string): number {
    return this.#places.get(symbol) ?? -1
  }

  /** Whether the symbol at a place was listed on one of the days from one to another, both inclusive. */
  isListed(place: number, from: number, until: number): boolean {
    return (this.from[place] as number) <= until && (this.to[place] as number) > from
  }
}
