import type { Batch, FrameHead, FrameTail } from '@stockdb/contract'
import { ArrowFrameDecoder, MessageSplitter, StockdbError } from '@stockdb/contract'
import { classified, errorOf } from '../errors.ts'
import { requestArrow, rootMessage, type Transport } from './transport.ts'

/** A frame as it comes in: batches, the last of which has the tail. */
export interface FrameStream {
  readonly head: FrameHead
  /** Ends after the batch with the tail, and only then; leaving it early drops the connection. */
  readonly batches: AsyncGenerator<{ readonly batch: Batch; readonly tail?: FrameTail }>
}

/**
 * Asks for a frame and resolves when its head has come. An answer that does not reach its end marker, or has fewer rows
 * than its tail says, ends in an `INCOMPLETE_ANSWER`, or in the error that the server put at its end.
 */
export async function openFrameStream(transport: Transport, path: string, input: unknown, signal: AbortSignal): Promise<FrameStream> {
  const response = await requestArrow(transport, path, input, signal)
  const events = decode(response, signal)
  const first = await events.next()
  if (first.done || first.value.kind !== 'head') throw errorOf('INCOMPLETE_ANSWER', 'the answer has no head')
  return { head: first.value.head, batches: onlyBatches(events) }
}

type Event =
  | { readonly kind: 'head'; readonly head: FrameHead }
  | { readonly kind: 'batch'; readonly batch: Batch; readonly tail?: FrameTail }

async function* onlyBatches(events: AsyncGenerator<Event>): FrameStream['batches'] {
  for await (const event of events) if (event.kind === 'batch') yield event
}

async function* decode(response: Response, signal: AbortSignal): AsyncGenerator<Event> {
  const splitter = new MessageSplitter()
  const decoder = new ArrowFrameDecoder()
  let rows = 0
  let tail: FrameTail | undefined
  try {
    for await (const chunk of chunksOf(response)) {
      for (const message of splitter.push(chunk)) {
        const decoded = decoder.decode(message)
        if (decoded.kind === 'dictionary') continue
        if (decoded.kind === 'batch') {
          rows += decoded.batch.numRows
          tail = decoded.tail
        }
        yield decoded
      }
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof StockdbError) throw classified(error)
    throw errorOf('INCOMPLETE_ANSWER', `the answer was cut off after ${rows} rows: ${rootMessage(error)}`, { cause: error })
  }
  if (signal.aborted) throw signal.reason
  if (!splitter.ended || tail === undefined || tail.rows !== rows) {
    throw errorOf('INCOMPLETE_ANSWER', `the answer was cut off after ${rows} rows`)
  }
}

/** The chunks of a body. A body of known length is short and taken at once, which is much cheaper than a stream. */
async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  if (response.headers.has('content-length')) {
    yield new Uint8Array(await response.arrayBuffer())
    return
  }
  const reader = response.body?.getReader()
  if (!reader) return
  let ended = false
  try {
    while (true) {
      const { done, value } = await reader.read()
      ended = done
      if (done) return
      yield value
    }
  } finally {
    // Left early: cancelling closes the connection, by which the server learns that nobody reads on.
    if (!ended) await reader.cancel().catch(() => {})
  }
}
