/** Steps in the time over which a rate is averaged. */
const STEPS = 12

interface Step {
  ms: number
  bytes: number
}

/** The rate at which bytes moved, averaged over the last part of the time that counts. */
export class RateWindow {
  readonly #windowMs: number
  readonly #steps: Step[] = []
  #ms = 0
  #bytes = 0

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  /** How often to look at what moves by itself. */
  static everyMs(windowMs: number): number {
    return Math.max(10, windowMs / STEPS)
  }

  /** Bytes per second over the last window; undefined until there is that much time. */
  add(ms: number, bytes: number): number | undefined {
    const last = this.#steps.at(-1)
    if (last && last.ms + ms <= this.#windowMs / STEPS) {
      last.ms += ms
      last.bytes += bytes
    } else this.#steps.push({ ms, bytes })
    this.#ms += ms
    this.#bytes += bytes
    for (let [oldest] = this.#steps; oldest && this.#ms - oldest.ms >= this.#windowMs; [oldest] = this.#steps) {
      this.#steps.shift()
      this.#ms -= oldest.ms
      this.#bytes -= oldest.bytes
    }
    return this.#ms < this.#windowMs ? undefined : (this.#bytes / this.#ms) * 1_000
  }
}
