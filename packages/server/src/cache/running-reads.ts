import type { AnswerRequest } from './answer-request.ts'
import type { DatabaseState } from './commit-watch.ts'
import { Flight, type Flown } from './flight.ts'
import { sameTables } from './kept-answers.ts'
import type { KnownWrites } from './known-writes.ts'
import type { Need } from './touched.ts'

const VALUE_BYTES = 8

/** What the values of an answer are expected to take. */
export const guessedBytes = ({ rows, columns }: AnswerRequest): number => rows * columns * VALUE_BYTES

/** What a read is for. */
export interface Asked {
  readonly request: AnswerRequest
  readonly needs: readonly Need[]
  /** The state of the database before it began. */
  readonly state: DatabaseState
  /** Whether what its answer is counted by is at least as new as its rows. */
  readonly settled: boolean
}

/** Counts the bytes of one answer. */
export interface Room {
  /** Whether there is room for so many more bytes, which are counted then. */
  take(bytes: number): boolean
  /** Nothing is held any more; can be called again. */
  release(): void
}

/** A read that is under way. */
export interface Running extends Asked {
  readonly flight: Flight
}

/** Reads that are under way: all who ask for the same wait for the same one. */
export class RunningReads {
  readonly #writes: KnownWrites
  readonly #maxAgeMs: number
  /** Emptied at their end, because a table that the map has given up refers to them until the next full collection. */
  readonly #places = new Map<string, { running: Running | undefined }>()
  #bytes = 0

  constructor(writes: KnownWrites, maxAgeMs: number) {
    this.#writes = writes
    this.#maxAgeMs = maxAgeMs
  }

  /** What they are expected to take. */
  get bytes(): number {
    return this.#bytes
  }

  /** The read that another caller began, if its answer is as true for this request. */
  find({ key, tables }: AnswerRequest): Running | undefined {
    const running = this.#places.get(key)?.running
    if (!running || running.flight.isOver || this.#writes.isTouched(running.needs, running.flight.startedAt))
      return undefined
    if (running.flight.startedAt < performance.now() - this.#maxAgeMs) return undefined
    return sameTables(running.request.tables, tables) ? running : undefined
  }

  /** Room for an answer that is copied while it is sent, as long as all that is being read takes at most so many bytes. */
  room(most: number): Room {
    let held = 0
    return {
      take: (bytes) => {
        if (this.#bytes + bytes > most) return false
        this.#bytes += bytes
        held += bytes
        return true
      },
      release: () => {
        this.#bytes -= held
        held = 0
      },
    }
  }

  /** Begins a read. */
  start(asked: Asked, read: (signal: AbortSignal, flight: Flight) => Promise<Flown>): Running {
    const { request } = asked
    const { key } = request
    const bytes = guessedBytes(request)
    this.#bytes += bytes
    const place: { running: Running | undefined } = { running: undefined }
    const flight = new Flight(async (signal, begun) => {
      try {
        return await read(signal, begun)
      } finally {
        this.#bytes -= bytes
        if (this.#places.get(key) === place) this.#places.delete(key)
        place.running = undefined
      }
    })
    const running = { ...asked, flight }
    place.running = running
    this.#places.set(key, place)
    return running
  }
}
