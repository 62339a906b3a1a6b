import { type Fields, isErrorCode, type StockdbError, type StockdbRouter } from '@stockdb/contract'
import type { Catalogue } from '@stockdb/contract'
import { getUntypedClient, TRPCClientError, type TRPCClient, type TRPCUntypedClient } from '@trpc/client'
import { classified, errorOf } from './errors.ts'
import { type Frame, makeFrame } from './frame/frame.ts'
import { AS_FRAME } from './links/frame-link.ts'
import type { FrameStream } from './links/frame-stream.ts'
import { rootMessage } from './links/transport.ts'
import { withRetries } from './retry.ts'
import { type CallOptions, TimeLimit } from './time-limit.ts'

export interface CallerOptions {
  readonly timeoutMs: number
  readonly retries: number
}

/** Makes calls by path through the tRPC client, each with a time limit, retried where its error says so. */
export class Caller {
  readonly #client: TRPCUntypedClient<StockdbRouter<Catalogue>>
  readonly #options: CallerOptions

  constructor(trpc: TRPCClient<StockdbRouter<Catalogue>>, options: CallerOptions) {
    this.#client = getUntypedClient(trpc)
    this.#options = options
  }

  /** A JSON answer. */
  json<Output>(path: string, input: unknown, options: CallOptions = {}): Promise<Output> {
    return this.#limited(options, (signal) => this.#query<Output>(path, input, signal, {}))
  }

  /** A whole frame. */
  frame<Fs extends Fields>(path: string, input: unknown, options: CallOptions = {}): Promise<Frame<Fs>> {
    return this.#limited(options, async (signal) => {
      const { head, batches } = await this.#open(path, input, signal)
      const whole = []
      for await (const { batch, tail } of batches) {
        if (batch.numRows > 0 || whole.length === 0) whole.push(batch)
        if (tail) return makeFrame<Fs>(head, whole, tail)
      }
      throw errorOf('INCOMPLETE_ANSWER', 'the answer has no end')
    })
  }

  /** A frame batch by batch; retried only before its first batch has come. */
  async *stream<Fs extends Fields>(path: string, input: unknown, options: CallOptions = {}): AsyncGenerator<Frame<Fs>, void, undefined> {
    const limit = new TimeLimit(options.timeoutMs ?? this.#options.timeoutMs, options.signal)
    const leave = new AbortController()
    const signal = AbortSignal.any([limit.signal, leave.signal])
    try {
      const { head, batches } = await withRetries(this.#options.retries, signal, () => this.#open(path, input, signal))
      for await (const { batch, tail } of batches) {
        limit.pause()
        if (batch.numRows > 0) yield makeFrame<Fs>(head, [batch], { rows: batch.numRows, complete: tail?.complete ?? false })
        limit.renew()
      }
    } finally {
      limit.stop()
      leave.abort(errorOf('CANCELLED', 'the stream was left'))
    }
  }

  async #limited<Result>({ timeoutMs, signal }: CallOptions, call: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const limit = new TimeLimit(timeoutMs ?? this.#options.timeoutMs, signal)
    try {
      return await withRetries(this.#options.retries, limit.signal, () => call(limit.signal))
    } finally {
      limit.stop()
    }
  }

  #open(path: string, input: unknown, signal: AbortSignal): Promise<FrameStream> {
    return this.#query<FrameStream>(path, input, signal, { [AS_FRAME]: true })
  }

  async #query<Output>(path: string, input: unknown, signal: AbortSignal, context: Record<string, unknown>): Promise<Output> {
    try {
      return (await this.#client.query(path, input, { signal, context })) as Output
    } catch (error) {
      throw signal.aborted ? signal.reason : fromTrpc(error)
    }
  }
}

/** The `StockdbError` in, or behind, what the tRPC client throws. */
function fromTrpc(error: unknown): StockdbError {
  if (!(error instanceof TRPCClientError)) return errorOf('INTERNAL', 'the client failed', { cause: error })
  const { cause, data, message } = error as TRPCClientError<StockdbRouter<Catalogue>>
  if (cause && 'code' in cause && isErrorCode(cause.code)) return classified(cause as StockdbError)
  if (isErrorCode(data?.code)) return errorOf(data.code, message, { requestId: data.requestId })
  return errorOf('UNREACHABLE', `the stockdb server can not be reached: ${rootMessage(cause ?? error)}`, { cause: error })
}
