import { EventEmitter, once } from 'node:events'
import { performance } from 'node:perf_hooks'
import type { MemorySample, Pulse } from '@stockdb/contract/wire'
import { Ring } from './memory/ring.ts'
import { onBehalfOf } from './running-call.ts'
import type { Tallies } from './tallies.ts'

const BEAT_MS = 1_000
/** As many as there are in five minutes. */
const REMEMBERED_BEATS = 300

type Beat = Omit<Pulse, 'complete'>

export interface HeartSources {
  readonly tallies: Tallies
  readonly sample: () => MemorySample
  /** Calls that wait for a connection to the database. */
  readonly waiting: () => number
  /** Answers within seconds. */
  readonly databaseState: () => Promise<Pulse['database']>
}

/**
 * Beats once a second while somebody follows, and for five minutes after: who comes back within them misses nothing. What
 * a follower has not taken is not kept for it but read from what is remembered for all, so a slow one holds no more than that.
 */
export class Heart {
  readonly #sources: HeartSources
  #beats = new Ring<Beat>(REMEMBERED_BEATS)
  readonly #told = new EventEmitter().setMaxListeners(0)
  #beating: AbortController | undefined
  #followers = 0
  #lonelyBeats = 0
  #database: Pulse['database'] = 'ok'
  #asking: Promise<void> | undefined
  #utilization = performance.eventLoopUtilization()

  constructor(sources: HeartSources) {
    this.#sources = sources
  }

  /**
   * Pulses from now on, that of now at once; or all that came after the one of the time `after`, as far as they are
   * remembered. Throws the signal's reason when it fires.
   */
  async *follow(after: string | undefined, signal: AbortSignal): AsyncGenerator<Pulse, void, undefined> {
    this.#followers++
    this.#start()
    try {
      let last = after
      while (true) {
        signal.throwIfAborted()
        const due = this.#after(last)
        if (due.length === 0) await once(this.#told, 'beat', { signal })
        let complete = last === undefined || this.#remembers(last)
        for (const beat of due) {
          last = beat.at
          yield { ...beat, complete }
          signal.throwIfAborted()
          complete = true
        }
      }
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    } finally {
      this.#followers--
    }
  }

  stop(): void {
    this.#beating?.abort()
    this.#beating = undefined
    // What comes after a pause is no continuation of what was before.
    this.#beats = new Ring(REMEMBERED_BEATS)
  }

  /** What a follower has to be told whose last pulse was that one; the newest alone if it is none of this heart's. */
  #after(last: string | undefined): Beat[] {
    const newest = this.#beats.back(0)
    if (!newest) return []
    if (last === undefined || last > newest.at) return [newest]
    return this.#beats.toArray().filter(({ at }) => at > last)
  }

  #remembers(last: string): boolean {
    const [oldest, newest] = [this.#beats.back(REMEMBERED_BEATS), this.#beats.back(0)]
    return oldest !== undefined && newest !== undefined && oldest.at <= last && last <= newest.at
  }

  #start(): void {
    if (this.#beating) return
    const beating = new AbortController()
    this.#beating = beating
    // On behalf of nobody: it outlives the call that began it.
    onBehalfOf(undefined, async () => {
      this.#utilization = performance.eventLoopUtilization()
      // Before the first beat, which would else tell of the database as it was when somebody last followed.
      await this.#ask()
      if (beating.signal.aborted) return
      this.#beat()
      const timer = setInterval(() => this.#beat(), BEAT_MS).unref()
      beating.signal.addEventListener('abort', () => clearInterval(timer))
    })
  }

  #beat(): void {
    this.#lonelyBeats = this.#followers === 0 ? this.#lonelyBeats + 1 : 0
    if (this.#lonelyBeats > REMEMBERED_BEATS) {
      this.stop()
      return
    }
    const { tallies, sample, waiting } = this.#sources
    const { calls, refusals, failures } = tallies.total
    const { utilization } = performance.eventLoopUtilization(this.#utilization)
    this.#utilization = performance.eventLoopUtilization()
    this.#beats.push({
      ...sample(),
      at: this.#nextTime(),
      database: this.#database,
      calls,
      refusals,
      failures,
      waiting: waiting(),
      loopUtilization: Math.round((utilization || 0) * 1_000) / 1_000,
    })
    this.#told.emit('beat')
    void this.#ask()
  }

  /** Now, or a millisecond after the last beat where the clock was set back: followers go by it. */
  #nextTime(): string {
    const last = this.#beats.back(0)
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
