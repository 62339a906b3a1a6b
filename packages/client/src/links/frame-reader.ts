import type { Batch, Decoded, FrameHeader, FrameTrailer, Message } from '@stockdb/contract/wire'
import { ArrowFrameDecoder, MessageSplitter, StockdbError } from '@stockdb/contract/wire'
import type { Progress } from '../call/progress.ts'
import { classified, errorOf } from '../errors.ts'
import type { HttpResponse } from './http.ts'
import { rootMessage } from './unreachable.ts'

type Batches = AsyncGenerator<IncomingBatch, void, undefined>

/** A part of a frame as it arrives. */
export interface IncomingBatch {
  readonly header: FrameHeader
  readonly batch: Batch
  /** The bytes that came so far, of this batch and those before it. */
  readonly bytes: number
  /** Present in the last batch. */
  readonly trailer?: FrameTrailer
}

/**
 * The batches of an answer. They end only after the one with the trailer: an answer without its end marker, or with
 * another row count than its trailer says, throws `INCOMPLETE_ANSWER`, or the error at its end. A short answer is read
 * and decoded in one step, which is much cheaper than a stream.
 */
export async function* readFrame(
  response: HttpResponse,
  signal: AbortSignal,
): AsyncGenerator<IncomingBatch, void, undefined> {
  if (response.short) {
    yield* await readShort(response, signal)
    return
  }
  const assembly = new Assembly(response.cachedAsOf)
  try {
    for await (const chunk of readAhead(response)) yield* assembly.take(chunk)
    assembly.end()
  } catch (error) {
    throw failureOf(error, assembly, signal)
  }
}

async function readShort(response: HttpResponse, signal: AbortSignal): Promise<IncomingBatch[]> {
  const assembly = new Assembly(response.cachedAsOf)
  try {
    const batches = [...assembly.take(await response.bytes())]
    assembly.end()
    return batches
  } catch (error) {
    throw failureOf(error, assembly, signal)
  }
}

function failureOf(error: unknown, assembly: Assembly, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  if (error instanceof StockdbError) return classified(error)
  return assembly.cutOff(`: ${rootMessage(error)}`, error)
}

/**
 * The chunks of a body, each requested while the previous one is processed. If the server aborts an answer, its error
 * comes shortly before the connection closes; a slow consumer would find the connection closed and lose the error.
 */
async function* readAhead(response: HttpResponse): AsyncGenerator<Uint8Array> {
  const chunks = response.chunks()[Symbol.asyncIterator]()
  let ended = false
  const ask = (): Promise<IteratorResult<Uint8Array>> => {
    const asked = chunks.next()
    // Thrown when its turn comes.
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

/** All batches of an answer; throws like {@link readFrame}. `report` is called for each of them. */
export async function collectFrame(
  response: HttpResponse,
  signal: AbortSignal,
  report?: (progress: Progress) => void,
): Promise<IncomingBatch[]> {
  if (response.short && !report) return readShort(response, signal)
  const batches: IncomingBatch[] = []
  for await (const batch of withProgress(readFrame(response, signal), report)) batches.push(batch)
  return batches
}

/** Reports each batch before it is handed on; outside of `readFrame`, which takes every error for one of the answer. */
export function withProgress(batches: Batches, report: ((progress: Progress) => void) | undefined): Batches {
  // A generator more would cost small calls that nobody watches.
  return report ? reported(batches, report) : batches
}

async function* reported(batches: Batches, report: (progress: Progress) => void): Batches {
  let rows = 0
  for await (const incoming of batches) {
    rows += incoming.batch.numRows
    report({ rows, bytes: incoming.bytes, expectedRows: expectedRows(incoming) })
    yield incoming
  }
}

/** A panel has a row for each of its days and symbols. */
function expectedRows({ header: { meta } }: IncomingBatch): number | undefined {
  const { symbols, unknownSymbols } = meta.arguments
  return meta.sessions && Array.isArray(symbols) && unknownSymbols !== 'ignore'
    ? meta.sessions.length * new Set(symbols).size
    : undefined
}

/** Assembles chunks into batches and counts rows, to detect truncated answers. */
class Assembly {
  readonly #splitter = new MessageSplitter()
  readonly #decoder = new ArrowFrameDecoder()
  #header: FrameHeader | undefined
  #trailer: FrameTrailer | undefined
  #rows = 0
  #bytes = 0
  readonly #cachedAsOf: string | undefined

  constructor(cachedAsOf: string | undefined) {
    this.#cachedAsOf = cachedAsOf
  }

  *take(chunk: Uint8Array): Generator<IncomingBatch> {
    this.#bytes += chunk.length
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

  /** The bytes of an answer are the same whenever it is given, so that they cannot say as of when it is. */
  #dated(header: FrameHeader | undefined): FrameHeader | undefined {
    const asOf = this.#cachedAsOf
    return header && asOf !== undefined
      ? { ...header, meta: { ...header.meta, cache: { from: 'server', asOf } } }
      : header
  }

  #batchOf(message: Message): IncomingBatch | undefined {
    const decoded: Decoded = this.#decoder.decode(message)
    if (decoded.kind !== 'batch') return undefined
    const { batch, trailer } = decoded
    this.#header ??= this.#dated(decoded.header)
    if (!this.#header) throw errorOf('INCOMPLETE_ANSWER', 'malformed response: missing header')
    this.#rows += batch.numRows
    this.#trailer = trailer
    const incoming = { header: this.#header, batch, bytes: this.#bytes }
    return trailer ? { ...incoming, trailer } : incoming
  }
}
