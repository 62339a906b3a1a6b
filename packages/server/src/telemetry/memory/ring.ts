/** The most recent items, oldest first. */
export class Ring<Item> {
  readonly #items: Item[] = []
  readonly #capacity: number
  #next = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  push(item: Item): void {
    this.#items[this.#next] = item
    this.#next = (this.#next + 1) % this.#capacity
  }

  /** The item this many before the last one, or the oldest. */
  back(steps: number): Item | undefined {
    const { length } = this.#items
    if (length === 0) return undefined
    const last = this.#next - 1 + length
    return this.#items[(last - Math.min(steps, length - 1)) % length]
  }

  toArray(): Item[] {
    const from = this.#items.length < this.#capacity ? 0 : this.#next
    return [...this.#items.slice(from), ...this.#items.slice(0, from)]
  }
}
