import type { Log } from './log.ts'

/** Refusals of one line. */
const MOST = 500
const FLUSH_MS = 250

/** Writes refused calls, many to a line: under overload they are most of all calls, and must cost next to nothing. */
export class RefusalLog {
  readonly #log: Log
  readonly #requestIds = new Map<string, string[]>()
  #timer: NodeJS.Timeout | undefined

  constructor(log: Log) {
    this.#log = log
  }

  add(requestId: string, outcome: string): void {
    const ids = this.#requestIds.get(outcome)
    if (!ids) this.#requestIds.set(outcome, [requestId])
    else if (ids.push(requestId) >= MOST) this.flush()
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS)
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const [outcome, ids] of this.#requestIds) {
      this.#log.info({ outcome, count: ids.length, requestIds: ids.join(' ') }, 'calls refused')
    }
    this.#requestIds.clear()
  }
}
