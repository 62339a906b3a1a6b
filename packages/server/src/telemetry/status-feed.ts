import { EventEmitter, once } from 'node:events'
import { performance } from 'node:perf_hooks'
import type { MemorySample, ServerStatus } from '@stockdb/contract/wire'
import type { StatsRegistry } from './call-stats.ts'
import { Ring } from './memory/ring.ts'
import { onBehalfOf } from './running-call.ts'

const SAMPLE_MS = 1_000
/** As many as there are in five minutes. */
const REMEMBERED_SAMPLES = 300

type StatusSample = Omit<ServerStatus, 'complete'>

/** What one worker adds to the status of a server. */
export type StatusPart = Omit<StatusSample, 'database'>

export interface StatusSources {
  readonly callStats: StatsRegistry
  readonly sample: () => MemorySample
  /** Calls that wait for a connection to the database. */
  readonly waiting: () => number
  /** The status of all workers; absent where there is one. */
  readonly everywhere?: (() => Promise<StatusPart>) | undefined
  /** Answers within seconds. */
  readonly databaseState: () => Promise<ServerStatus['database']>
}

/**
 * Samples the server's status once a second while anyone is subscribed, and for five minutes after, so that a subscriber who
 * comes back misses nothing. All subscribers read from one ring buffer: a slow one holds no memory of its own.
 */
export class StatusFeed {
  readonly #sources: StatusSources
  #samples = new Ring<StatusSample>(REMEMBERED_SAMPLES)
  readonly #emitter = new EventEmitter().setMaxListeners(0)
  #running: AbortController | undefined
  #subscribers = 0
  #idleSamples = 0
  #database: ServerStatus['database'] = 'ok'
  #asking: Promise<void> | undefined
  #gathering = false
  #utilization = performance.eventLoopUtilization()

  constructor(sources: StatusSources) {
    this.#sources = sources
  }

  /**
   * Yields the current status at once and every later one; with `after`, all remembered ones later than that time first.
   * Throws the signal's reason when it fires.
   */
  async *subscribe(after: string | undefined, signal: AbortSignal): AsyncGenerator<ServerStatus, void, undefined> {
    this.#subscribers++
    this.#start()
    try {
      let last = after
      while (true) {
        signal.throwIfAborted()
        const due = this.#after(last)
        if (due.length === 0) await once(this.#emitter, 'sample', { signal })
        let complete = last === undefined || this.#remembers(last)
        for (const sample of due) {
          last = sample.at
          yield { ...sample, complete }
          signal.throwIfAborted()
          complete = true
        }
      }
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    } finally {
      this.#subscribers--
    }
  }

  stop(): void {
    this.#running?.abort()
    this.#running = undefined
    // What comes after a pause is no continuation of what was before.
    this.#samples = new Ring(REMEMBERED_SAMPLES)
  }

  /** The samples after `last`; only the newest if `last` is not one of this feed's. */
  #after(last: string | undefined): StatusSample[] {
    const newest = this.#samples.back(0)
    if (!newest) return []
    if (last === undefined || last > newest.at) return [newest]
    return this.#samples.toArray().filter(({ at }) => at > last)
  }

  #remembers(last: string): boolean {
    const [oldest, newest] = [this.#samples.back(REMEMBERED_SAMPLES), this.#samples.back(0)]
    return oldest !== undefined && newest !== undefined && oldest.at <= last && last <= newest.at
  }

  #start(): void {
    if (this.#running) return
    const running = new AbortController()
    this.#running = running
    // Attributed to no call, because it outlives the call that started it.
    onBehalfOf(undefined, async () => {
      this.#utilization = performance.eventLoopUtilization()
      // Before the first sample, which would otherwise show the database as it was when anyone was last subscribed.
      await this.#ask()
      if (running.signal.aborted) return
      this.#takeSample(running.signal)
      const timer = setInterval(() => this.#takeSample(running.signal), SAMPLE_MS).unref()
      running.signal.addEventListener('abort', () => clearInterval(timer))
    })
  }

  /** What this worker adds to the status now. Its loop's utilisation is that since the last time. */
  part(): StatusPart {
    const { callStats, sample, waiting } = this.#sources
    const { calls, refusals, failures } = callStats.total
    const { utilization } = performance.eventLoopUtilization(this.#utilization)
    this.#utilization = performance.eventLoopUtilization()
    return {
      ...sample(),
      calls,
      refusals,
      failures,
      waiting: waiting(),
      loopUtilization: Math.round((utilization || 0) * 1_000) / 1_000,
    }
  }

  #takeSample(signal: AbortSignal): void {
    this.#idleSamples = this.#subscribers === 0 ? this.#idleSamples + 1 : 0
    if (this.#idleSamples > REMEMBERED_SAMPLES) {
      this.stop()
      return
    }
    const { everywhere } = this.#sources
    if (everywhere) void this.#gather(everywhere, signal)
    else this.#keep(this.part())
    void this.#ask()
  }

  async #gather(everywhere: () => Promise<StatusPart>, signal: AbortSignal): Promise<void> {
    // A worker that is slow to answer delays the next sample.
    if (this.#gathering) return
    this.#gathering = true
    try {
      const status = await everywhere()
      if (!signal.aborted) this.#keep(status)
    } finally {
      this.#gathering = false
    }
  }

  #keep(status: StatusPart): void {
    this.#samples.push({ ...status, at: this.#nextTime(), database: this.#database })
    this.#emitter.emit('sample')
  }

  /** Now, or a millisecond after the last sample if the clock was set back: subscribers resume by it. */
  #nextTime(): string {
    const last = this.#samples.back(0)
    return new Date(Math.max(Date.now(), last ? Date.parse(last.at) + 1 : 0)).toISOString()
  }

  #ask(): Promise<void> {
    this.#asking ??= this.#sources.databaseState().then((state) => {
      this.#database = state
      this.#asking = undefined
    })
    return this.#asking
  }
}
