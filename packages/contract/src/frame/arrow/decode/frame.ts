import type { ErrorBody } from '../../../errors.ts'
import { isErrorCode, StockdbError } from '../../../errors.ts'
import type { Batch, FrameField, FrameHeader, FrameTrailer, HeaderMeta } from '../../batch.ts'
import { Checksum, NO_CHECKSUM } from '../checksum.ts'
import { MessageHeader, metadataKeys, slots } from '../format.ts'
import { type Message, malformed } from './message.ts'
import { BodyReader } from './record-batch.ts'
import { fieldsOf } from './schema.ts'
import { rootOf, type Table } from './table.ts'

const utf8 = new TextEncoder()
const utf8Text = new TextDecoder()
/** What stands for the digits of a checksum while it is computed. */
const ZERO = NO_CHECKSUM.charCodeAt(0)

/** The keys of a batch's metadata, as bytes. */
const keys = {
  header: utf8.encode(metadataKeys.header),
  trailer: utf8.encode(metadataKeys.trailer),
  error: utf8.encode(metadataKeys.error),
  checksum: utf8.encode(metadataKeys.checksum),
} as const

/** The content of a decoded message. */
export type Decoded =
  | { readonly kind: 'schema'; readonly fields: readonly FrameField[] }
  | { readonly kind: 'dictionary' }
  | {
      readonly kind: 'batch'
      readonly batch: Batch
      /** Present in the first batch. */
      readonly header?: FrameHeader
      /** Present in the last batch. */
      readonly trailer?: FrameTrailer
    }

/**
 * Decodes the messages of one frame in order. Columns are views into the messages, not copies.
 *
 * Throws the `StockdbError` of an aborted answer, `WIRE_MISMATCH` for a stream of another wire version, and
 * `INCOMPLETE_ANSWER` for anything that is not a frame's stream or was corrupted.
 */
export class ArrowFrameDecoder {
  #fields: readonly FrameField[] | undefined
  readonly #dictionaries = new Map<number, readonly string[]>()
  readonly #checksum = new Checksum()

  /** Decodes the next message; throws if it is malformed, or not what must come next. */
  decode(message: Message): Decoded {
    try {
      return this.#decode(message)
    } catch (error) {
      if (error instanceof StockdbError) throw error
      // Invalid offsets and lengths, text that is not JSON: anything that reading garbage can cause.
      throw malformed('cannot read a message', error)
    }
  }

  #decode(message: Message): Decoded {
    const root = rootOf(message.metadata)
    const content = root.table(slots.message.header)
    const kind = root.int8(slots.message.headerType)
    if (!content) throw malformed('a message has no header')
    if (kind !== MessageHeader.RecordBatch) this.#addMessage(message)
    if (kind === MessageHeader.Schema) {
      this.#fields = fieldsOf(message.metadata, content)
      return { kind: 'schema', fields: this.#fields }
    }
    if (kind === MessageHeader.DictionaryBatch) {
      const data = content.table(slots.dictionaryBatch.data)
      if (!data) throw malformed('a dictionary has no data')
      const [values] = new BodyReader(data, message.body).texts()
      this.#dictionaries.set(content.int64(slots.dictionaryBatch.id), values as string[])
      return { kind: 'dictionary' }
    }
    if (kind !== MessageHeader.RecordBatch) throw malformed(`a message is of the unknown kind ${kind}`)
    const fields = this.#fields
    if (!fields) throw malformed('a batch precedes the schema')
    this.#check(message, root)
    const text = (key: Uint8Array): string | undefined => {
      const place = root.metadataValue(slots.message.metadata, key)
      return place && utf8Text.decode(message.metadata.subarray(place.start, place.start + place.length))
    }
    const error = text(keys.error)
    if (error !== undefined) throw errorOf(error)
    const batch = this.#batch(fields, content, message.body)
    const [header, trailer] = [text(keys.header), text(keys.trailer)]
    return {
      kind: 'batch',
      batch,
      ...(header === undefined ? {} : { header: { fields, meta: JSON.parse(header) as HeaderMeta } }),
      ...(trailer === undefined ? {} : { trailer: JSON.parse(trailer) as FrameTrailer }),
    }
  }

  /** Throws if the received bytes are not those that were sent. */
  #check(message: Message, root: Table): void {
    const place = root.metadataValue(slots.message.metadata, keys.checksum)
    if (place?.length !== NO_CHECKSUM.length) throw malformed('a batch has no checksum')
    const digits = message.metadata.subarray(place.start, place.start + place.length)
    const sent = String.fromCharCode(...digits)
    digits.fill(ZERO)
    this.#addMessage(message)
    // The caller owns the message.
    for (let at = 0; at < sent.length; at++) digits[at] = sent.charCodeAt(at)
    const found = this.#checksum.digits()
    if (found !== sent) throw malformed(`its bytes were corrupted (checksum ${found}; expected ${sent})`)
  }

  #addMessage({ metadata, body }: Message): void {
    this.#checksum.add(metadata)
    this.#checksum.add(body)
  }

  #batch(fields: readonly FrameField[], content: Table, body: Uint8Array): Batch {
    const reader = new BodyReader(content, body)
    const vectors = fields.map((field, id) => reader.vector(field.type, this.#dictionaries.get(id)))
    const numRows = content.int64(slots.recordBatch.length)
    if (vectors.some(({ values }) => values.length !== numRows)) throw malformed('a column is not as long as its batch')
    return { numRows, vectors }
  }
}

function errorOf(json: string): StockdbError {
  const body = JSON.parse(json) as Partial<ErrorBody>
  const code = isErrorCode(body.code) ? body.code : 'INTERNAL'
  return new StockdbError(code, body.message ?? 'the server aborted the answer', { requestId: body.requestId })
}
