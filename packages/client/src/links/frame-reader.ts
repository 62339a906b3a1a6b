import type { Batch, Decoded, FrameHeader, FrameTrailer, Message } from '@stockdb/contract/wire'
import { ArrowFrameDecoder, MessageSplitter, StockdbError } from '@stockdb/contract/wire'
import { classified, errorOf } from '../errors.ts'
import type { HttpResponse } from './http.ts'
import { rootMessage } from './unreachable.ts'

/** A part of a frame as it comes in. */
export interface IncomingBatch {
  readonly header: FrameHeader
  readonly batch: Batch
  /** Comes with the last batch. */
  readonly trailer?: FrameTrailer
}

/**
 * The batches of an answer. They end after the one with the trailer, and only then: an answer that does not reach its end
 * marker, or has not as many rows as its trailer says, ends in `INCOMPLETE_ANSWER`, or in the error that the server put at
 * its end. A short answer is taken and decoded at once, which is much cheaper than a stream.
 */
export async function* readFrame(
  response: HttpResponse,
  signal: AbortSignal,
): AsyncGenerator<IncomingBatch, void, undefined> {
  const assembly = new Assembly()
  try {
    if (response.short) {
      yield* assembly.take(await response.bytes())
    } else {
      for await (const chunk of readAhead(response)) yield* assembly.take(chunk)
    }
    assembly.end()
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof StockdbError) throw classified(error)
    throw assembly.cutOff(`: ${rootMessage(error)}`, error)
  }
}

/**
 * The chunks of a body, each asked for while the one before it is worked on. Where the server breaks an answer off, its error
 * comes shortly before the connection is closed; a consumer that took long over a batch would find the connection
 * closed and the error gone with it.
 */
async function* readAhead(response: HttpResponse): AsyncGenerator<Uint8Array> {
  const chunks = response.chunks()[Symbol.asyncIterator]()
  let ended = false
  const ask = (): Promise<IteratorResult<Uint8Array>> => {
    const asked = chunks.next()
    // It is thrown when it is its turn.
    asked.catch(() => {})
    return asked
  }
  try {
    for (let asked = ask(); ; ) {
      const { done, value } = await asked
      ended = done === true
      if (done) return
      asked = ask()
      yield value
    }
  } finally {
    if (!ended) response.leave()
  }
}

/** All batches of an answer; throws as {@link readFrame} does. */
export async function collectFrame(response: HttpResponse, signal: AbortSignal): Promise<IncomingBatch[]> {
  const batches: IncomingBatch[] = []
  for await (const batch of readFrame(response, signal)) batches.push(batch)
  return batches
}

/** Puts chunks together to batches and keeps count, to know a whole answer from a cut one. */
class Assembly {
  readonly #splitter = new MessageSplitter()
  readonly #decoder = new ArrowFrameDecoder()
  #header: FrameHeader | undefined
  #trailer: FrameTrailer | undefined
  #rows = 0;

  *take(chunk: Uint8Array): Generator<IncomingBatch> {
    for (const message of this.#splitter.push(chunk)) {
      const incoming = this.#batchOf(message)
      if (incoming) yield incoming
    }
  }

  end(): void {
    if (!this.#splitter.ended || this.#trailer?.rows !== this.#rows) throw this.cutOff('', undefined)
  }

  cutOff(reason: string, cause: unknown): StockdbError {
    return errorOf('INCOMPLETE_ANSWER', `the answer was cut off after ${this.#rows} rows${reason}`, { cause })
  }

  #batchOf(message: Message): IncomingBatch | undefined {
    const decoded: Decoded = this.#decoder.decode(message)
    if (decoded.kind !== 'batch') return undefined
    const { batch, trailer } = decoded
    this.#header ??= decoded.header
    if (!this.#header) throw errorOf('INCOMPLETE_ANSWER', 'malformed response: missing header')
    this.#rows += batch.numRows
    this.#trailer = trailer
    return trailer ? { header: this.#header, batch, trailer } : { header: this.#header, batch }
  }
}
