import { StockdbError } from '@stockdb/contract/wire'
import type { ReportName, ReportOptions, Reports } from '../telemetry/all-workers.ts'
import type { Gathered } from '../telemetry/gathered.ts'
import type { Order } from './messages.ts'

/** How long a worker may take to answer: one that is busy for longer is reported as silent. */
const ANSWER_MS = 2_000
/** What a worker counts since it began: the last report of a dead one still counts. */
const kept: readonly ReportName[] = ['stats', 'metrics', 'status']
/** Reports of dead workers that are kept one by one; the oldest are dropped first. */
const MAX_ENDED = 50

interface Asked {
  readonly name: ReportName
  readonly waiting: Set<number>
  readonly reports: Map<number, Reports[ReportName]>
  readonly done: () => void
  readonly fail: (error: Error) => void
}

/** Asks all workers of a server the same, in the main thread. */
export class Reporters {
  readonly #workers: number
  readonly #send: (worker: number, order: Order) => boolean
  readonly #asked = new Map<number, Asked>()
  readonly #last = new Map<ReportName, Map<number, Reports[ReportName]>>()
  readonly #ended = new Map<ReportName, Reports[ReportName][]>()
  #count = 0
  #replaced = 0

  /** `send` returns whether there is such a worker now. */
  constructor(workers: number, send: (worker: number, order: Order) => boolean) {
    this.#workers = workers
    this.#send = send
  }

  /** Collects a report from every worker. Throws what one of them throws. */
  async gather(name: ReportName, { seconds, signal }: ReportOptions): Promise<Gathered<Reports[ReportName]>> {
    const id = ++this.#count
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const asked: Asked = { name, waiting: new Set(), reports: new Map(), done: resolve, fail: reject }
    this.#asked.set(id, asked)
    for (let worker = 1; worker <= this.#workers; worker++)
      if (this.#send(worker, { kind: 'report wanted', id, name, seconds })) asked.waiting.add(worker)
    const timer = setTimeout(resolve, ANSWER_MS + (seconds ?? 0) * 2_000)
    if (asked.waiting.size === 0) resolve()
    const leave = (): void => {
      for (const worker of asked.waiting) this.#send(worker, { kind: 'nobody waits', id })
      reject(new StockdbError('CANCELLED', 'the caller has left'))
    }
    signal.addEventListener('abort', leave)
    try {
      await promise
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', leave)
      this.#asked.delete(id)
    }
    const all = Array.from({ length: this.#workers }, (_, index) => index + 1)
    return {
      reports: all.flatMap((worker) => {
        const report = asked.reports.get(worker)
        return report === undefined ? [] : [{ worker, report }]
      }),
      silent: [...asked.waiting],
      ended: this.#ended.get(name) ?? [],
      workers: this.#workers,
      replaced: this.#replaced,
    }
  }

  take(worker: number, id: number, report: Reports[ReportName]): void {
    const asked = this.#asked.get(id)
    if (!asked) return
    asked.reports.set(worker, report)
    if (kept.includes(asked.name)) {
      const last = this.#last.get(asked.name) ?? new Map()
      this.#last.set(asked.name, last.set(worker, report))
    }
    this.#leave(asked, worker)
  }

  fail(worker: number, id: number, error: Error): void {
    const asked = this.#asked.get(id)
    if (asked?.waiting.has(worker)) asked.fail(error)
  }

  /** A worker died: nobody waits for it any more, and what it last reported is kept. */
  ended(worker: number): void {
    this.#replaced++
    for (const asked of this.#asked.values()) this.#leave(asked, worker)
    for (const [name, last] of this.#last) {
      const report = last.get(worker)
      last.delete(worker)
      if (report !== undefined) this.#ended.set(name, [...(this.#ended.get(name) ?? []), report].slice(-MAX_ENDED))
    }
  }

  #leave(asked: Asked, worker: number): void {
    asked.waiting.delete(worker)
    if (asked.waiting.size === 0) asked.done()
  }
}
