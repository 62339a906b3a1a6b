import { randomBytes } from 'node:crypto'
import type { StoredValue } from '@stockdb/contract/internal'

/** Two 32-bit halves of a hash, and the number of the row. */
const WIDTH = 3
const FIRST_SLOTS = 64
const SEEDS_BYTES = 4_096
const PRIME = 0x9e3779b1 | 0

/**
 * The keys of one write, to find one that comes twice. Each takes 24 bytes or so: a hash of 64 bits, seeded at random, stands
 * for it. Of ten million keys two different ones share it once in four hundred thousand writes, which then are refused.
 */
export class KeySet {
  #slots = new Int32Array(FIRST_SLOTS * WIDTH)
  #count = 0
  readonly #seeds = nextSeeds()

  /** Remembers the key of a row, which is at these places, under its number from 1; the earlier row with the same key if there is one. */
  add(values: readonly StoredValue[], key: readonly number[], row: number): number | undefined {
    let [one, other] = this.#seeds
    for (const place of key) {
      const value = values[place] ?? null
      const text = value === null ? '' : String(value)
      for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at)
        one = Math.imul(one ^ code, PRIME)
        one ^= one >>> 15
        other = Math.imul(other ^ code, 0x85ebca6b)
        other ^= other >>> 13
      }
      // Between two values, and unlike a letter: a null is not an empty text.
      one = Math.imul(one ^ (value === null ? 0x20000 : 0x10000), PRIME)
      other = Math.imul(other ^ (value === null ? 0x20000 : 0x10000), 0xc2b2ae35)
    }
    return this.#put(one, other, row)
  }

  #put(one: number, other: number, row: number): number | undefined {
    if (this.#count * WIDTH * 2 >= this.#slots.length) this.#grow()
    const slots = this.#slots
    const size = slots.length / WIDTH
    for (let at = (one >>> 0) % size; ; at = (at + 1) % size) {
      const place = at * WIDTH
      const earlier = slots[place + 2] as number
      if (earlier === 0) {
        slots[place] = one
        slots[place + 1] = other
        slots[place + 2] = row
        this.#count++
        return undefined
      }
      if (slots[place] === one && slots[place + 1] === other) return earlier
    }
  }

  #grow(): void {
    const before = this.#slots
    this.#slots = new Int32Array(before.length * 2)
    this.#count = 0
    for (let at = 0; at < before.length; at += WIDTH)
      if (before[at + 2] !== 0) this.#put(before[at] as number, before[at + 1] as number, before[at + 2] as number)
  }
}

let seeds = new Int32Array(0)
let drawn = 0

/** Two random numbers; many are drawn at once, because each draw is a system call. */
function nextSeeds(): readonly [number, number] {
  if (drawn === seeds.length) {
    seeds = new Int32Array(new Uint8Array(randomBytes(SEEDS_BYTES)).buffer)
    drawn = 0
  }
  return [seeds[drawn++] as number, seeds[drawn++] as number]
}
