import { Numbers } from './numbers.ts'

/** The days with a bit of their own: 1880 to 2059. */
const FIRST = -32_768
const BITMAP_DAYS = 65_536
/** The number of days from which the bitmap is worth its memory. */
const MANY = 1_024

/**
 * Distinct days, as days since 1970-01-01, of columns of dates. While they come in order, one symbol after another, it is a
 * list in which the next day usually follows the last one; otherwise a set.
 */
export class DistinctDays {
  /** Ascending; unused once there is a set. */
  readonly #list = new Numbers()
  /** The place in the list at which the next day is expected. */
  #at = 0
  #others: Set<number> | undefined
  #bitmap: Uint8Array | undefined
  #marked = 0
  first: number | undefined
  last: number | undefined

  get size(): number {
    return this.#others ? this.#marked + this.#others.size : this.#list.length
  }

  add(days: Int32Array): void {
    let before = Number.NaN
    for (let row = 0; row < days.length; row++) {
      const day = days[row] as number
      if (day === before) continue
      before = day
      if (this.#others) this.#note(day, this.#others)
      else this.#noteInOrder(day, days.length)
    }
  }

  #noteInOrder(day: number, rows: number): void {
    const { values, length } = this.#list
    if (this.#at < length && values[this.#at] === day) {
      this.#at++
      return
    }
    if (this.last === undefined || day > this.last) {
      this.#list.push(day)
      this.#at = length + 1
      this.first ??= day
      this.last = day
      return
    }
    const place = placeOf(day, values, length)
    if (place < length && values[place] === day) {
      this.#at = place + 1
      return
    }
    this.#note(day, this.#spread(rows))
  }

  /** What came so far, as a set; `rows` are the current ones. */
  #spread(rows: number): Set<number> {
    const others = new Set<number>()
    this.#others = others
    if (Math.max(rows, this.#list.length) >= MANY) this.#bitmap = new Uint8Array(BITMAP_DAYS)
    for (let at = 0; at < this.#list.length; at++) this.#note(this.#list.values[at] as number, others)
    this.#list.clear()
    return others
  }

  #note(day: number, others: Set<number>): void {
    const at = day - FIRST
    if (!this.#bitmap && others.size >= MANY) this.#bitmap = new Uint8Array(BITMAP_DAYS)
    if (!this.#bitmap || at < 0 || at >= BITMAP_DAYS) {
      if (others.has(day)) return
      others.add(day)
    } else {
      if (this.#bitmap[at] === 1) return
      this.#bitmap[at] = 1
      // It may have come before there was a bitmap.
      others.delete(day)
      this.#marked++
    }
    this.#widen(day)
  }

  #widen(day: number): void {
    if (this.first === undefined || day < this.first) this.first = day
    if (this.last === undefined || day > this.last) this.last = day
  }
}

/** The first place of ascending numbers whose number is no less. */
function placeOf(number: number, numbers: Int32Array, length: number): number {
  let [low, high] = [0, length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] as number) < number) low = middle + 1
    else high = middle
  }
  return low
}
