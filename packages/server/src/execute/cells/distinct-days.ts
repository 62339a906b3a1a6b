/** Days around 1970 that have a mark of their own: 1880 to 2059. */
const FIRST = -32_768
const BITMAP_DAYS = 65_536
/** Rows from which on the bitmap is worth its memory. */
const MANY = 1_024

/** Different days, as days since 1970-01-01, of columns of dates. */
export class DistinctDays {
  readonly #others = new Set<number>()
  #bitmap: Uint8Array | undefined
  #marked = 0
  first: number | undefined
  last: number | undefined

  get size(): number {
    return this.#marked + this.#others.size
  }

  add(days: Int32Array): void {
    this.#makeRoom(days.length)
    let before = Number.NaN
    for (const day of days) {
      if (day !== before) this.#note(day)
      before = day
    }
  }

  #makeRoom(rows: number): void {
    if (rows >= MANY) this.#bitmap ??= new Uint8Array(BITMAP_DAYS)
  }

  #note(day: number): void {
    const at = day - FIRST
    if (!this.#bitmap || at < 0 || at >= BITMAP_DAYS) {
      if (this.#others.has(day)) return
      this.#others.add(day)
    } else {
      if (this.#bitmap[at] === 1) return
      this.#bitmap[at] = 1
      // It may have come before there was a bitmap.
      this.#others.delete(day)
      this.#marked++
    }
    if (this.first === undefined || day < this.first) this.first = day
    if (this.last === undefined || day > this.last) this.last = day
  }
}
