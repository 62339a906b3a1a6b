import type { Catalogue, Fields } from '@stockdb/contract'
import { isErrorCode, type StockdbError, type StockdbRouter, type UnknownSymbols } from '@stockdb/contract/wire'
import { getUntypedClient, type TRPCClient, TRPCClientError, type TRPCUntypedClient } from '@trpc/client'
import { classified, errorOf, waitOf } from './errors.ts'
import { type Frame, makeFrame } from './frame/frame.ts'
import { collectFrame, type IncomingBatch, readFrame } from './links/frame-reader.ts'
import { leavable } from './links/leavable.ts'
import { subscribe } from './links/subscription.ts'
import { requestArrow, rootMessage, type Transport } from './links/transport.ts'
import { withRetries } from './retry.ts'
import { type CallOptions, TimeLimit } from './time-limit.ts'
import { Turns } from './turns.ts'

export interface CallerOptions {
  /** The longest a call may take unless it says otherwise. */
  readonly timeoutMs: number
  readonly retries: number
  /** Calls under way at once, streams not counted. */
  readonly concurrency: number
  /** Filled into calls that name symbols and do not say what becomes of unknown ones. */
  readonly unknownSymbols?: UnknownSymbols | undefined
}

/**
 * Makes calls by path, each with a time limit, retried where its error says so: JSON answers through the tRPC client,
 * frames straight over HTTP, because what tRPC's chain of observables adds to a call of a few rows is as much as the
 * call itself.
 */
export class Caller {
  readonly #trpc: TRPCUntypedClient<StockdbRouter<Catalogue>>
  readonly #transport: Transport
  readonly #options: CallerOptions
  readonly #turns: Turns

  constructor(trpc: TRPCClient<StockdbRouter<Catalogue>>, transport: Transport, options: CallerOptions) {
    this.#trpc = getUntypedClient(trpc)
    this.#transport = transport
    this.#options = options
    this.#turns = new Turns(options.concurrency)
  }

  /** A JSON answer. */
  json<Output>(path: string, input: unknown, options: CallOptions = {}): Promise<Output> {
    return this.#limited(options, async (signal) => {
      try {
        return (await this.#trpc.query(path, input, { signal })) as Output
      } catch (error) {
        throw signal.aborted ? signal.reason : fromTrpc(error)
      }
    })
  }

  /** A whole frame. */
  async frame<Fs extends Fields>(path: string, input: unknown, options: CallOptions = {}): Promise<Frame<Fs>> {
    const incoming = await this.batches(path, input, options)
    const last = incoming.at(-1)
    if (!last?.tail) throw errorOf('INCOMPLETE_ANSWER', 'the answer has no end')
    // The last batch is often empty; it counts only where it is the only one.
    const batches = incoming.map(({ batch }) => batch).filter(({ numRows }, index) => numRows > 0 || index === 0)
    return makeFrame<Fs>(last.head, batches, last.tail)
  }

  /** All batches of a whole frame. */
  batches(path: string, input: unknown, options: CallOptions = {}): Promise<IncomingBatch[]> {
    return this.#limited(options, async (signal) =>
      collectFrame(await requestArrow(this.#transport, path, this.#filled(input), signal), signal),
    )
  }

  /**
   * A frame batch by batch; retried only before its first batch has come. The last one has what is known of the whole
   * answer, and is given for that also where it has no rows.
   */
  async *stream<Fs extends Fields>(
    path: string,
    input: unknown,
    options: CallOptions = {},
  ): AsyncGenerator<Frame<Fs>, void, undefined> {
    for await (const { head, batch, tail } of this.streamBatches(path, input, options)) {
      if (batch.numRows > 0 || tail) {
        const { complete = false, ...rest } = tail ?? {}
        yield makeFrame<Fs>(head, [batch], { ...rest, rows: batch.numRows, complete })
      }
    }
  }

  /** As {@link stream}, before frames are made of the batches; the last one is often empty. */
  async *streamBatches(
    path: string,
    input: unknown,
    options: CallOptions = {},
  ): AsyncGenerator<IncomingBatch, void, undefined> {
    const limit = new TimeLimit(options.timeoutMs ?? this.#options.timeoutMs, options.signal)
    const { signal } = limit
    try {
      const response = await withRetries(this.#options.retries, signal, () =>
        requestArrow(this.#transport, path, this.#filled(input), signal),
      )
      for await (const incoming of readFrame(response, signal)) {
        limit.pause()
        yield incoming
        limit.renew()
      }
    } finally {
      limit.stop()
    }
  }

  /** The events of a subscription, which resumes by itself; the time limit is the longest time without a sign of life. */
  subscribe<Event>(
    path: string,
    input: object,
    { timeoutMs = this.#options.timeoutMs, signal }: CallOptions = {},
  ): AsyncGenerator<Event, void, undefined> {
    const { retries } = this.#options
    const transport = this.#transport
    return leavable(async function* (left) {
      for await (const event of subscribe(transport, path, input, { retries, timeoutMs, signal: left }))
        if (event !== 'connected') yield event.data as Event
    }, signal)
  }

  #filled(input: unknown): unknown {
    const { unknownSymbols } = this.#options
    const asked = unknownSymbols !== undefined && typeof input === 'object' && input !== null && 'symbols' in input
    return asked ? { unknownSymbols, ...withoutUndefined(input) } : input
  }

  async #limited<Result>(
    { timeoutMs, signal }: CallOptions,
    call: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const limit = new TimeLimit(timeoutMs ?? this.#options.timeoutMs, signal)
    try {
      const attempt = () => this.#turns.take(limit.signal, () => call(limit.signal))
      return await withRetries(this.#options.retries, limit.signal, attempt)
    } finally {
      limit.stop()
    }
  }
}

/** What is undefined was not said. */
const withoutUndefined = (input: object): object =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))

/** The `StockdbError` in, or behind, what the tRPC client throws. */
function fromTrpc(error: unknown): StockdbError {
  if (!(error instanceof TRPCClientError)) return errorOf('INTERNAL', 'the client failed', { cause: error })
  const { cause, data, message } = error as TRPCClientError<StockdbRouter<Catalogue>>
  if (cause && 'code' in cause && isErrorCode(cause.code)) return classified(cause as StockdbError)
  if (isErrorCode(data?.code)) {
    const { code, requestId, retryAfterMs } = data
    return errorOf(code, message, { requestId, retryAfterMs: waitOf(retryAfterMs) })
  }
  return errorOf('UNREACHABLE', `the stockdb server can not be reached: ${rootMessage(cause ?? error)}`, {
    cause: error,
  })
}
