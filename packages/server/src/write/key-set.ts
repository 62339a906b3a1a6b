import { randomBytes } from 'node:crypto'
import type { StoredValue } from '@stockdb/contract/internal'

/** Two 32-bit halves of a hash, and the number of the row. */
const WIDTH = 3
/** Keys are kept in so many tables, by their hash: while one grows, only its own keys are there twice. */
const [TABLES, FIRST_SLOTS] = [64, 16]
const MAX_FILLED = 0.75
const SEEDS_BYTES = 4_096
const PRIME = 0x9e3779b1 | 0

interface Table {
  slots: Int32Array<ArrayBuffer>
  count: number
}

/**
 * Keys of rows, to find one that comes twice. Each takes 16 to 32 bytes: a hash of 64 bits, seeded at random, stands for it. Of ten
 * million keys two different ones share it once in four hundred thousand writes, which then are refused.
 */
export class KeySet {
  readonly #tables: (Table | undefined)[] = new Array<undefined>(TABLES).fill(undefined)
  readonly #seeds = nextSeeds()
  #bytes = 0

  /** The memory of the keys. */
  get bytes(): number {
    return this.#bytes
  }

  /** Remembers the key of a row, which is at these places, under its number from 1; the earlier row with the same key if there is one. */
  add(values: readonly (StoredValue | undefined)[], key: readonly number[], row: number): number | undefined {
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
    const table = this.#tableOf(other)
    const earlier = put(table.slots, one, other, row)
    if (earlier === undefined) table.count++
    return earlier
  }

  /** With room for another key. */
  #tableOf(hash: number): Table {
    const at = (hash >>> 0) % TABLES
    const table = this.#tables[at] ?? { slots: new Int32Array(0), count: 0 }
    this.#tables[at] = table
    const before = table.slots
    if (table.count * WIDTH < before.length * MAX_FILLED) return table
    const slots = new Int32Array(Math.max(FIRST_SLOTS * WIDTH, before.length * 2))
    for (let from = 0; from < before.length; from += WIDTH)
      if (before[from + 2] !== 0)
        put(slots, before[from] as number, before[from + 1] as number, before[from + 2] as number)
    this.#bytes += slots.byteLength - before.byteLength
    table.slots = slots
    return table
  }
}

/** Puts a hash into a free place; the row of the same hash if it is there. */
function put(slots: Int32Array, one: number, other: number, row: number): number | undefined {
  const size = slots.length / WIDTH
  for (let at = (one >>> 0) % size; ; at = (at + 1) % size) {
    const place = at * WIDTH
    const earlier = slots[place + 2] as number
    if (earlier === 0) {
      slots[place] = one
      slots[place + 1] = other
      slots[place + 2] = row
      return undefined
    }
    if (slots[place] === one && slots[place + 1] === other) return earlier
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
