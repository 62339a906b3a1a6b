import { createHash } from 'node:crypto'
import type { Dataset } from '@stockdb/contract'
import type { Decoded, Message } from '@stockdb/contract/wire'
import { ArrowFrameDecoder, MessageSplitter, plainValues, StockdbError } from '@stockdb/contract/wire'
import { PlainArrowReader } from './plain-arrow.ts'
import type { RowBatch, RowSource } from './row-source.ts'

export interface ArrowBounds {
  /** The longest body, and the longest body of one message in it. */
  readonly maxBytes: number
  readonly maxMessageBytes: number
}

/** The result of one message. */
interface Part {
  readonly fields?: readonly string[]
  readonly batch?: RowBatch
}

/** Rows out of an Arrow IPC stream, which is read as it comes: from a stockdb client with its checksums, or from any other writer. */
export class ArrowSource implements RowSource {
  adjust: string | undefined
  readonly #parts: AsyncGenerator<Part, void>
  readonly #hash = createHash('sha256')
  #fields: readonly string[] | undefined
  #digest: string | undefined

  constructor(dataset: Dataset, body: AsyncIterable<Uint8Array>, bounds: ArrowBounds) {
    this.#parts = this.#read(dataset, body, bounds)
  }

  async fields(): Promise<readonly string[]> {
    while (!this.#fields) {
      const { done, value } = await this.#parts.next()
      if (done) throw invalid('it has no schema')
      this.#fields = value.fields
    }
    return this.#fields
  }

  async *batches(): AsyncGenerator<RowBatch> {
    await this.fields()
    for await (const { batch } of this.#parts) if (batch) yield batch
  }

  digest(): string {
    this.#digest ??= this.#hash.digest('hex')
    return this.#digest
  }

  async *#read(dataset: Dataset, body: AsyncIterable<Uint8Array>, bounds: ArrowBounds): AsyncGenerator<Part, void> {
    const splitter = new MessageSplitter(bounds.maxMessageBytes)
    let decode: ((message: Message) => Part) | undefined
    let bytes = 0
    for await (const chunk of body) {
      bytes += chunk.length
      if (bytes > bounds.maxBytes)
        throw new StockdbError('BODY_TOO_LARGE', `the body is larger than ${bounds.maxBytes} bytes; split the write`)
      this.#hash.update(chunk)
      for (const message of messagesIn(splitter, chunk, bounds)) {
        decode ??= PlainArrowReader.isOfStockdb(message) ? this.#ownDecoder() : plainDecoder(dataset)
        yield decode(message)
      }
    }
    if (!splitter.ended) throw invalid('it ends before its end-of-stream marker')
  }

  /** Reads the stream of a stockdb client, or of an answer that is sent back. */
  #ownDecoder(): (message: Message) => Part {
    const decoder = new ArrowFrameDecoder()
    let fields: readonly string[] = []
    let json: readonly number[] = []
    return (message) => {
      const decoded = asInput(() => decoder.decode(message))
      if (decoded.kind === 'schema') {
        fields = decoded.fields.map(({ name }) => name)
        return { fields }
      }
      if (decoded.kind !== 'batch') return {}
      if (decoded.header) {
        const { meta } = decoded.header
        this.adjust = meta.adjust
        const { json: names = [] } = meta.arguments as { readonly json?: readonly string[] }
        json = names.map((name) => fields.indexOf(name))
      }
      return { batch: rowsOf(decoded, json) }
    }
  }
}

/** A message is bounded before there is memory for it. */
function* messagesIn(splitter: MessageSplitter, chunk: Uint8Array, bounds: ArrowBounds): Generator<Message> {
  const messages = splitter.push(chunk)
  while (true) {
    const { done, value } = asInput(() => messages.next())
    if (done) return
    if (value.body.length > bounds.maxMessageBytes)
      throw invalid(`a batch has more than ${bounds.maxMessageBytes} bytes`)
    yield value
  }
}

function rowsOf({ batch }: Extract<Decoded, { kind: 'batch' }>, json: readonly number[]): RowBatch {
  const columns = batch.vectors.map((vector, at) => {
    const values = plainValues(vector)
    return json.includes(at) ? Array.from(values, (text) => (text === null ? null : parsed(String(text)))) : values
  })
  return { numRows: batch.numRows, columns }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function plainDecoder(dataset: Dataset): (message: Message) => Part {
  const reader = new PlainArrowReader(dataset)
  return (message) => {
    const batch = asInput(() => reader.take(message))
    return { ...(batch ? { batch } : {}), fields: reader.fields }
  }
}

/** What is wrong with a body is the caller's fault, and not that of an answer. */
function asInput<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (error instanceof StockdbError && error.code === 'INVALID_INPUT') throw error
    throw invalid(error instanceof Error ? error.message : String(error), error)
  }
}

function invalid(reason: string, cause?: unknown): StockdbError {
  return new StockdbError('INVALID_INPUT', `body: expected an Arrow IPC stream; ${reason}`, { cause })
}
