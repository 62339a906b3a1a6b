import type { CallRecorder } from '../telemetry/call-recorder.ts'
import type { RunningCall } from '../telemetry/running-call.ts'
import { fromShared, toShared } from './shared-clock.ts'

/** Calls of one worker that are recorded at the same time. */
const CALLS = 1_024
/** A record: the length of its text, the moment of its start, and the text. */
const RECORD_BYTES = 256
const START_AT = 8
const TEXT_AT = 16

/** A call that a worker was carrying out. */
export interface RecordedCall {
  readonly worker: number
  readonly requestId: string
  readonly path: string
  readonly caller: { readonly name: string }
  /** In `performance.now()` time of this thread. */
  readonly startedAt: number
}

/**
 * Which calls each worker carries out, in memory that outlives it: when it dies, the main thread says which calls were lost. Each
 * worker writes its own part.
 */
export class CallRecords implements CallRecorder {
  readonly memory: SharedArrayBuffer
  readonly #workers: number
  readonly #own: number
  readonly #view: DataView
  readonly #text: Buffer
  readonly #places = new Map<RunningCall, number>()
  readonly #free = Array.from({ length: CALLS }, (_, place) => CALLS - 1 - place)

  static memoryFor(workers: number): SharedArrayBuffer {
    return new SharedArrayBuffer(workers * CALLS * RECORD_BYTES)
  }

  /** Workers count from 1; the main thread is 0, and only reads. */
  constructor(memory: SharedArrayBuffer, workers: number, own: number) {
    this.memory = memory
    this.#workers = workers
    this.#own = own
    this.#view = new DataView(memory)
    this.#text = Buffer.from(memory)
  }

  begin(call: RunningCall): void {
    const place = this.#free.pop()
    if (place === undefined) return
    this.#places.set(call, place)
    const at = this.#placeAt(this.#own, place)
    const text = `${call.requestId}\n${call.caller.name}\n${call.path}`
    const length = this.#text.write(text, at + TEXT_AT, RECORD_BYTES - TEXT_AT)
    this.#view.setFloat64(at + START_AT, toShared(call.startedAt))
    // Last: a record is there when it is complete.
    this.#view.setInt32(at, length)
  }

  end(call: RunningCall): void {
    const place = this.#places.get(call)
    if (place === undefined) return
    this.#places.delete(call)
    this.#view.setInt32(this.#placeAt(this.#own, place), 0)
    this.#free.push(place)
  }

  /** The running calls of all workers. */
  get all(): RecordedCall[] {
    return Array.from({ length: this.#workers }, (_, index) => this.of(index + 1)).flat()
  }

  /** The calls that a worker carries out, or did when it died. */
  of(worker: number): RecordedCall[] {
    const calls: RecordedCall[] = []
    for (let place = 0; place < CALLS; place++) {
      const at = this.#placeAt(worker, place)
      const length = this.#view.getInt32(at)
      if (length === 0) continue
      const [requestId = '', name = '', path = ''] = this.#text
        .toString('utf8', at + TEXT_AT, at + TEXT_AT + length)
        .split('\n')
      calls.push({
        worker,
        requestId,
        path,
        caller: { name },
        startedAt: fromShared(this.#view.getFloat64(at + START_AT)),
      })
    }
    return calls
  }

  /** Forgets the calls of a dead worker. */
  forget(worker: number): void {
    for (let place = 0; place < CALLS; place++) this.#view.setInt32(this.#placeAt(worker, place), 0)
  }

  #placeAt(worker: number, place: number): number {
    return ((worker - 1) * CALLS + place) * RECORD_BYTES
  }
}
