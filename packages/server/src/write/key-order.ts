import type { StoredValue } from '@stockdb/contract/internal'

/** Keys of more columns are only expected in the order of these. */
const MAX_PERMUTED = 4

/** An order of rows: by the first of these places of the key, then by the next; each ascending (-1), descending (1), or not known yet (0). */
interface Order {
  readonly places: readonly number[]
  readonly directions: number[]
}

/**
 * Whether rows come in an order of their keys, whichever column is first, and whether each ascends or descends. As long as they do, no key
 * comes twice: each row is strictly behind the one before it, and so behind all.
 */
export class KeyOrder {
  #orders: Order[]
  #last: readonly StoredValue[] | undefined

  /** `key`: the places of the key in a row. */
  constructor(key: readonly number[]) {
    const ways = key.length > MAX_PERMUTED ? [key] : permutations(key)
    this.#orders = ways.map((places) => ({ places, directions: places.map(() => 0) }))
  }

  /** Whether a row comes in order behind the one before it. Not to be asked again after one that does not. */
  takes(row: readonly StoredValue[]): boolean {
    const last = this.#last
    this.#last = row
    if (!last) return true
    // Without a new list for each row.
    if (!this.#orders.every((order) => follows(order, last, row)))
      this.#orders = this.#orders.filter((order) => follows(order, last, row))
    return this.#orders.length > 0
  }
}

/** Learns the direction of the first place that differs, if it is not known yet. */
function follows({ places, directions }: Order, last: readonly StoredValue[], row: readonly StoredValue[]): boolean {
  for (let at = 0; at < places.length; at++) {
    const place = places[at] as number
    const compared = compare(last[place] as StoredValue, row[place] as StoredValue)
    if (compared === 0) continue
    if (directions[at] === 0 && compared !== undefined) directions[at] = compared
    return directions[at] === compared
  }
  return false
}

/** `undefined` where values have no order: of different types, and nulls. */
function compare(one: StoredValue, other: StoredValue): number | undefined {
  if (one === other) return 0
  if (typeof one !== typeof other || one === null || other === null) return undefined
  if (one < other) return -1
  return one > other ? 1 : undefined
}

function permutations(places: readonly number[]): readonly (readonly number[])[] {
  if (places.length < 2) return [places]
  return places.flatMap((first, at) => permutations(places.toSpliced(at, 1)).map((rest) => [first, ...rest]))
}
