import { ARROW_STREAM } from '@stockdb/contract/wire'
import { Agent } from 'undici'

/** How a call ended, in milliseconds from when it was sent. */
export interface Reply {
  readonly kind: 'served' | 'refused' | 'failed'
  readonly ms: number
}

interface Question {
  readonly path: string
  readonly input: object
}

const ANSWER_TIMEOUT_MS = 10_000

/** Many callers that ask a server over plain HTTP, and do not come again when they are refused. */
export class Crowd {
  readonly #url: URL
  readonly #question: (call: number) => Question
  readonly #agent = new Agent({ connections: 512, pipelining: 1 })
  #calls = 0

  constructor(url: string, question: (call: number) => Question) {
    this.#url = new URL(url)
    this.#question = question
  }

  /** So many callers at once, each sending its next call when the last was answered. */
  async rush(callers: number, ms: number): Promise<Reply[]> {
    const replies: Reply[] = []
    const end = performance.now() + ms
    const caller = async (): Promise<void> => {
      while (performance.now() < end) replies.push(await this.#ask())
    }
    await Promise.all(Array.from({ length: callers }, caller))
    return replies
  }

  /** So many calls a second, evenly, whether the ones before were answered or not. */
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
    this.#agent.destroy().catch(() => {})
  }

  async #ask(): Promise<Reply> {
    const { path, input } = this.#question(this.#calls++)
    const start = performance.now()
    const reply = (kind: Reply['kind']): Reply => ({ kind, ms: performance.now() - start })
    try {
      const { statusCode, body } = await this.#agent.request({
        origin: this.#url.origin,
        path: `/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`,
        method: 'GET',
        headers: { accept: ARROW_STREAM },
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      })
      await body.bytes()
      if (statusCode === 200) return reply('served')
      return reply(statusCode === 429 || statusCode === 503 ? 'refused' : 'failed')
    } catch {
      return reply('failed')
    }
  }
}
