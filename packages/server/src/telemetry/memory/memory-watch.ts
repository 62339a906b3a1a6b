import { getHeapStatistics } from 'node:v8'
import {
  type MemoryProfile,
  type MemoryReport,
  type MemorySample,
  type MemoryUsage,
  StockdbError,
} from '@stockdb/contract/wire'
import type { CallStats, StatsRegistry } from '../call-stats.ts'
import type { RunningCall, RunningCalls } from '../running-call.ts'
import { profileMemory } from './profile.ts'
import { Ring } from './ring.ts'
import { WorkSlices } from './work-slices.ts'

const SAMPLE_MS = 10_000
/** An hour of samples. */
const HISTORY = 360
/** Samples over which growth is measured: five minutes. */
const GROWTH_SAMPLES = 30

/** Allocations are sampled for this long, once per interval. */
const LOOK_MS = 20
const LOOK_EVERY_MS = 5_000

/** The value of a counter at the last sample. */
interface Mark {
  readonly at: number
  readonly calls: number
  readonly rows: number
  readonly bytes: number
  readonly allocatedBytes: number | null
}

/**
 * Records what the process held and what its calls did, and profiles in more detail on request. All of it is bounded.
 */
export class MemoryWatch {
  readonly #registry: StatsRegistry
  readonly #running: RunningCalls
  readonly #history = new Ring<MemorySample>(HISTORY)
  readonly #marks = new Map<CallStats, Ring<Mark>>()
  readonly #timers: readonly NodeJS.Timeout[]
  #looking: { readonly slices: WorkSlices; readonly timer: NodeJS.Timeout } | undefined
  #lookedAt = performance.now()
  #profiling = false

  constructor(registry: StatsRegistry, running: RunningCalls) {
    this.#registry = registry
    this.#running = running
    this.#remember()
    this.#timers = [
      setInterval(() => this.#remember(), SAMPLE_MS).unref(),
      setInterval(() => this.#look(), LOOK_EVERY_MS).unref(),
    ]
  }

  /** Profiles for `profileSeconds` first, if given; throws `OVERLOADED` if another profile is running. */
  async report(profileSeconds: number | undefined, signal: AbortSignal): Promise<Omit<MemoryReport, 'cache'>> {
    const profile = profileSeconds === undefined ? undefined : await this.#profile(profileSeconds, signal)
    const now = this.sample()
    const past = this.#history.back(GROWTH_SAMPLES - 1) ?? now
    const minutes = (Date.parse(now.at) - Date.parse(past.at)) / 60_000
    return {
      now,
      heapLimit: getHeapStatistics().heap_size_limit,
      history: this.#history.toArray(),
      growth: {
        minutes,
        rss: now.rss - past.rss,
        heapUsed: now.heapUsed - past.heapUsed,
        external: now.external - past.external,
        arrayBuffers: now.arrayBuffers - past.arrayBuffers,
      },
      procedures: this.#usages(this.#registry.procedures, ({ procedure }) => procedure),
      callers: this.#usages(this.#registry.callers, ({ caller }) => caller.name),
      ...(profile === undefined ? {} : { profile }),
    }
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#endLook()
  }

  async #profile(seconds: number, signal: AbortSignal): Promise<MemoryProfile> {
    if (this.#profiling)
      throw new StockdbError('OVERLOADED', 'another memory profile is running; retry when it has ended')
    this.#profiling = true
    this.#endLook()
    try {
      return await profileMemory(seconds, signal)
    } finally {
      this.#profiling = false
    }
  }

  /** What the process holds now. */
  sample(): MemorySample {
    const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage()
    let bytesInFlight = 0
    for (const call of this.#running) bytesInFlight += call.bytesInFlight
    return {
      at: new Date().toISOString(),
      rss,
      heapUsed,
      heapTotal,
      external,
      arrayBuffers,
      callsInFlight: this.#running.size,
      bytesInFlight,
    }
  }

  #remember(): void {
    this.#history.push(this.sample())
    const at = performance.now()
    for (const stats of [...this.#registry.procedures.values(), ...this.#registry.callers.values()]) {
      const { calls, rows, bytes, allocatedBytes } = stats
      let marks = this.#marks.get(stats)
      if (!marks) {
        marks = new Ring(GROWTH_SAMPLES)
        this.#marks.set(stats, marks)
      }
      marks.push({ at, calls, rows, bytes, allocatedBytes })
    }
  }

  /** For some milliseconds every few seconds, allocations are attributed to calls. */
  #look(): void {
    if (this.#profiling || this.#looking) return
    const slices = new WorkSlices({ withTimeline: false })
    slices.start()
    this.#looking = { slices, timer: setTimeout(() => this.#endLook(), LOOK_MS).unref() }
  }

  #endLook(): void {
    if (!this.#looking) return
    const { slices, timer } = this.#looking
    this.#looking = undefined
    clearTimeout(timer)
    slices.stop()
    // The sample stands for all the time since the last one.
    const now = performance.now()
    const scale = (now - this.#lookedAt) / LOOK_MS
    this.#lookedAt = now
    for (const stats of [...this.#registry.procedures.values(), ...this.#registry.callers.values()])
      stats.allocatedBytes ??= 0
    for (const [name, bytes] of slices.procedures) this.#registry.procedure(name).allocated(bytes * scale)
    for (const [name, bytes] of slices.callers) this.#registry.caller(name).allocated(bytes * scale)
  }

  #usages(all: ReadonlyMap<string, CallStats>, nameOf: (call: RunningCall) => string): Record<string, MemoryUsage> {
    const now = performance.now()
    const usages = [...all].map(([name, stats]): [string, MemoryUsage] => {
      const { calls, rows, bytes, allocatedBytes } = stats
      // A new one started from nothing after the last sample.
      const past = this.#marks.get(stats)?.back(GROWTH_SAMPLES - 1)
      const since = (value: number, before: number | null | undefined): number => value - (before ?? 0)
      const running = [...this.#running].filter((call) => nameOf(call) === name)
      return [
        name,
        {
          calls,
          rows,
          bytes,
          callsInFlight: running.length,
          bytesInFlight: running.reduce((sum, call) => sum + call.bytesInFlight, 0),
          allocatedBytes,
          growth: {
            minutes: past ? (now - past.at) / 60_000 : 0,
            calls: since(calls, past?.calls),
            rows: since(rows, past?.rows),
            bytes: since(bytes, past?.bytes),
            allocatedBytes: allocatedBytes === null ? null : since(allocatedBytes, past?.allocatedBytes),
          },
        },
      ]
    })
    return Object.fromEntries(usages)
  }
}
