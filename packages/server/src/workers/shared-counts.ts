import { createHash } from 'node:crypto'
import { type SharedCaller, type SharedCount, type SharedLoad, sharedCounts } from '../bounds/shared-load.ts'
import { toShared } from './shared-clock.ts'

/** Callers that are counted separately at the same time; further ones share one count, which only makes limits stricter. */
const CALLERS = 4_096
/** Places that a caller may have in the table. */
const PROBES = 64
/** A caller who does nothing gives its place back after this time. */
const IDLE_MS = 2_000
const SECOND_MS = 1_000
const KB = 1_024
/** How long to sleep while another worker holds the lock, which it does for microseconds. */
const LOCK_WAIT_MS = 1

/** The words at the beginning: who holds the lock on the places of callers (a worker's number), and commits so far. */
const LOCK = 0
const COMMITS = 1
const HEAD = 2
/** Words that each worker has for each caller. */
const [TAKEN, CALLS, KILOBYTES, SINCE, RATE] = [0, 1, 2, 3, 4]
const OWN_WORDS = 5
const KEY_WORDS = 2

/**
 * The counts of all workers, in memory that they share. Each worker has words of its own and writes no others, so what a dead one
 * held is given back by clearing its words. Sums are made when they are needed: there are few workers.
 */
export class SharedCounts implements SharedLoad {
  readonly memory: SharedArrayBuffer
  readonly #workers: number
  readonly #own: number
  readonly #words: Int32Array
  readonly #callers = new Map<string, CallerPlace>()
  #sweptAt = performance.now()

