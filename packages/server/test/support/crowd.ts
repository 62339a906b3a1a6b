import { ARROW_STREAM } from '@stockdb/contract/wire'
import { BareConnection } from './bare-connection.ts'

/** How a call ended. */
export interface Reply {
  readonly kind: 'served' | 'refused' | 'failed'
  /** From when it was due to its answer, so that a slow server cannot delay the calls that would show it. */
  readonly ms: number
  /** When it was due, in `performance.now()` time. */
  readonly due: number
  /** The part of it in which this process was late: no server's fault. */
  readonly lateMs: number
  /** The part of it in which all connections were waiting for an answer to an earlier call. */
  readonly waitedMs: number
}

interface Call {
  readonly path: string
  readonly input: object
}

const ANSWER_TIMEOUT_MS = 10_000

const MAX_CONNECTIONS = 512
/** Different calls, which are repeated after that. */
const REQUESTS = 2_000

/**
 * Many callers that call a server over plain HTTP and do not retry when they are refused. Its own cost per call is low:
 * it usually shares the processors with the server that it measures.
 */
export class Crowd {
  readonly #url: URL
  /** Made before anything is measured. */
  readonly #requests: readonly Buffer[]
  readonly #free: BareConnection[] = []
  readonly #waiting: ((connection: BareConnection | undefined) => void)[] = []
  #connections = 0
  #calls = 0

  constructor(url: string, callAt: (call: number) => Call) {
    this.#url = new URL(url)
    this.#requests = Array.from({ length: REQUESTS }, (_, call) => {
      const { path, input } = callAt(call)
      const target = `/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`
      return Buffer.from(`GET ${target} HTTP/1.1\r\nhost: ${this.#url.host}\r\naccept: ${ARROW_STREAM}\r\n\r\n`)
    })
  }

  /** Runs concurrent callers, each sending its next call after the last answer. */
  async rush(callers: number, ms: number): Promise<Reply[]> {
    const replies: Reply[] = []
    const end = performance.now() + ms
    const caller = async (): Promise<void> => {
      for (let now = performance.now(); now < end; now = performance.now()) replies.push(await this.#ask(now))
    }
    await Promise.all(Array.from({ length: callers }, caller))
    return replies
  }

  /** Sends calls at a constant rate, whether earlier ones were answered or not. */
  async drizzle(rate: number, ms: number): Promise<Reply[]> {
    const replies: Promise<Reply>[] = []
    const start = performance.now()
    const dueAt = (call: number): number => start + (call / rate) * 1_000
    for (let next = start; next < start + ms; ) {
      for (const until = Math.min(performance.now(), start + ms - 1e-6); next <= until; next = dueAt(replies.length))
        replies.push(this.#ask(next))
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    return Promise.all(replies)
  }

  close(): void {
    for (const connection of this.#free) connection.close()
  }

  async #ask(due: number): Promise<Reply> {
    const request = this.#requests[this.#calls++ % REQUESTS] as Buffer
    const lateMs = performance.now() - due
    const connection = await this.#take()
    const waitedMs = performance.now() - due - lateMs
    const reply = (kind: Reply['kind']): Reply => ({ kind, ms: performance.now() - due, due, lateMs, waitedMs })
    const status = await connection.ask(request, ANSWER_TIMEOUT_MS)
    this.#release(connection)
    if (status === 200) return reply('served')
    return reply(status === 429 || status === 503 ? 'refused' : 'failed')
  }

  async #take(): Promise<BareConnection> {
    for (let free = this.#free.pop(); free; free = this.#free.pop()) {
      if (free.usable) return free
      this.#connections--
    }
    if (this.#connections === MAX_CONNECTIONS) {
      const released = await new Promise<BareConnection | undefined>((resolve) => this.#waiting.push(resolve))
      if (released) return released
    }
    this.#connections++
    return new BareConnection(this.#url)
  }

  #release(connection: BareConnection): void {
    if (!connection.usable) this.#connections--
    const next = this.#waiting.shift()
    if (next) next(connection.usable ? connection : undefined)
    else if (connection.usable) this.#free.push(connection)
  }
}
