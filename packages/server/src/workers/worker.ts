import { parentPort } from 'node:worker_threads'
import { isErrorCode, StockdbError } from '@stockdb/contract/wire'
import type { Bounds } from '../bounds/settings.ts'
import { wholeBounds } from '../bounds/whole-bounds.ts'
import type { StartOptions } from '../start/options.ts'
import { startInGroup } from '../start/start.ts'
import type { WorkerGroup } from '../start/worker-group.ts'
import type { AllWorkers, Answers, ReportName, ReportOptions, Reports } from '../telemetry/all-workers.ts'
import type { Gathered } from '../telemetry/gathered.ts'
import { type Log, type LogLevel, logTo } from '../telemetry/log.ts'
import { CallRecords } from './call-records.ts'
import { CommitExchange } from './commit-exchange.ts'
import { type Notice, type Order, sentError, type WorkerPlace } from './messages.ts'
import { shareOfBounds } from './share-of-bounds.ts'
import { SharedCounts } from './shared-counts.ts'

/** Lines of the log are sent together, up to so many characters and milliseconds. */
const TOGETHER_CHARS = 8_192
const FLUSH_MS = 100
/** In pino's lines, where the level's first digit is, and that of a warning. */
const LEVEL_AT = '{"level":'.length
const WARNING = '4'

export interface WorkerOptions {
  readonly place: WorkerPlace
  readonly logLevel: LogLevel
  /** Those of all workers together, as they were given. */
  readonly bounds: Partial<Bounds>
  /** The rest of what the server is started with. */
  startOptions(log: Log): Promise<Omit<StartOptions, 'port' | 'tls' | 'bounds' | 'log' | 'onMemoryExceeded'>>
}

/** Runs one of the workers of a server, in a thread that a supervisor started, until it must close. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { place, logLevel, bounds } = options
  const { worker, workers, port, tls } = place
  const lines = new LogLines()
  const log = logTo(logLevel, (line) => lines.add(line), { worker })
  process.on('exit', () => lines.flush())
  const requests = new ReportRequests()
  const counts = new SharedCounts(place.counts, workers, worker)
  const commits = new CommitExchange(counts)
  const group: WorkerGroup = {
    worker,
    load: counts,
    records: new CallRecords(place.records, workers, worker),
    commits,
    workers: (answers) => requests.begin(answers),
  }
  try {
    const server = await startInGroup(
      {
        ...(await options.startOptions(log)),
        port,
        ...(tls ? { tls } : {}),
        bounds: shareOfBounds(wholeBounds(bounds), bounds, worker, workers),
        log,
        onMemoryExceeded: () => send({ kind: 'out of memory' }),
      },
      group,
    )
    parentPort?.on('message', (order: Order) => {
      if (order.kind === 'renew TLS') server.renewTls(order.tls)
      else if (order.kind !== 'close') requests.receive(order)
      else
        void server.close().finally(() => {
          lines.flush()
          process.exit(0)
        })
    })
    send({ kind: 'ready', url: server.url })
  } catch (error) {
    send({ kind: 'failed', error: sentError(error) })
    lines.flush()
    process.exit(1)
  }
}

function send(notice: Notice): void {
  parentPort?.postMessage(notice)
}

/** What a worker logs, sent to the main thread, which writes the log of all. */
class LogLines {
  #lines = ''
  #timer: NodeJS.Timeout | undefined

  add(line: string): void {
    this.#lines += line
    // A worker that is in trouble may not come to send it later.
    if (this.#lines.length >= TOGETHER_CHARS || (line[LEVEL_AT] ?? '') >= WARNING) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref()
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#lines !== '') send({ kind: 'log', lines: this.#lines })
    this.#lines = ''
  }
}

/** Reports that this worker asks all for, and those that others ask of this one. */
class ReportRequests implements AllWorkers {
  #answers: Answers | undefined
  readonly #waiting = new Map<number, PromiseWithResolvers<Gathered<Reports[ReportName]>>>()
  readonly #answering = new Map<number, AbortController>()
  #count = 0

  begin(answers: Answers): AllWorkers {
    this.#answers = answers
    return this
  }

  async ask<Q extends ReportName>(name: Q, { seconds, signal }: ReportOptions): Promise<Gathered<Reports[Q]>> {
    signal.throwIfAborted()
    const id = ++this.#count
    const waiting = Promise.withResolvers<Gathered<Reports[ReportName]>>()
    this.#waiting.set(id, waiting)
    const leave = (): void => {
      send({ kind: 'left', id })
      waiting.reject(signal.reason)
    }
    signal.addEventListener('abort', leave)
    send({ kind: 'gather', id, name, seconds })
    try {
      // The main thread sends the report that it was asked for.
      return (await waiting.promise) as Gathered<Reports[Q]>
    } finally {
      signal.removeEventListener('abort', leave)
      this.#waiting.delete(id)
    }
  }

  receive(order: Exclude<Order, { kind: 'close' | 'renew TLS' }>): void {
    if (order.kind === 'report wanted') void this.#answer(order)
    else if (order.kind === 'nobody waits')
      this.#answering.get(order.id)?.abort(new StockdbError('CANCELLED', 'nobody waits'))
    else if (order.kind === 'gathered') this.#waiting.get(order.id)?.resolve(order.gathered)
    else {
      const { code = '', message } = order.error
      this.#waiting.get(order.id)?.reject(isErrorCode(code) ? new StockdbError(code, message) : new Error(message))
    }
  }

  async #answer({ id, name, seconds }: Extract<Order, { kind: 'report wanted' }>): Promise<void> {
    const controller = new AbortController()
    this.#answering.set(id, controller)
    try {
      const answer = this.#answers?.[name]
      if (!answer) throw new TypeError('a report was asked for before the worker was ready')
      send({ kind: 'report', id, report: await answer({ seconds, signal: controller.signal }) })
    } catch (error) {
      send({ kind: 'no report', id, error: sentError(error) })
    } finally {
      this.#answering.delete(id)
    }
  }
}
