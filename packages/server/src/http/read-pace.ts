import type { Socket } from 'node:net'
import { RateWindow } from './rate-window.ts'

/** What is observed of a call. */
export interface PacedCall {
  readonly socket: Socket
  /** The same socket, or its transport if it is encrypted: only that shows what the system has taken. */
  readonly carrier: Socket
  /** A subscription sends little, and has its own age limit. */
  readonly subscription: boolean
}

/** Measures how fast one reader takes waiting data. */
class Pace {
  readonly #window: RateWindow
  #sent: number
  #at: number
  #waited = false

  constructor({ socket, carrier }: PacedCall, now: number, windowMs: number) {
    this.#window = new RateWindow(windowMs)
    this.#sent = sentOf(carrier)
    this.#at = now
    this.#waited = socket.writableLength > 0
  }

  /** Bytes per second over the last window in which data was waiting; undefined until there is that much. */
  look({ socket, carrier }: PacedCall, now: number): number | undefined {
    const [ms, bytes] = [now - this.#at, sentOf(carrier) - this.#sent]
    const waits = socket.writableLength > 0
    const counts = waits && this.#waited
    this.#sent += bytes
    this.#at = now
    this.#waited = waits
    return counts ? this.#window.add(ms, bytes) : undefined
  }
}

export interface ReadPaceOptions<C extends PacedCall> {
  /** Bytes per second, averaged over `readWindowMs`; 0 means no minimum. */
  readonly minReadBytes: number
  readonly readWindowMs: number
  readonly calls: Iterable<C>
  /** Called with a call whose reader is slower. */
  onSlow(call: C): void
}

/**
 * Watches how fast readers take their answers. A trickling reader is never silent for long, but would hold a place and
 * a database connection forever. Only time in which data waits for the reader counts: neither a slow database nor a
 * short answer makes a reader slow.
 */
export class ReadPace<C extends PacedCall> {
  readonly #options: ReadPaceOptions<C>
  readonly #paces = new WeakMap<C, Pace>()
  readonly #timer: NodeJS.Timeout | undefined

  constructor(options: ReadPaceOptions<C>) {
    this.#options = options
    if (options.minReadBytes === 0) return
    this.#timer = setInterval(() => this.#look(), RateWindow.everyMs(options.readWindowMs))
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
        this.#paces.set(call, new Pace(call, now, readWindowMs))
        continue
      }
      const rate = pace.look(call, now)
      if (rate !== undefined && rate < minReadBytes) onSlow(call)
    }
  }
}

/**
 * Bytes of a connection that the system has taken. Node counts a write when it is made; a partly taken one only shows
 * in the handle's queue, which Node also uses for its own timeouts.
 */
function sentOf(socket: Socket): number {
  const { _handle: handle } = socket as {
    readonly _handle?: { readonly bytesWritten?: number; readonly writeQueueSize?: number } | null
  }
  if (handle?.bytesWritten === undefined || handle.writeQueueSize === undefined)
    return socket.bytesWritten - socket.writableLength
  return handle.bytesWritten - handle.writeQueueSize
}
