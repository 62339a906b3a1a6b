/** Work with rows after which others have their turn: enough to make switching cheap. */
const SHARE_MS = 10

/**
 * Shares the turns of the event loop among answers of many rows: each is read and encoded in pieces of some milliseconds, but those of ten
 * connections that come in one turn would keep everybody else waiting ten times as long, `/healthz` among them.
 */
export class TurnShare {
  readonly #atEnd: (act: () => void) => void
  readonly #now: () => number
  readonly #waiting: (() => void)[] = []
  #since: number | undefined

  constructor(atEnd: (act: () => void) => void = setImmediate, now: () => number = () => performance.now()) {
    this.#atEnd = atEnd
    this.#now = now
  }

  /** Whether work with rows has taken its share of this turn. */
  get spent(): boolean {
    return this.#now() - this.#begin() > SHARE_MS
  }

  /** Resolves when there is time for more work with rows: at once, or as {@link pass}. */
  async turn(): Promise<void> {
    if (this.spent) await this.pass()
  }

  /** Lets others have their turn. In each turn one of those who wait goes on, in the order of their coming. */
  pass(): Promise<void> {
    this.#begin()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #begin(): number {
    if (this.#since === undefined) {
      this.#since = this.#now()
      this.#atEnd(this.#end)
    }
    return this.#since
  }

  readonly #end = (): void => {
    this.#since = undefined
    const next = this.#waiting.shift()
    if (!next) return
    this.#begin()
    next()
  }
}

/** The share of this thread's event loop. */
export const turnShare = new TurnShare()
