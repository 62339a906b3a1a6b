import type { Client } from '@stockdb/client'
import type { Tushare } from '@stockdb/contract'
import type { ServerStatus } from '@stockdb/contract/wire'

/** Follows the status samples of a server and its successors until stopped. */
export class StatusFollower {
  readonly samples: ServerStatus[] = []
  /** The error that ended it, if any. */
  failure: unknown
  readonly #left = new AbortController()
  readonly #ended: Promise<void>

  constructor(db: Client<Tushare>) {
    this.#ended = this.#follow(db).catch((error: unknown) => {
      if (!this.#left.signal.aborted) this.failure = error
    })
  }

  /** Number of samples that report a gap. */
  get gaps(): number {
    return this.samples.filter(({ complete }) => !complete).length
  }

  async stop(): Promise<void> {
    this.#left.abort()
    await this.#ended
  }

  async #follow(db: Client<Tushare>): Promise<void> {
    for await (const sample of db.ops.watch({ signal: this.#left.signal })) this.samples.push(sample)
  }
}
