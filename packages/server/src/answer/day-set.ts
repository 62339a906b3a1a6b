const MS_PER_DAY = 86_400_000
/** Days around 1970 that have a mark of their own: 1880 to 2059. */
const FIRST = -32_768
const MARKS = 65_536
/** Rows from which on the marks are worth their memory. */
const MANY = 1_024

/** Different days, as days since 1970-01-01, of columns of dates. */
export class DaySet {
  readonly #others = new Set<number>()
  #marks: Uint8Array | undefined
  #marked = 0
  first: number | undefined
  last: number | undefined

  get size(): number {
    return this.#marked + this.#others.size
  }

  addDays(days: Int32Array): void {
    this.#makeRoom(days.length)
    let before = Number.NaN
    for (const day of days) {
      if (day !== before) this.#add(day)
      before = day
    }
  }

  /** Moments as milliseconds since 1970-01-01 00:00. They are read in halves: a bigint for each would cost more than the rest. */
  addMoments(moments: BigInt64Array): void {
    this.#makeRoom(moments.length)
    const halves = new Int32Array(moments.buffer, moments.byteOffset, moments.length * 2)
    let before = Number.NaN
    for (let at = 0; at < halves.length; at += 2) {
      const ms = (halves[at + 1] as number) * 2 ** 32 + ((halves[at] as number) >>> 0)
      const day = Math.floor(ms / MS_PER_DAY)
      if (day !== before) this.#add(day)
      before = day
    }
  }

  #makeRoom(rows: number): void {
    if (rows >= MANY) this.#marks ??= new Uint8Array(MARKS)
  }

  #add(day: number): void {
    const at = day - FIRST
    if (!this.#marks || at < 0 || at >= MARKS) {
      if (this.#others.has(day)) return
      this.#others.add(day)
    } else {
      if (this.#marks[at] === 1) return
      this.#marks[at] = 1
      // It may have come before there were marks.
      this.#others.delete(day)
      this.#marked++
    }
    if (this.first === undefined || day < this.first) this.first = day
    if (this.last === undefined || day > this.last) this.last = day
  }
}
