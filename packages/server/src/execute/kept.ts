import { onBehalfOf } from '../telemetry/running-call.ts'

/** How long calls that can do without the value use it as it was read; then it is read again in the background. */
const FRESH_MS = 30_000
/** A value is kept for at least this many times as long as it took to read. */
const WORTH = 200
/** How long calls that can do without the value take "there is none", or a failed read, for granted. */
const NONE_MS = 10_000
/** The longest that a call waits for a value that it can do without. */
const PATIENCE_MS = 2_000

interface Known<T> {
  readonly value: T | undefined
  /** Whether the last read failed; a value that was read before it stays. */
  readonly failed: boolean
  /** When the read began, and the version of the database before it. */
  readonly at: number
  readonly version: string | undefined
  readonly until: number
  /** After this, not even a call that can do without the value uses it unread. */
  readonly staleAt: number
}

/** A value of the database that is kept in memory for a while, so that an ordinary call reads nothing for it. */
export class Kept<T> {
  readonly #load: () => Promise<T | undefined>
  readonly #version: () => string | undefined
  #known: Known<T> | undefined
  #reading: { readonly at: number; readonly value: Promise<T | undefined> } | undefined
  /** Reads that began earlier are ignored. */
  #notBefore = 0
  /** The number of writes: what was read before the last one is no longer true. */
  #writes = 0

  /** `load` resolves to nothing if the database has no such value; `version` changes when the database does, if it tells. */
  constructor(load: () => Promise<T | undefined>, version: () => string | undefined = () => undefined) {
    this.#load = load
    this.#version = version
  }

  /**
   * The value, or `undefined` if it cannot be read for a while, for any reason: for calls that can do without it. Only the
   * first ones wait for it.
   */
  ifKnown(): T | undefined | Promise<T | undefined> {
    const known = this.#known
    const now = performance.now()
    if (known && known.until > now) return known.value
    const read = this.#read().catch(() => undefined)
    return known && known.staleAt > now ? known.value : soon(read)
  }

  /**
   * The value, read at most `maxAgeMs` ago and, if the database has versions, from its current one; `undefined` if there
   * is none. Throws the database's errors.
   */
  async need(maxAgeMs: number): Promise<T | undefined> {
    const known = this.#known
    const believed =
      known?.value !== undefined &&
      !known.failed &&
      known.at >= this.#notBefore &&
      known.at + maxAgeMs > performance.now() &&
      known.version === this.#version()
    return believed ? known.value : this.#read()
  }

  /**
   * When the oldest value was read that the next call may get, in `performance.now()` time; `undefined` if that call reads the
   * value itself.
   */
  get readAt(): number | undefined {
    const known = this.#known
    return known && known.staleAt > performance.now() ? known.at : this.#reading?.at
  }

  /** Makes the next call read the value again, and wait for it. */
  forget(): void {
    this.#writes++
    this.#known = undefined
    this.#reading = undefined
  }

  /** Makes the next call that needs the value read it again, unless that read began after `moment`. */
  expire(moment: number): void {
    this.#notBefore = Math.max(this.#notBefore, moment)
  }

  #read(): Promise<T | undefined> {
    if (this.#reading && this.#reading.at >= this.#notBefore) return this.#reading.value
    const at = performance.now()
    // Read for all calls, not on behalf of the one that happens to be first.
    const value = onBehalfOf(undefined, () => this.#renew(at)).finally(() => {
      if (this.#reading === reading) this.#reading = undefined
    })
    const reading = { at, value }
    this.#reading = reading
    return value
  }

  async #renew(at: number): Promise<T | undefined> {
    const writes = this.#writes
    let version: string | undefined
    const learn = (known: Pick<Known<T>, 'value' | 'failed' | 'at'>, freshMs: number): void => {
      if (writes !== this.#writes || at < this.#notBefore) return
      const until = performance.now() + freshMs
      this.#known = { ...known, version, until, staleAt: until + freshMs }
    }
    try {
      version = this.#version()
      const value = await this.#load()
      const tookMs = performance.now() - at
      learn({ value, failed: false, at }, value === undefined ? NONE_MS : Math.max(FRESH_MS, tookMs * WORTH))
      return value
    } catch (error) {
      const { value, at: readAt } = this.#known ?? { value: undefined, at }
      // The value is no newer than it was.
      learn({ value, failed: true, at: readAt }, NONE_MS)
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

/** When these values were read, of those that were. */
export const readTimes = (kept: readonly Pick<Kept<unknown>, 'readAt'>[]): number[] =>
  kept.map(({ readAt }) => readAt).filter((readAt) => readAt !== undefined)
