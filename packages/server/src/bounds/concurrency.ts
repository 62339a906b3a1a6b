import type { Turn } from './turns.ts'

/** How long a turn of the event loop should be at most. An admitted call waits for two or three of them. */
const TURN_MS = 4
/** With fewer, the database would wait for the event loop. */
const LEAST_SHARE = 0.4
const LEAST_STEP = 0.5
const GROWTH = 0.1
/** What a refusal costs, as a part of what an admitted call costs. */
const REFUSAL_COST = 1 / 8

/**
 * How many calls at once are worth working on under overload. If the processor limits the server and not the database, more of them
 * make each turn of the event loop longer, and so every call, and no more calls are answered.
 */
export class Concurrency {
  readonly #most: number
  readonly #least: number
  #value: number

  constructor(most: number) {
    this.#most = most
    this.#least = Math.max(1, Math.ceil(most * LEAST_SHARE))
    this.#value = most
  }

  get value(): number {
    return Math.round(this.#value)
  }

  /** Adapts to a turn under overload. */
  adapt({ ms, admitted, refused }: Turn): void {
    // Where refusals take most of a turn, fewer calls would not make it shorter.
    if (ms <= TURN_MS || admitted <= refused * REFUSAL_COST) this.#value = Math.min(this.#most, this.#value + GROWTH)
    else this.#value = Math.max(this.#least, this.#value * Math.max(LEAST_STEP, TURN_MS / ms))
  }

  /** There is no overload: all of them. */
  reset(): void {
    this.#value = this.#most
  }
}
