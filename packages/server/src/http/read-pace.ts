import type { Socket } from 'node:net'

/** Looks in the time over which a rate is averaged. */
const LOOKS = 12

/** What is looked at of a call. */
export interface PacedCall {
  readonly socket: Socket
  /** The same, or what carries it where it is encrypted: there alone it shows what the system has taken. */
  readonly carrier: Socket
  /** A subscription has little to send, and an age of its own. */
  readonly subscription: boolean
}

interface Step {
  readonly ms: number
  readonly bytes: number
}

/** How fast one reader takes what waits for it. */
class Pace {
  readonly #steps: Step[] = []
  #sent: number
  #at: number
  #waited = false
  #ms = 0
  #bytes = 0

  constructor({ socket, carrier }: PacedCall, now: number) {
    this.#sent = sentOf(carrier)
    this.#at = now
    this.#waited = socket.writableLength > 0
  }

  /** Bytes a second over the last `windowMs` in which data waited; undefined as long as there is not so much of that. */
  look({ socket, carrier }: PacedCall, now: number, windowMs: number): number | undefined {
    const step = { ms: now - this.#at, bytes: sentOf(carrier) - this.#sent }
    const waits = socket.writableLength > 0
    const counts = waits && this.#waited
    this.#sent += step.bytes
    this.#at = now
    this.#waited = waits
    if (!counts) return undefined
    this.#steps.push(step)
    this.#ms += step.ms
    this.#bytes += step.bytes
    for (let [oldest] = this.#steps; oldest && this.#ms - oldest.ms >= windowMs; [oldest] = this.#steps) {
      this.#steps.shift()
      this.#ms -= oldest.ms
      this.#bytes -= oldest.bytes
    }
    return this.#ms < windowMs ? undefined : (this.#bytes / this.#ms) * 1_000
  }
}

export interface ReadPaceOptions<C extends PacedCall> {
  /** Bytes a second, averaged over `readWindowMs`; 0 lets everybody take their time. */
  readonly minReadBytes: number
  readonly readWindowMs: number
  readonly calls: Iterable<C>
  /** Told of a call whose reader takes less. */
  onSlow(call: C): void
}

/**
 * Looks at how fast readers take their answers. A reader that takes a little now and then is never silent for long, and would
 * hold a place and a connection of the database for as long as they like. Only time counts in which data waits for the
 * reader: neither a slow database nor a short answer makes a reader slow.
 */
export class ReadPace<C extends PacedCall> {
  readonly #options: ReadPaceOptions<C>
  readonly #paces = new WeakMap<C, Pace>()
  readonly #timer: NodeJS.Timeout | undefined

  constructor(options: ReadPaceOptions<C>) {
    this.#options = options
    if (options.minReadBytes === 0) return
    this.#timer = setInterval(() => this.#look(), Math.max(10, options.readWindowMs / LOOKS))
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const now = performance.now()
    const { calls, minReadBytes, readWindowMs, onSlow } = this.#options
    for (const call of calls) {
      if (call.subscription || call.socket.destroyed) continue
      const pace = this.#paces.get(call)
      if (!pace) {
        this.#paces.set(call, new Pace(call, now))
        continue
      }
      const rate = pace.look(call, now, readWindowMs)
      if (rate !== undefined && rate < minReadBytes) onSlow(call)
    }
  }
}

/**
 * Bytes that the system has taken of all that was written to a connection. Node counts a write when it is made, and
 * tells of one that was taken in part only by its handle's queue, which it goes by for its own time limits.
 */
function sentOf(socket: Socket): number {
  const { _handle: handle } = socket as {
    readonly _handle?: { readonly bytesWritten?: number; readonly writeQueueSize?: number } | null
  }
  if (handle?.bytesWritten === undefined || handle.writeQueueSize === undefined)
    return socket.bytesWritten - socket.writableLength
  return handle.bytesWritten - handle.writeQueueSize
}
