import { createServer } from 'node:net'
import { createSecureContext } from 'node:tls'
import { Worker } from 'node:worker_threads'
import type { Bounds } from '../bounds/settings.ts'
import type { TlsFiles } from '../http/server.ts'
import type { ReportName } from '../telemetry/all-workers.ts'
import type { Log } from '../telemetry/log.ts'
import { CallRecords, type RecordedCall } from './call-records.ts'
import { type Notice, type Order, type SentError, sentError, type WorkerPlace } from './messages.ts'
import { Reporters } from './reporters.ts'
import { share } from './share-of-bounds.ts'
import { SharedCounts } from './shared-counts.ts'

/** Workers that die so often within this time die of a reason that replacing does not cure. */
const MAX_DEATHS = 5
const DEATHS_WITHIN_MS = 60_000
/** How long a worker may take to end besides the drain time. */
const END_MS = 3_000
const MB = 2 ** 20

export interface SupervisorOptions {
  readonly workers: number
  /** The file that a worker runs, and what it is given besides its place. */
  readonly entry: URL
  readonly settings: Readonly<Record<string, unknown>>
  readonly host: string
  /** 0 chooses a free port. */
  readonly port: number
  readonly tls: TlsFiles | undefined
  /** Those of all workers together. */
  readonly bounds: Bounds
  readonly log: Log
  /** Takes the log lines of workers. */
  readonly writeLog: (lines: string) => void
  /** Called once when resident memory is above its hard limit. */
  readonly onMemoryExceeded: () => void
  /** Called when workers die again and again. */
  readonly onGivenUp: (reason: string) => void
}

/** A server of several workers. */
export interface Supervised {
  /** `http://HOST:PORT`, or `https://HOST:PORT`. */
  readonly url: string
  /** The calls in progress. */
  running(): readonly RecordedCall[]
  /** Uses another certificate for new connections. Throws if it is invalid; the old one then stays. */
  renewTls(tls: TlsFiles): void
  close(): Promise<void>
}

interface Running {
  readonly worker: number
  readonly thread: Worker
  readonly ended: Promise<void>
  /** Resolves with its address when it listens. */
  readonly ready: Promise<string>
  listens: boolean
}

/** Starts the workers of a server; rejects when the first cannot start. */
export async function supervise(options: SupervisorOptions): Promise<Supervised> {
  const supervisor = new Supervisor(options)
  return supervisor.start()
}

class Supervisor {
  readonly #options: SupervisorOptions
  readonly #counts: SharedCounts
  readonly #records: CallRecords
  readonly #reporters: Reporters
  readonly #running = new Map<number, Running>()
  /** The requests of workers that are not answered yet. */
  readonly #requests = new Map<string, AbortController>()
  #tls: TlsFiles | undefined
  #port: number
  #deaths: number[] = []
  #closing = false
  #started = false
  #memoryExceeded = false

  constructor(options: SupervisorOptions) {
    const { workers } = options
    this.#options = options
    this.#tls = options.tls
    this.#port = options.port
    this.#counts = new SharedCounts(SharedCounts.memoryFor(workers), workers, 0)
    this.#records = new CallRecords(CallRecords.memoryFor(workers), workers, 0)
    this.#reporters = new Reporters(workers, (worker, order) => this.#send(worker, order))
  }

