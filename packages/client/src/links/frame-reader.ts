import type { Batch, Decoded, FrameHead, FrameTail, Message } from '@stockdb/contract/wire'
import { ArrowFrameDecoder, MessageSplitter, StockdbError } from '@stockdb/contract/wire'
import { classified, errorOf } from '../errors.ts'
import type { HttpResponse } from './http.ts'
import { rootMessage } from './transport.ts'

/** A part of a frame as it comes in. */
export interface IncomingBatch {
  readonly head: FrameHead
  readonly batch: Batch
  /** Comes with the last batch. */
  readonly tail?: FrameTail
}

/**
 * The batches of an answer. They end after the one with the tail, and only then: an answer that does not reach its end
 * marker, or has not as many rows as its tail says, ends in `INCOMPLETE_ANSWER`, or in the error that the server put at
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
      for await (const chunk of response.chunks()) yield* assembly.take(chunk)
    }
    assembly.end()
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof StockdbError) throw classified(error)
    throw assembly.cutOff(`: ${rootMessage(error)}`, error)
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
  #head: FrameHead | undefined
  #tail: FrameTail | undefined
  #rows = 0;

  *take(chunk: Uint8Array): Generator<IncomingBatch> {
    for (const message of this.#splitter.push(chunk)) {
      const incoming = this.#batchOf(message)
      if (incoming) yield incoming
    }
  }

  end(): void {
    if (!this.#splitter.ended || this.#tail?.rows !== this.#rows) throw this.cutOff('', undefined)
  }

  cutOff(reason: string, cause: unknown): StockdbError {
    return errorOf('INCOMPLETE_ANSWER', `the answer was cut off after ${this.#rows} rows${reason}`, { cause })
  }

  #batchOf(message: Message): IncomingBatch | undefined {
    const decoded: Decoded = this.#decoder.decode(message)
    if (decoded.kind !== 'batch') return undefined
    const { batch, tail } = decoded
    this.#head ??= decoded.head
    if (!this.#head) throw errorOf('INCOMPLETE_ANSWER', 'the answer has no head')
    this.#rows += batch.numRows
    this.#tail = tail
    return tail ? { head: this.#head, batch, tail } : { head: this.#head, batch }
  }
}
