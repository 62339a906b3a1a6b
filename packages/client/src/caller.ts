import type { Catalogue, Fields } from '@stockdb/contract'
import {
  EXPLAIN_HEADER,
  isErrorCode,
  type StockdbError,
  type StockdbRouter,
  takesStatement,
  type UnknownSymbols,
} from '@stockdb/contract/wire'
import { getUntypedClient, type TRPCClient, TRPCClientError, type TRPCUntypedClient } from '@trpc/client'
import type { FrameCache } from './cache/frame-cache.ts'
import { onAbort } from './call/abort.ts'
import { AtHand } from './call/call-site.ts'
import { cancellable } from './call/cancellable.ts'
import { type CallOptions, Deadline, withDeadline } from './call/deadline.ts'
import { reporterOf } from './call/progress.ts'
import { withRetries } from './call/retry.ts'
import { Semaphore } from './call/semaphore.ts'
import { classified, errorOf, waitOf } from './errors.ts'
import type { CellsOf } from './frame/cells.ts'
import { type Frame, makeFrame } from './frame/frame.ts'
import { collectFrame, type IncomingBatch, readFrame, withProgress } from './links/frame-reader.ts'
import type { HttpResponse } from './links/http.ts'
import { inputText } from './links/input-text.ts'
import { subscribeLater } from './links/subscribe-later.ts'
import type { Together } from './links/together.ts'
import { requestArrow, type Transport } from './links/transport.ts'
import { unreachable } from './links/unreachable.ts'
import type { Write } from './write/send-write.ts'

export interface CallerOptions {
  /** Default timeout of a call. */
  readonly timeoutMs: number
  readonly retries: number
  /** Maximum concurrent calls, excluding streams. */
  readonly concurrency: number
  /** Default `unknownSymbols` for calls with symbols. */
  readonly unknownSymbols?: UnknownSymbols | undefined
}

/**
 * Makes calls by path. Each one passes the same stages: deadline → concurrency → retry → transport. JSON answers use
 * the tRPC client as transport. Frames use HTTP directly, because tRPC's chain of observables would double the time of
 * a small call.
 */
export class Caller {
  readonly #trpc: TRPCUntypedClient<StockdbRouter<Catalogue>>
  readonly #transport: Transport
  readonly #options: CallerOptions
  readonly #semaphore: Semaphore
  #together: Together | undefined
  #cache: FrameCache | undefined

  constructor(trpc: TRPCClient<StockdbRouter<Catalogue>>, transport: Transport, options: CallerOptions) {
    this.#trpc = getUntypedClient(trpc)
    this.#transport = transport
    this.#options = options
    this.#semaphore = new Semaphore(options.concurrency)
  }

  /** The following calls for frames are sent together if they are made at the same moment. */
  sendTogether(open: (transport: Transport) => Together): void {
    this.#together = open(this.#transport)
  }

  /** Complete frames are taken from this cache from here on, and kept in it. */
  keep(cache: FrameCache): void {
    this.#cache = cache
  }

  /** A JSON answer. */
  json<Output>(path: string, input: unknown, options: CallOptions = {}): Promise<Output> {
    return this.#call(options, async (signal) => {
      // Throws for what tRPC would send as null.
      inputText(input)
      try {
        return (await this.#trpc.query(path, input, { signal })) as Output
      } catch (error) {
        throw signal.aborted ? signal.reason : fromTrpc(error, this.#transport.url)
      }
    })
  }

  /** The public form of a call with a JSON answer. */
  jsonCall<Input, Output>(path: string): (input: Input, options?: CallOptions) => Promise<Output> {
    return (input, options) => this.json(path, input, options)
  }

  /** The same for an answer that `offline` needs: a folder keeps it. */
  keptJsonCall<Input, Output>(path: string): (input: Input, options?: CallOptions) => Promise<Output> {
    return async (input, options) => {
      const ask = (): Promise<Output> => this.json(path, input, options)
      return this.#cache ? this.#cache.json(`${path} ${inputText(input)}`, ask) : ask()
    }
  }

  /** The public form of a call with a frame for an answer. */
  frameCall(path: string): (input: object, options?: CallOptions) => Promise<Frame<CellsOf<Fields>>> {
    return (input, options) => this.frame(path, input, options)
  }

  /** A complete frame. */
  async frame<Fs extends Fields>(path: string, input: unknown, options: CallOptions = {}): Promise<Frame<CellsOf<Fs>>> {
    const asked = this.ask<Fs>(path, input, options)
    return asked instanceof AtHand ? asked.answer : asked
  }