  async start(): Promise<Supervised> {
    const { workers, host, port } = this.#options
    this.#port = await portToShare(host, port)
    try {
      // The first one alone: it creates missing tables, and what is wrong with the options is said once.
      const url = await this.#begin(1).ready
      await Promise.all(Array.from({ length: workers - 1 }, (_, index) => this.#begin(index + 2).ready))
      this.#started = true
      return {
        url,
        running: () => this.#records.all,
        renewTls: (tls) => this.#renewTls(tls),
        close: () => this.#close(),
      }
    } catch (error) {
      this.#closing = true
      await Promise.all([...this.#running.values()].map(({ thread }) => thread.terminate()))
      throw error
    }
  }

  #begin(worker: number): Running {
    const { workers, entry, settings, bounds } = this.#options
    const place: WorkerPlace = {
      ...{ worker, workers, port: this.#port, tls: this.#tls },
      ...{ counts: this.#counts.memory, records: this.#records.memory },
    }
    const thread = new Worker(entry, {
      workerData: { ...settings, place },
      name: `stockdb worker ${worker}`,
      // Beyond its part of the memory at which the server would end, a worker ends alone.
      resourceLimits: {
        maxOldGenerationSizeMb: Math.max(1, Math.floor(share(bounds.killMemoryBytes, worker, workers) / MB)),
      },
    })
    const { promise: ready, resolve, reject } = Promise.withResolvers<string>()
    ready.catch(() => {})
    let failure: SentError | undefined
    thread.on('message', (notice: Notice) => {
      if (notice.kind === 'ready') {
        running.listens = true
        resolve(notice.url)
      } else if (notice.kind === 'failed') failure = notice.error
      else this.#receive(worker, notice)
    })
    thread.on('error', (error) => {
      failure = sentError(error)
    })
    const ended = new Promise<void>((resolve) => {
      thread.on('exit', (code) => {
        const reason = failure ?? sentError(new Error(`it ended with code ${code}`))
        reject(revived(reason))
        if (this.#running.get(worker) === running) this.#running.delete(worker)
        resolve()
        this.#ended(worker, reason)
      })
    })
    const running: Running = { worker, thread, ended, ready, listens: false }
    this.#running.set(worker, running)
    return running
  }

  /** Returns whether there is such a worker, and it listens. */
  #send(worker: number, order: Order): boolean {
    const running = this.#running.get(worker)
    if (!running?.listens) return false
    running.thread.postMessage(order)
    return true
  }

  #receive(worker: number, notice: Exclude<Notice, { kind: 'ready' | 'failed' }>): void {
    if (notice.kind === 'log') this.#options.writeLog(notice.lines)
    else if (notice.kind === 'out of memory') {
      if (!this.#memoryExceeded) this.#options.onMemoryExceeded()
      this.#memoryExceeded = true
    } else if (notice.kind === 'gather') void this.#gather(worker, notice)
    else if (notice.kind === 'left') this.#requests.get(`${worker} ${notice.id}`)?.abort()
    else if (notice.kind === 'report') this.#reporters.take(worker, notice.id, notice.report)
    else this.#reporters.fail(worker, notice.id, revived(notice.error))
  }

  async #gather(
    worker: number,
    { id, name, seconds }: { readonly id: number; readonly name: ReportName; readonly seconds: number | undefined },
  ): Promise<void> {
    const [key, controller] = [`${worker} ${id}`, new AbortController()]
    this.#requests.set(key, controller)
    try {
      const gathered = await this.#reporters.gather(name, { seconds, signal: controller.signal })
      this.#send(worker, { kind: 'gathered', id, gathered })
    } catch (error) {
      this.#send(worker, { kind: 'not gathered', id, error: sentError(error) })
    } finally {
      this.#requests.delete(key)
    }
  }

  /** Logs what a dead worker was doing, releases what it held, and replaces it. */
  #ended(worker: number, reason: SentError): void {
    const calls = this.#records.of(worker)
    this.#records.forget(worker)
    this.#counts.forget(worker)
    this.#reporters.ended(worker)
    if (this.#closing || !this.#started) return
    const { log } = this.#options
    const now = performance.now()
    const named = calls.map(({ requestId, path, caller, startedAt }) => ({
      ...{ requestId, path, caller: caller.name, ms: Math.round(now - startedAt) },
    }))
    log.error({ worker, err: revived(reason), calls: named }, 'a worker died; another one takes its place')
    this.#deaths = [...this.#deaths.filter((at) => now - at < DEATHS_WITHIN_MS), now]
    if (this.#deaths.length >= MAX_DEATHS) {
      this.#closing = true
      const text = `workers died ${MAX_DEATHS} times within a minute, the last of: ${reason.message}`
      log.fatal({ worker }, `${text}; the server exits`)
      this.#options.onGivenUp(text)
      return
    }
    const replaced = this.#begin(worker)
    replaced.ready.then(
      () => {
        if (this.#closing) replaced.thread.postMessage({ kind: 'close' } satisfies Order)
        else log.info({ worker }, 'the worker was replaced')
      },
      // Its end is reported above.
      () => {},
    )
  }

  #renewTls(tls: TlsFiles): void {
    createSecureContext({ ...tls })
    this.#tls = tls
    for (const { thread } of this.#running.values()) thread.postMessage({ kind: 'renew TLS', tls } satisfies Order)
  }

  async #close(): Promise<void> {
    this.#closing = true
    const limitMs = this.#options.bounds.drainTimeoutMs + END_MS
    await Promise.all(
      [...this.#running.values()].map(async ({ thread, ended }) => {
        thread.postMessage({ kind: 'close' } satisfies Order)
        const timer = setTimeout(() => void thread.terminate(), limitMs)
        await ended
        clearTimeout(timer)
      }),
    )
  }
}

/**
 * The port that the workers share. It must be free: sockets that share a port with others would also share it with those of another
 * server. Rejects with the system's error if it is in use.
 */
async function portToShare(host: string, port: number): Promise<number> {
  const probe = async (reusePort: boolean, wanted: number): Promise<number> => {
    const server = createServer()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port: wanted, reusePort }, resolve)
    })
    const address = server.address()
    await new Promise((resolve) => server.close(resolve))
    return typeof address === 'object' && address ? address.port : wanted
  }
  const free = await probe(false, port)
  try {
    return await probe(true, free)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') throw error
    throw new TypeError(
      `--workers: got more than 1; expected 1 on ${process.platform}, where several workers cannot listen on one port`,
      { cause: error },
    )
  }
}

function revived({ name, message, code, stack }: SentError): Error {
  const error = Object.assign(new Error(message), { name }, code === undefined ? {} : { code })
  if (stack !== undefined) error.stack = stack
  return error
}
