import { describe, expect, it } from 'vitest'
import { Overload } from '../../src/bounds/overload.ts'

const SLOTS = 10
const BURST_MS = 75
const STEP_MS = 0.1

/** Simulates one caller's queue before slots with a service rate: the outcome of calls that arrive at a given rate. */
class Queue {
  readonly overload = new Overload(SLOTS, BURST_MS)
  readonly waits: number[] = []
  refused = 0
  now = 0
  #waiting: number[] = []
  /** End times of the running calls, in order; all take equally long. */
  #busy: number[] = []
  #come = 0
  readonly #callMs: number

  constructor(perMs: number) {
    this.#callMs = SLOTS / perMs
  }

  run(ms: number, arrivalsPerMs: number, atOnce = 0): void {
    for (let extra = 0; extra < atOnce; extra++) this.#arrive()
    for (const end = this.now + ms; this.now < end; this.now += STEP_MS) {
      while ((this.#busy[0] ?? Number.POSITIVE_INFINITY) <= this.now) {
        const free = this.#busy.shift() as number
        const since = this.#waiting.shift()
        if (since !== undefined) this.#serve(since, Math.max(free, since))
      }
      for (this.#come += arrivalsPerMs * STEP_MS; this.#come >= 1; this.#come--) this.#arrive()
    }
  }

  #serve(since: number, at: number): void {
    this.waits.push(at - since)
    this.#busy.push(at + this.#callMs)
  }

  #arrive(): void {
    const oldestMs = this.now - (this.#waiting[0] ?? this.now)
    const allowed = this.overload.allowed(this.now, this.#waiting.length, oldestMs)
    if (this.#busy.length >= SLOTS && this.#waiting.length >= allowed) {
      this.refused++
      this.overload.refused()
      for (; this.#waiting.length > SLOTS; this.refused++) this.#waiting.shift()
      return
    }
    this.overload.took()
    if (this.#busy.length < SLOTS) this.#serve(this.now, this.now)
    else this.#waiting.push(this.now)
  }
}

describe('overload', () => {
  it('refuses no call at half the load, despite pauses of a tenth of a second', () => {
    const queue = new Queue(2.65)
    for (let round = 0; round < 20; round++) queue.run(400, 1.325, 132)
    expect(queue.refused).toBe(0)
  })

  it.each([2.65, 0.2])(
    'at four times the load, %s calls per millisecond, keeps waits short and the slots busy',
    (perMs) => {
      const queue = new Queue(perMs)
      queue.run(10_000, 4 * perMs)
      const waits = queue.waits.toSorted((a, b) => a - b)
      expect(waits[Math.floor(waits.length * 0.9)]).toBe(0)
      expect(waits[Math.floor(waits.length * 0.99)]).toBeLessThanOrEqual(SLOTS / perMs)
      // A slot is free until the next call arrives.
      expect(waits.length).toBeGreaterThan(0.96 * 10_000 * perMs)
    },
  )

  it('ends within a second of light load', () => {
    const queue = new Queue(2.65)
    queue.run(5_000, 10.6)
    queue.run(1_000, 1.3)
    const { refused } = queue
    queue.run(2_000, 1.3, 100)
    expect(queue.refused).toBe(refused)
  })

  it('keeps a queue of as many calls as slots with twice as many callers as it can serve', () => {
    const queue = new Queue(1)
    queue.run(5_000, 2)
    expect(Math.max(...queue.waits.slice(-500))).toBeGreaterThanOrEqual(SLOTS - 1)
  })
})
