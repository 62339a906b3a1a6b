import { describe, expect, it } from 'vitest'
import { Overload } from '../../src/bounds/overload.ts'

const SLOTS = 10
const BURST_MS = 75
const STEP_MS = 0.1

/** A queue of one caller before slots that serve so many calls a millisecond: what becomes of calls that arrive at a rate. */
class Queue {
  readonly overload = new Overload(SLOTS, BURST_MS)
  readonly waits: number[] = []
  refused = 0
  now = 0
  #waiting: number[] = []
  /** When the calls in slots end, in order: each takes as long. */
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
  it('refuses nobody at half the load, whatever pauses of a tenth of a second come in between', () => {
    const queue = new Queue(2.65)
    for (let round = 0; round < 20; round++) queue.run(400, 1.325, 132)
    expect(queue.refused).toBe(0)
  })

  it.each([2.65, 0.2])(
    'at four times the load, of %s calls a millisecond, lets nobody wait and keeps the slots busy',
    (perMs) => {
      const queue = new Queue(perMs)
      queue.run(10_000, 4 * perMs)
      const waits = queue.waits.toSorted((a, b) => a - b)
      expect(waits[Math.floor(waits.length * 0.9)]).toBe(0)
      expect(waits[Math.floor(waits.length * 0.99)]).toBeLessThanOrEqual(SLOTS / perMs)
      // A slot is free until the next call comes.
      expect(waits.length).toBeGreaterThan(0.96 * 10_000 * perMs)
    },
  )

  it('is over within a second of light load', () => {
    const queue = new Queue(2.65)
    queue.run(5_000, 10.6)
    queue.run(1_000, 1.3)
    const { refused } = queue
    queue.run(2_000, 1.3, 100)
    expect(queue.refused).toBe(refused)
  })

  it('keeps a queue as long as there are slots where there are twice as many callers as it can serve', () => {
    const queue = new Queue(1)
    queue.run(5_000, 2)
    expect(Math.max(...queue.waits.slice(-500))).toBeGreaterThanOrEqual(SLOTS - 1)
  })
})