  /** Memory for so many workers. */
  static memoryFor(workers: number): SharedArrayBuffer {
    const words = HEAD + workers * sharedCounts.length + (CALLERS + 1) * (KEY_WORDS + workers * OWN_WORDS)
    return new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT)
  }

  /** Workers count from 1; the main thread is 0, and publishes nothing. */
  constructor(memory: SharedArrayBuffer, workers: number, own: number) {
    this.memory = memory
    this.#workers = workers
    this.#own = own
    this.#words = new Int32Array(memory)
  }

  publish(count: SharedCount, value: number): void {
    Atomics.store(this.#words, this.#totalAt(this.#own, count), unitOf(count, value))
  }

  elsewhere(count: SharedCount): number {
    let sum = 0
    for (let worker = 1; worker <= this.#workers; worker++)
      if (worker !== this.#own) sum += Atomics.load(this.#words, this.#totalAt(worker, count))
    return count === 'bytes' ? sum * KB : sum
  }

  callerOf(name: string): SharedCaller {
    const now = performance.now()
    if (now - this.#sweptAt > IDLE_MS) this.#sweep(now)
    let place = this.#callers.get(name)
    if (!place) {
      place = new CallerPlace(
        this.#words,
        this.#locked(() => this.#take(name)),
        this.#workers,
        this.#own,
      )
      this.#callers.set(name, place)
    }
    place.usedAt = now
    return place
  }

  /** How often workers have committed. */
  get commits(): number {
    return Atomics.load(this.#words, COMMITS)
  }

  committed(): void {
    Atomics.add(this.#words, COMMITS, 1)
  }

  /** Gives back everything that a dead worker held. */
  forget(worker: number): void {
    Atomics.compareExchange(this.#words, LOCK, worker, 0)
    for (const count of sharedCounts) Atomics.store(this.#words, this.#totalAt(worker, count), 0)
    for (let place = 0; place <= CALLERS; place++) this.#clear(this.#placeAt(place), worker)
  }

  #totalAt(worker: number, count: SharedCount): number {
    return HEAD + (worker - 1) * sharedCounts.length + sharedCounts.indexOf(count)
  }

  #placeAt(place: number): number {
    return HEAD + this.#workers * sharedCounts.length + place * (KEY_WORDS + this.#workers * OWN_WORDS)
  }

  /** Finds the place of a caller, or takes a free one. The key is 64 bits of a digest: no two callers are taken for one. */
  #take(name: string): number {
    const digest = createHash('sha256').update(name).digest()
    const key = [digest.readInt32LE(0), digest.readInt32LE(4)] as const
    const first = digest.readUInt32LE(8) % CALLERS
    let free: number | undefined
    for (let probe = 0; probe < PROBES; probe++) {
      const at = this.#placeAt((first + probe) % CALLERS)
      if (!this.#isTaken(at)) free ??= at
      else if (this.#words[at] === key[0] && this.#words[at + 1] === key[1]) return this.#mark(at)
    }
    if (free === undefined) return this.#placeAt(CALLERS)
    this.#words[free] = key[0]
    this.#words[free + 1] = key[1]
    return this.#mark(free)
  }

  #mark(at: number): number {
    Atomics.store(this.#words, ownAt(at, this.#own) + TAKEN, 1)
    return at
  }

  #isTaken(at: number): boolean {
    for (let worker = 1; worker <= this.#workers; worker++)
      if (Atomics.load(this.#words, ownAt(at, worker) + TAKEN) !== 0) return true
    return false
  }

  #sweep(now: number): void {
    this.#sweptAt = now
    for (const [name, place] of this.#callers) {
      if (!place.isIdle || now - place.usedAt < IDLE_MS) continue
      this.#callers.delete(name)
      if (place.at !== this.#placeAt(CALLERS)) this.#locked(() => this.#clear(place.at, this.#own))
    }
  }

  #clear(at: number, worker: number): void {
    const own = ownAt(at, worker)
    // The mark last: before it is gone, nobody else may take the place.
    for (let word = OWN_WORDS - 1; word >= TAKEN; word--) Atomics.store(this.#words, own + word, 0)
  }

  #locked<Result>(act: () => Result): Result {
    for (;;) {
      const holder = Atomics.compareExchange(this.#words, LOCK, 0, this.#own)
      if (holder === 0) break
      Atomics.wait(this.#words, LOCK, holder, LOCK_WAIT_MS)
    }
    try {
      return act()
    } finally {
      Atomics.store(this.#words, LOCK, 0)
      Atomics.notify(this.#words, LOCK, 1)
    }
  }
}

/** A caller's place in the table, as one worker uses it. */
class CallerPlace implements SharedCaller {
  readonly at: number
  usedAt = 0
  readonly #words: Int32Array
  readonly #own: number
  readonly #others: readonly number[]
  #calls = 0
  #kilobytes = 0

  constructor(words: Int32Array, at: number, workers: number, own: number) {
    this.#words = words
    this.at = at
    this.#own = ownAt(at, own)
    this.#others = Array.from({ length: workers }, (_, index) => index + 1)
      .filter((worker) => worker !== own)
      .map((worker) => ownAt(at, worker))
  }

  get isIdle(): boolean {
    return this.#calls === 0 && this.#kilobytes === 0
  }

  publish(calls: number, bytes: number): void {
    this.usedAt = performance.now()
    const kilobytes = Math.ceil(bytes / KB)
    // Added, because several callers may have this place.
    if (calls !== this.#calls) Atomics.add(this.#words, this.#own + CALLS, calls - this.#calls)
    if (kilobytes !== this.#kilobytes) Atomics.add(this.#words, this.#own + KILOBYTES, kilobytes - this.#kilobytes)
    this.#calls = calls
    this.#kilobytes = kilobytes
  }

  publishRate(since: number, calls: number): void {
    this.usedAt = performance.now()
    Atomics.store(this.#words, this.#own + SINCE, sharedMs(since))
    Atomics.store(this.#words, this.#own + RATE, calls)
  }

  get callsElsewhere(): number {
    return this.#sum(CALLS)
  }

  get bytesElsewhere(): number {
    return this.#sum(KILOBYTES) * KB
  }

  get rateElsewhere(): number {
    const now = sharedMs(performance.now())
    let sum = 0
    // Wraps around after 24 days, as the subtraction does.
    for (const other of this.#others)
      if (((now - Atomics.load(this.#words, other + SINCE)) | 0) < SECOND_MS)
        sum += Atomics.load(this.#words, other + RATE)
    return sum
  }

  #sum(word: number): number {
    let sum = 0
    for (const other of this.#others) sum += Atomics.load(this.#words, other + word)
    return sum
  }
}

const ownAt = (place: number, worker: number): number => place + KEY_WORDS + (worker - 1) * OWN_WORDS

const unitOf = (count: SharedCount, value: number): number => (count === 'bytes' ? Math.ceil(value / KB) : value)

/** A moment of `performance.now()` in whole milliseconds of the clock of all threads. */
const sharedMs = (moment: number): number => Math.floor(toShared(moment)) | 0
