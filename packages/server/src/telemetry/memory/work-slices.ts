import { createHook } from 'node:async_hooks'
import { getHeapStatistics } from 'node:v8'
import { currentCall, type RunningCall, watchWork } from '../running-call.ts'

/** Stretches of work that a timeline remembers. */
const MAX_STRETCHES = 500_000

/** Which call the event loop worked for, and when: stretch `i` started at `startedAt[i]` and was for `owners[i]`. */
export interface Timeline {
  readonly length: number
  /** In `performance.now()` time. */
  readonly startedAt: Float64Array
  /** Index into `names`; 0 means no call. */
  readonly owners: Uint16Array
  /** Procedures. */
  readonly names: readonly string[]
}

/**
 * Records, while enabled, which call each stretch of JavaScript works for and how much it allocates. It costs
 * microseconds per stretch, so it is only enabled for moments.
 *
 * A stretch allocated as much as the heap and external memory grew across it. A stretch with a garbage collection shows
 * a negative value and is left out, so sums are some per cent too low.
 */
export class WorkSlices {
  readonly procedures = new Map<string, number>()
  readonly callers = new Map<string, number>()
  readonly #hook = createHook({
    before: () => this.#switchTo(currentCall()),
    after: () => this.#switchTo(undefined),
  })
  readonly #timeline: { length: number; startedAt: Float64Array; owners: Uint16Array; names: string[] } | undefined
  readonly #indexes = new Map<string, number>()
  #owner: RunningCall | undefined
  #heapBytes = 0
  /** What measuring allocates itself. */
  #ownBytes = 0

  constructor(options: { readonly withTimeline: boolean }) {
    if (options.withTimeline) {
      this.#timeline = {
        length: 0,
        startedAt: new Float64Array(MAX_STRETCHES),
        owners: new Uint16Array(MAX_STRETCHES),
        names: [''],
      }
    }
  }

  get timeline(): Timeline | undefined {
    return this.#timeline
  }

  start(): void {
    const looks = Array.from({ length: 8 }, heapBytes)
    this.#ownBytes = Math.max(0, Math.min(...looks.slice(1).map((bytes, index) => bytes - (looks[index] ?? bytes))))
    this.#owner = undefined
    this.#heapBytes = heapBytes()
    watchWork((call) => this.#switchTo(call))
    this.#hook.enable()
  }

  stop(): void {
    this.#switchTo(undefined)
    this.#hook.disable()
    watchWork(undefined)
  }

  #switchTo(call: RunningCall | undefined): void {
    if (call === this.#owner) return
    const now = heapBytes()
    const grown = now - this.#heapBytes - this.#ownBytes
    if (this.#owner && grown > 0) {
      const { procedure, caller } = this.#owner
      this.procedures.set(procedure, (this.procedures.get(procedure) ?? 0) + grown)
      this.callers.set(caller.name, (this.callers.get(caller.name) ?? 0) + grown)
    }
    this.#owner = call
    this.#heapBytes = now
    if (this.#timeline) this.#note(this.#timeline, call?.procedure)
  }

  #note(timeline: { length: number; startedAt: Float64Array; owners: Uint16Array; names: string[] }, name = ''): void {
    if (timeline.length === MAX_STRETCHES) return
    let index = name === '' ? 0 : this.#indexes.get(name)
    if (index === undefined) {
      index = timeline.names.push(name) - 1
      this.#indexes.set(name, index)
    }
    timeline.startedAt[timeline.length] = performance.now()
    timeline.owners[timeline.length++] = index
  }
}

function heapBytes(): number {
  const { used_heap_size, external_memory } = getHeapStatistics()
  return used_heap_size + external_memory
}
