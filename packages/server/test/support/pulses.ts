import type { Client } from '@stockdb/client'
import type { Tushare } from '@stockdb/contract'
import type { ServerStatus } from '@stockdb/contract/wire'

/** Follows the pulses of a server, and of the servers that take its place, until it is told to stop. */
export class Follower {
  readonly pulses: ServerStatus[] = []
  /** By what it ended before it was told to. */
  failure: unknown
  readonly #left = new AbortController()
  readonly #ended: Promise<void>

  constructor(db: Client<Tushare>) {
    this.#ended = this.#follow(db).catch((error: unknown) => {
      if (!this.#left.signal.aborted) this.failure = error
    })
  }

  /** How many pulses say that some before them are lost. */
  get gaps(): number {
    return this.pulses.filter(({ complete }) => !complete).length
  }

  async stop(): Promise<void> {
    this.#left.abort()
    await this.#ended
  }

  async #follow(db: Client<Tushare>): Promise<void> {
    for await (const pulse of db.ops.watch({ signal: this.#left.signal })) this.pulses.push(pulse)
  }
}
