import { ARROW_STREAM } from '@stockdb/contract/wire'
import { BareConnection } from './bare-connection.ts'

/** How a call ended, in milliseconds since it was sent. */
export interface Reply {
  readonly kind: 'served' | 'refused' | 'failed'
  readonly ms: number
}

interface Call {
  readonly path: string
  readonly input: object
}

const ANSWER_TIMEOUT_MS = 10_000

const MAX_CONNECTIONS = 512

/**
 * Many callers that call a server over plain HTTP and do not retry when they are refused. Its own cost per call is low:
 * it usually shares the processors with the server that it measures.
 */
export class Crowd {
  readonly #url: URL
  readonly #callAt: (call: number) => Call
  readonly #free: BareConnection[] = []
  readonly #waiting: ((connection: BareConnection | undefined) => void)[] = []
  #connections = 0
  #calls = 0

  constructor(url: string, callAt: (call: number) => Call) {
    this.#url = new URL(url)
    this.#callAt = callAt
  }

  /** Runs concurrent callers, each sending its next call after the last answer. */
  async rush(callers: number, ms: number): Promise<Reply[]> {
    const replies: Reply[] = []
    const end = performance.now() + ms
    const caller = async (): Promise<void> => {
      while (performance.now() < end) replies.push(await this.#ask())
    }
    await Promise.all(Array.from({ length: callers }, caller))
    return replies
  }

  /** Sends calls at a constant rate, whether earlier ones were answered or not. */
  async drizzle(rate: number, ms: number): Promise<Reply[]> {
    const replies: Promise<Reply>[] = []
    const start = performance.now()
    for (let now = start; now < start + ms; now = performance.now()) {
      while (replies.length < ((now - start) * rate) / 1_000) replies.push(this.#ask())
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    return Promise.all(replies)
  }

  close(): void {
    for (const connection of this.#free) connection.close()
  }

  async #ask(): Promise<Reply> {
    const { path, input } = this.#callAt(this.#calls++)
    const target = `/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`
    const start = performance.now()
    const reply = (kind: Reply['kind']): Reply => ({ kind, ms: performance.now() - start })
    const connection = await this.#take()
    const status = await connection.get(target, { accept: ARROW_STREAM }, ANSWER_TIMEOUT_MS)
    this.#release(connection)
    if (status === 200) return reply('served')
    return reply(status === 429 || status === 503 ? 'refused' : 'failed')
  }

  async #take(): Promise<BareConnection> {
    for (let free = this.#free.pop(); free; free = this.#free.pop()) if (free.usable) return free
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
