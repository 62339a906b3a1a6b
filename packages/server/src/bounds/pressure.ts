import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Bounds } from './settings.ts'

const LOOK_MS = 500
const RESOLUTION_MS = 10

/** Watches resident memory and the delay of the event loop, twice a second. */
export class Pressure {
  readonly #bounds: Bounds
  readonly #onDeadly: (rssBytes: number) => void
  readonly #relieve: () => void
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  readonly #timer: NodeJS.Timeout
  rssBytes = process.memoryUsage.rss()
  /** Mean delay of the event loop in the better of the last two half-seconds: one long task is not pressure. */
  loopDelayMs = 0
  #lastDelayMs = 0
  #deadlyLooks = 0

  /**
   * `onDeadly` is called when memory exceeded `killMemoryBytes` in two consecutive samples, `relieve` while it exceeds
   * `maxMemoryBytes`.
   */
  constructor(bounds: Bounds, onDeadly: (rssBytes: number) => void, relieve: () => void = () => {}) {
    this.#relieve = relieve
    this.#bounds = bounds
    this.#onDeadly = onDeadly
    this.#delay.enable()
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
    this.#timer.unref()
  }

  /** Why heavy calls are refused; `undefined` if they are not. */
  get reason(): string | undefined {
    if (this.rssBytes > this.#bounds.maxMemoryBytes) return 'the server is short of memory'
    if (this.loopDelayMs > this.#bounds.maxLoopDelayMs) return 'the server is busy'
    return undefined
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#delay.disable()
  }

  #look(): void {
    // The monitor's figures include its own interval; before the first sample the mean is NaN.
    const delayMs = Math.max(0, (this.#delay.mean || 0) / 1e6 - RESOLUTION_MS)
    this.loopDelayMs = Math.min(delayMs, this.#lastDelayMs)
    this.#lastDelayMs = delayMs
    this.#delay.reset()
    this.rssBytes = process.memoryUsage.rss()
    if (this.rssBytes > this.#bounds.maxMemoryBytes) this.#relieve()
    this.#deadlyLooks = this.rssBytes > this.#bounds.killMemoryBytes ? this.#deadlyLooks + 1 : 0
    if (this.#deadlyLooks === 2) this.#onDeadly(this.rssBytes)
  }
}
