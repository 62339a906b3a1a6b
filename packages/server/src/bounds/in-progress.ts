/**
 * What is in progress, in the order of its beginning: a few things, of which the last ones usually end first.
 *
 * An array and no `Set`: a `Set` that things come into and leave is given a new table again and again, and the old one, which still
 * refers to those that were in it, also refers to the new one. Once V8 has moved one of these tables to its old space, all that was
 * ever in progress afterwards stays in memory until the next full collection.
 */
export class InProgress<T> implements Iterable<T> {
  readonly #items: T[] = []

  get size(): number {
    return this.#items.length
  }

  /** The one that began first; `undefined` if there is none. */
  get first(): T | undefined {
    return this.#items[0]
  }

  add(item: T): void {
    this.#items.push(item)
  }

  /** Returns whether it was there. */
  delete(item: T): boolean {
    const items = this.#items
    const at = items.lastIndexOf(item)
    if (at < 0) return false
    // `splice` would make an array of what it removes.
    items.copyWithin(at, at + 1)
    items.pop()
    return true
  }

  /** Those of this moment: they may end while it goes on. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.#items][Symbol.iterator]()
  }
}