  /** A complete frame, at once if it is in memory. */
  ask<Fs extends Fields>(
    path: string,
    input: unknown,
    options: CallOptions = {},
  ): AtHand<Frame<CellsOf<Fs>>> | Promise<Frame<CellsOf<Fs>>> {
    try {
      const kept = this.#kept(path, input, options)
      return kept?.found && !(kept.found instanceof Promise)
        ? new AtHand(frameOf<Fs>(kept.found))
        : this.#read(path, input, options, kept).then(frameOf<Fs>)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** All batches of a complete frame. */
  async batches(path: string, input: unknown, options: CallOptions = {}): Promise<IncomingBatch[]> {
    return this.#read(path, input, options, this.#kept(path, input, options))
  }

  /** What is in memory of an answer; absent if it may not be taken from there. */
  #kept(path: string, input: unknown, options: CallOptions): Kept | undefined {
    const cache = this.#cache
    if (!cache || options.fresh || options.explain || options.signal?.aborted || takesStatement(path)) return undefined
    const key = `${path} ${inputText(this.#filled(path, input, options))}`
    return { cache, key, found: cache.find(key) }
  }

  async #read(path: string, input: unknown, options: CallOptions, memory: Kept | undefined): Promise<IncomingBatch[]> {
    const reporter = reporterOf(path, options)
    try {
      const filled = this.#filled(path, input, options)
      if (!memory)
        return await this.#call(options, async (signal) =>
          collectFrame(await this.#response(path, filled, signal, options), signal, reporter?.report),
        )
      const { cache, key } = memory
      // Before the call takes a permit: the read that it waits for needs one, too.
      const kept = await this.#found(memory, options)
      if (kept) return kept
      return await this.#call(options, async (signal) => {
        const askedAt = performance.now()
        const response = await this.#response(path, filled, signal, options)
        const batches = await collectFrame(response, signal, reporter?.report)
        cache.keep(key, batches, response, askedAt)
        return batches
      })
    } finally {
      reporter?.end()
    }
  }

  /**
   * A frame batch by batch; retried only before the first batch has arrived. The last batch has the meta of the whole
   * answer, and is delivered even without rows.
   */
  async *stream<Fs extends Fields>(
    path: string,
    input: unknown,
    options: CallOptions = {},
  ): AsyncGenerator<Frame<CellsOf<Fs>>, void, undefined> {
    for await (const { header, batch, trailer } of this.streamBatches(path, input, options)) {
      if (batch.numRows > 0 || trailer) {
        const { complete = false, ...rest } = trailer ?? {}
        yield makeFrame<Fs>(header, [batch], { ...rest, rows: batch.numRows, complete })
      }
    }
  }

  /** Like {@link stream}, but with raw batches; the last one is often empty. */
  async *streamBatches(
    path: string,
    input: unknown,
    options: CallOptions = {},
  ): AsyncGenerator<IncomingBatch, void, undefined> {
    const deadline = new Deadline(options.timeoutMs ?? this.#options.timeoutMs, options.signal)
    const { signal } = deadline
    const reporter = reporterOf(path, options)
    try {
      const memory = this.#kept(path, input, options)
      const kept = memory && (await this.#found(memory, options))
      const batches =
        kept ?? withProgress(await this.#arriving(path, input, options, { signal, memory }), reporter?.report)
      for await (const incoming of batches) {
        if (signal.aborted) throw signal.reason
        deadline.pause()
        yield incoming
        deadline.restart()
      }
    } finally {
      deadline.stop()
      reporter?.end()
    }
  }

  /** The batches of an answer as they arrive; they are kept if `memory` has a place for them. */
  async #arriving(
    path: string,
    input: unknown,
    options: CallOptions,
    { signal, memory }: { readonly signal: AbortSignal; readonly memory: Kept | undefined },
  ): Promise<AsyncGenerator<IncomingBatch, void, undefined>> {
    const filled = this.#filled(path, input, options)
    const [response, askedAt] = await withRetries(this.#options.retries, signal, async () => {
      const askedAt = performance.now()
      return [await requestArrow(this.#transportFor(options), path, filled, signal), askedAt] as const
    })
    const batches = readFrame(response, signal)
    return memory ? memory.cache.keepStream(memory.key, batches, response, askedAt) : batches
  }

  /** What was found in memory or in the folder. */
  async #found({ found }: Kept, options: CallOptions): Promise<IncomingBatch[] | undefined> {
    return found instanceof Promise ? this.#unlessCancelled(found, options) : found
  }

  /** The timeout of a call with these options. */
  timeoutOf({ timeoutMs = this.#options.timeoutMs }: CallOptions): number {
    return timeoutMs
  }

  /** The events of a subscription, which resumes by itself; the timeout limits the time without an event or ping. */
  subscribe<Event>(
    path: string,
    input: object,
    { timeoutMs = this.#options.timeoutMs, signal: caller }: CallOptions = {},
  ): AsyncGenerator<Event, void, undefined> {
    const { retries } = this.#options
    const transport = this.#transport
    const cache = this.#cache
    return cancellable(async function* (signal) {
      for await (const event of subscribeLater(transport, path, input, { retries, timeoutMs, signal })) {
        if (event === 'connected') continue
        // What is read next must not be older than a change that was received.
        if (path.endsWith('.watch')) cache?.clear()
        yield event.data as Event
      }
    }, caller)
  }

  /** A write, repeated under its key while that can be done and says what became of it. */
  write<Output>(
    write: Write,
    { timeoutMs = this.#options.timeoutMs, signal: caller }: CallOptions = {},
  ): Promise<Output> {
    const { retries } = this.#options
    const sent = this.#semaphore.run(caller ?? new AbortController().signal, async () => {
      // Most strategies only read.
      const { sendWrite } = await import('./write/send-write.ts')
      return sendWrite<Output>(this.#transport, write, { timeoutMs, retries, signal: caller })
    })
    return this.#cache ? sent.finally(() => this.#cache?.clear()) : sent
  }

  /** A call that its caller may cancel is sent alone: others would have to be sent again. So is one whose progress is watched. */
  #response(path: string, input: unknown, signal: AbortSignal, options: CallOptions): Promise<HttpResponse> {
    const { signal: caller, explain, onProgress, progress } = options
    return this.#together && !(caller || explain || onProgress || progress)
      ? this.#together.request(path, input, signal)
      : requestArrow(this.#transportFor(options), path, input, signal)
  }

  #unlessCancelled<Result>(
    work: Promise<Result>,
    { timeoutMs = this.#options.timeoutMs, signal: caller }: CallOptions,
  ): Promise<Result> {
    return withDeadline(timeoutMs, caller, async (signal) => {
      let stop = (): void => {}
      const cancelled = new Promise<never>((_, reject) => {
        stop = onAbort(signal, () => reject(signal.reason))
      })
      return Promise.race([work, cancelled]).finally(stop)
    })
  }

  #transportFor({ explain }: CallOptions): Transport {
    const transport = this.#transport
    return explain ? { ...transport, headers: { ...transport.headers, [EXPLAIN_HEADER]: '1' } } : transport
  }

  #filled(path: string, input: unknown, { fresh }: CallOptions): unknown {
    if (fresh && !takesStatement(path)) return { ...(this.#filled(path, input, {}) as object), fresh }
    const { unknownSymbols } = this.#options
    const asked = unknownSymbols !== undefined && typeof input === 'object' && input !== null && 'symbols' in input
    return asked ? { unknownSymbols, ...withoutUndefined(input) } : input
  }

  /**
   * Deadline → concurrency → retry, around one attempt at the transport. A call keeps its permit while it pauses before a
   * retry: waiting calls must not add to the load of an overloaded server.
   */
  #call<Result>(
    { timeoutMs = this.#options.timeoutMs, signal: caller }: CallOptions,
    attempt: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    return withDeadline(timeoutMs, caller, (signal) =>
      this.#semaphore.run(signal, () => withRetries(this.#options.retries, signal, () => attempt(signal))),
    )
  }
}

/** An answer in memory: its key there, and what was found under it. */
interface Kept {
  readonly cache: FrameCache
  readonly key: string
  readonly found: ReturnType<FrameCache['find']>
}

/** Throws unless the batches are those of a whole answer. */
function frameOf<Fs extends Fields>(incoming: readonly IncomingBatch[]): Frame<CellsOf<Fs>> {
  const last = incoming.at(-1)
  if (!last?.trailer) throw errorOf('INCOMPLETE_ANSWER', 'malformed response: missing trailer')
  // The last batch is often empty; it is kept only if it is the only one.
  const batches = incoming.map(({ batch }) => batch).filter(({ numRows }, index) => numRows > 0 || index === 0)
  return makeFrame<Fs>(last.header, batches, last.trailer)
}

/** Undefined options are ignored. */
const withoutUndefined = (input: object): object =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))

/** The `StockdbError` in, or in the cause of, an error of the tRPC client. */
function fromTrpc(error: unknown, url: string): StockdbError {
  if (!(error instanceof TRPCClientError)) return errorOf('INTERNAL', 'the client failed', { cause: error })
  const { cause, data, message } = error as TRPCClientError<StockdbRouter<Catalogue>>
  if (cause && 'code' in cause && isErrorCode(cause.code)) return classified(cause as StockdbError)
  if (isErrorCode(data?.code)) {
    const { code, requestId, retryAfterMs } = data
    return errorOf(code, message, { requestId, retryAfterMs: waitOf(retryAfterMs) })
  }
  return unreachable(url, cause ?? error)
}
