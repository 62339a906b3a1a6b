import type { Change } from '@stockdb/contract/wire'

/** Changes, and symbols in all of them, that are kept for listeners who take them a little later. */
const MAX_CHANGES = 1_000
const MAX_SYMBOLS = 20_000
/** What was read for listeners who are further behind, for others who are as far behind. */
const MAX_PAGES = 2

/** What was written lately, without gaps, and a few pages of what was written before. Bounded, however many listen. */
export class ChangeMemory {
  #recent: Change[] = []
  /** Also if it is too large to be kept with others. */
  #newest: Change | undefined
  #symbols = 0
  #last: number
  #pages: { readonly after: number; readonly changes: readonly Change[] }[] = []
  #turn: Promise<void> = Promise.resolve()

  /** Begins after a number. */
  constructor(last: number) {
    this.#last = last
  }

  /** The number of the last change. */
  get last(): number {
    return this.#last
  }

  /** Whether its last change is this one. It begins with a number alone, and then remembers what has this number. */
  endsWith(change: Change): boolean {
    this.#newest ??= change
    return change.sequence === this.#last && JSON.stringify(this.#newest) === JSON.stringify(change)
  }

  add(change: Change): void {
    this.#newest = change
    this.#recent.push(change)
    this.#symbols += change.symbols?.length ?? 0
    this.#last = change.sequence
    let gone = 0
    while (this.#recent.length - gone > MAX_CHANGES || (this.#symbols > MAX_SYMBOLS && gone < this.#recent.length))
      this.#symbols -= this.#recent[gone++]?.symbols?.length ?? 0
    if (gone > 0) this.#recent.splice(0, gone)
  }

  /** The changes after a number; `undefined` if some of them are not in memory. */
  after(cursor: number): readonly Change[] | undefined {
    if (cursor >= this.#last) return []
    const [oldest] = this.#recent
    if (!oldest || oldest.sequence > cursor + 1) return undefined
    return this.#recent.slice(this.#recent.findIndex(({ sequence }) => sequence > cursor))
  }

  /**
   * The next changes after a number, from a page that holds them, or by `read`. One is read at a time: those who are behind by about
   * as much find what the first of them read, and take no connections from calls.
   */
  async page(cursor: number, read: () => Promise<readonly Change[]>): Promise<readonly Change[]> {
    const before = this.#turn
    const turn = Promise.withResolvers<void>()
    this.#turn = turn.promise
    await before
    try {
      for (const page of this.#pages) {
        const later = page.after > cursor ? [] : page.changes.filter(({ sequence }) => sequence > cursor)
        if (later.length > 0) return later
      }
      const changes = await read()
      this.#pages = [...this.#pages.slice(1 - MAX_PAGES), { after: cursor, changes }]
      return changes
    } finally {
      turn.resolve()
    }
  }
}
