import { onBehalfOf } from '../telemetry/running-call.ts'

/** How long a value is taken as it was read; after that it is read again beside the calls that use it. */
const FRESH_MS = 30_000
/** What takes long to read is kept for so many times as long. */
const WORTH = 200
/** How long "there is none" is believed, and how long a value is kept that could not be read again. */
const NONE_MS = 10_000
/** The longest that a call waits for a value that it can do without. */
const PATIENCE_MS = 2_000

interface Known<T> {
  readonly value: T | undefined
  /** Whether the last read failed; a value that was read before it stays. */
  readonly failed: boolean
  readonly until: number
}

/** A value of the database that is kept in memory for a while, so that an ordinary call reads nothing for it. */
export class Kept<T> {
  readonly #load: () => Promise<T | undefined>
  #known: Known<T> | undefined
  #reading: Promise<T | undefined> | undefined
  /** Grows when the database was written to: what was read before is no longer so. */
  #writes = 0

  /** `load` gives nothing where the database has no such value. */
  constructor(load: () => Promise<T | undefined>) {
    this.#load = load
  }

  /**
   * The value, or `undefined` where it cannot be read in a while, for whatever reason: for calls that go on without it. Only the
   * first ones wait for it.
   */
  ifKnown(): T | undefined | Promise<T | undefined> {
    const known = this.#known
    if (known && known.until > performance.now()) return known.value
    const read = this.#read().catch(() => undefined)
    return known ? known.value : soon(read)
  }

  /** The value, or `undefined` where there is none; throws what the database throws. */
  async need(): Promise<T | undefined> {
    const known = this.#known
    const believed = known && known.until > performance.now() && (known.value || !known.failed)
    return believed ? known.value : this.#read()
  }

  /** Has the next call read the value again, and wait for it. */
  forget(): void {
    this.#writes++
    this.#known = undefined
    this.#reading = undefined
  }

  #read(): Promise<T | undefined> {
    if (this.#reading) return this.#reading
    // Read for all calls, not on behalf of the one that happens to be first.
    const reading = onBehalfOf(undefined, () => this.#renew()).finally(() => {
      if (this.#reading === reading) this.#reading = undefined
    })
    this.#reading = reading
    return reading
  }

  async #renew(): Promise<T | undefined> {
    const begun = performance.now()
    const writes = this.#writes
    try {
      const value = await this.#load()
      const now = performance.now()
      const freshMs = value === undefined ? NONE_MS : Math.max(FRESH_MS, (now - begun) * WORTH)
      if (writes === this.#writes) this.#known = { value, failed: false, until: now + freshMs }
      return value
    } catch (error) {
      if (writes === this.#writes)
        this.#known = { value: this.#known?.value, failed: true, until: performance.now() + NONE_MS }
      throw error
    }
  }
}

async function soon<T>(read: Promise<T | undefined>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, undefined)
  })
  try {
    return await Promise.race([read, late])
  } finally {
    clearTimeout(timer)
  }
}
