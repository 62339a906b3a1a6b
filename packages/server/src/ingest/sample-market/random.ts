/**
 * Repeatable pseudo-random numbers: the generator sfc32 of PractRand, 128 bits of state.
 *
 * Every use has its own stream, named by a text. So one company's numbers do not change when another is added, and any
 * table can redraw a company's history instead of storing it.
 */
export class RandomStream {
  #a: number
  #b: number
  #c: number
  #counter = 1
  #spare: number | undefined

  constructor(seed: number, name: string) {
    // FNV-1a, from three offsets. The seed goes in as text: an exclusive or would cut it to 32 bits.
    const key = `${seed}/${name}`
    const hash = (offset: number): number => {
      let word = offset
      for (let i = 0; i < key.length; i++) word = Math.imul(word ^ key.charCodeAt(i), 0x01000193)
      return word
    }
    this.#a = hash(0x811c9dc5)
    this.#b = hash(0x9e3779b9)
    this.#c = hash(0x85ebca6b)
    // Similar names give similar states; they diverge within a dozen draws.
    for (let i = 0; i < 12; i++) this.uniform()
  }

  /** Evenly spread, 0 inclusive to 1 exclusive. */
  uniform(): number {
    const word = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + word) | 0
    return (word >>> 0) / 2 ** 32
  }

  /** Evenly spread, `low` inclusive to `high` exclusive. */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform()
  }

  /** A whole number, both ends inclusive. */
  whole(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1))
  }

  /** True in a share `probability` of all draws. */
  chance(probability: number): boolean {
    return this.uniform() < probability
  }

  /** Normal with mean 0 and deviation 1, by Box and Muller; their second number is kept for the next call. */
  normal(): number {
    const spare = this.#spare
    if (spare !== undefined) {
      this.#spare = undefined
      return spare
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()))
    const angle = 2 * Math.PI * this.uniform()
    this.#spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }

  /** One of the items, which must not be empty. */
  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.whole(0, items.length - 1)] ?? items[0]
  }
}
