import { ByteBuffer } from 'flatbuffers'
import type { ErrorBody } from '../../errors.ts'
import { isErrorCode, StockdbError } from '../../errors.ts'
import type { FieldTypeName } from '../../fields.ts'
import { fieldTypes } from '../../fields.ts'
import { WIRE_VERSION, WIRE_VERSION_KEY } from '../../wire.ts'
import type { Batch, FrameField, FrameHead, FrameTail, HeadMeta, Vector } from '../batch.ts'
import * as format from './format.ts'
import type { Message } from './messages.ts'

const { slots, MessageHeader, metadataKeys } = format
/** Keeps a byte order mark that a text begins with: it is part of the value. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** What a message of a frame's stream turned out to be. */
export type Decoded =
  | { readonly kind: 'schema' }
  | { readonly kind: 'dictionary' }
  | {
      readonly kind: 'batch'
      readonly batch: Batch
      /** Comes with the first batch. */
      readonly head?: FrameHead
      /** Comes with the last batch. */
      readonly tail?: FrameTail
    }

/**
 * Decodes the messages of one frame in their order. Column data is viewed where it lies in the message, not copied.
 *
 * Throws the `StockdbError` that a broken answer carries, `WIRE_MISMATCH` for a stream of another wire version, and
 * `INCOMPLETE_ANSWER` for anything that is not a frame's stream.
 */
export class ArrowFrameDecoder {
  #fields: readonly FrameField[] | undefined
  readonly #dictionaries = new Map<number, readonly string[]>()

  decode(message: Message): Decoded {
    try {
      return this.#decode(message)
    } catch (error) {
      if (error instanceof StockdbError) throw error
      // Places and lengths out of nowhere, text that is not JSON: whatever reading garbage leads to.
      throw malformed('a message can not be read', error)
    }
  }

  #decode(message: Message): Decoded {
    const root = rootOf(message.metadata)
    const header = root.table(slots.message.header)
    const kind = root.int8(slots.message.headerType)
    if (!header) throw malformed('a message has no header')
    if (kind === MessageHeader.Schema) {
      this.#fields = knownFields(message.metadata) ?? rememberFields(message.metadata, readFields(header))
      return { kind: 'schema' }
    }
    if (kind === MessageHeader.DictionaryBatch) {
      const data = header.table(slots.dictionaryBatch.data)
      if (!data) throw malformed('a dictionary has no data')
      const [values] = new BodyReader(data, message.body).texts()
      this.#dictionaries.set(header.int64(slots.dictionaryBatch.id), values as string[])
      return { kind: 'dictionary' }
    }
    if (kind !== MessageHeader.RecordBatch) throw malformed(`a message is of the unknown kind ${kind}`)
    const metadata = root.metadata(slots.message.metadata)
    const error = metadata.get(metadataKeys.error)
    if (error !== undefined) throw errorOf(error)
    const fields = this.#fields
    if (!fields) throw malformed('a batch came before the schema')
    const batch = this.#batch(fields, header, message.body)
    const [head, tail] = [metadata.get(metadataKeys.head), metadata.get(metadataKeys.tail)]
    return {
      kind: 'batch',
      batch,
      ...(head === undefined ? {} : { head: { fields, meta: JSON.parse(head) as HeadMeta } }),
      ...(tail === undefined ? {} : { tail: JSON.parse(tail) as FrameTail }),
    }
  }

  #batch(fields: readonly FrameField[], header: Table, body: Uint8Array): Batch {
    const reader = new BodyReader(header, body)
    const vectors = fields.map((field, id) => reader.vector(field.type, this.#dictionaries.get(id)))
    const numRows = header.int64(slots.recordBatch.length)
    if (vectors.some(({ values }) => values.length !== numRows)) throw malformed('a column is not as long as its batch')
    return { numRows, vectors }
  }
}

/** Schemas read so far, by their bytes: answers of one shape have the same, and reading it takes longer than a short answer. */
const schemas = new Map<string, readonly FrameField[]>()
const SCHEMAS = 256
const latin1 = new TextDecoder('latin1')

function knownFields(metadata: Uint8Array): readonly FrameField[] | undefined {
  return schemas.get(latin1.decode(metadata))
}

function rememberFields(metadata: Uint8Array, fields: readonly FrameField[]): readonly FrameField[] {
  if (schemas.size >= SCHEMAS) schemas.clear()
  schemas.set(latin1.decode(metadata), fields)
  return fields
}

function readFields(schema: Table): readonly FrameField[] {
  const metadata = schema.metadata(slots.schema.metadata)
  const version = metadata.get(WIRE_VERSION_KEY)
  if (version !== String(WIRE_VERSION)) {
    throw new StockdbError(
      'WIRE_MISMATCH',
      `the answer is of wire version ${version ?? 'unknown'}, this client reads ${WIRE_VERSION}; use the same version of client and server`,
    )
  }
  const fields = schema.tables(slots.schema.fields).map((field): FrameField => {
    const own = field.metadata(slots.field.metadata)
    const type = own.get(metadataKeys.fieldType) ?? ''
    if (!Object.hasOwn(fieldTypes, type)) throw malformed(`a field has the unknown type ${type}`)
    const unit = own.get(metadataKeys.unit)
    return {
      name: field.string(slots.field.name),
      type: type as FieldTypeName,
      nullable: field.int8(slots.field.nullable) === 1,
      ...(unit === undefined ? {} : { unit }),
    }
  })
  return fields
}

/** Reads the columns of one record batch in turn. */
class BodyReader {
  readonly #batch: Table
  readonly #body: Uint8Array
  #node = 0
  #buffer = 0

  constructor(batch: Table, body: Uint8Array) {
    this.#batch = batch
    this.#body = body
  }

  vector(type: FieldTypeName, dictionary: readonly string[] | undefined): Vector {
    if (type === 'text') {
      const [values, nulls] = this.texts()
      return { type, values, ...nulls }
    }
    const { length, ...nulls } = this.#nulls()
    const bytes = this.#bytes()
    const { buffer, byteOffset } = bytes
    const need = (width: number): void => {
      if (bytes.length < length * width) throw malformed('a column is shorter than its batch')
    }
    switch (type) {
      case 'float64':
        need(8)
        return { type, values: new Float64Array(buffer, byteOffset, length), ...nulls }
      case 'int64':
      case 'datetime':
        need(8)
        return { type, values: new BigInt64Array(buffer, byteOffset, length), ...nulls }
      case 'int32':
      case 'date':
        need(4)
        return { type, values: new Int32Array(buffer, byteOffset, length), ...nulls }
      case 'symbol':
        need(4)
        if (!dictionary) throw malformed('a column came before its dictionary')
        return { type, values: new Int32Array(buffer, byteOffset, length), dictionary, ...nulls }
      case 'bool':
        need(1 / 8)
        return {
          type,
          values: Uint8Array.from({ length }, (_, row) => ((bytes[row >> 3] ?? 0) >> (row & 7)) & 1),
          ...nulls,
        }
    }
  }

  texts(): [(string | null)[], { validity: Uint8Array | undefined; nullCount: number }] {
    const { length, ...nulls } = this.#nulls()
    const offsetBytes = this.#bytes()
    const data = this.#bytes()
    if (length === 0) return [[], nulls]
    if (offsetBytes.length < (length + 1) * 4) throw malformed('a column is shorter than its batch')
    const offsets = new Int32Array(offsetBytes.buffer, offsetBytes.byteOffset, length + 1)
    const all = utf8.decode(data)
    // One decode for the whole column; where it is all ASCII, places in the bytes are places in the text.
    const ascii = all.length === data.length
    const values = Array.from({ length }, (_, row) => {
      if (nulls.validity && (((nulls.validity[row >> 3] ?? 0) >> (row & 7)) & 1) === 0) return null
      const [start, end] = [offsets[row] as number, offsets[row + 1] as number]
      return ascii ? all.slice(start, end) : utf8.decode(data.subarray(start, end))
    })
    return [values, nulls]
  }

  #nulls(): { length: number; validity: Uint8Array | undefined; nullCount: number } {
    const [length, nullCount] = this.#batch.pair(slots.recordBatch.nodes, this.#node++)
    const validity = this.#bytes()
    return { length, nullCount, validity: nullCount > 0 ? validity : undefined }
  }

  #bytes(): Uint8Array {
    const [offset, length] = this.#batch.pair(slots.recordBatch.buffers, this.#buffer++)
    if (offset < 0 || length < 0 || offset + length > this.#body.length)
      throw malformed('a buffer reaches beyond its message')
    return this.#body.subarray(offset, offset + length)
  }
}

/** A FlatBuffers table, read by slot. */
class Table {
  readonly #bytes: ByteBuffer
  readonly #position: number

  constructor(bytes: ByteBuffer, position: number) {
    this.#bytes = bytes
    this.#position = position
  }

  int8(slot: number): number {
    const offset = this.#offset(slot)
    return offset ? this.#bytes.readInt8(this.#position + offset) : 0
  }

  int64(slot: number): number {
    const offset = this.#offset(slot)
    return offset ? Number(this.#bytes.readInt64(this.#position + offset)) : 0
  }

  string(slot: number): string {
    const offset = this.#offset(slot)
    return offset ? String(this.#bytes.__string(this.#position + offset)) : ''
  }

  table(slot: number): Table | undefined {
    const offset = this.#offset(slot)
    return offset ? new Table(this.#bytes, this.#bytes.__indirect(this.#position + offset)) : undefined
  }

  tables(slot: number): Table[] {
    const offset = this.#offset(slot)
    if (!offset) return []
    const start = this.#bytes.__vector(this.#position + offset)
    const length = this.#bytes.__vector_len(this.#position + offset)
    // Checked before anything of that length is made: garbage would have it take all memory.
    if (length < 0 || start + length * 4 > this.#bytes.capacity()) throw malformed('a list reaches beyond its message')
    return Array.from({ length }, (_, index) => new Table(this.#bytes, this.#bytes.__indirect(start + index * 4)))
  }

  /** The two numbers of a struct of two 64-bit integers in a vector. */
  pair(slot: number, index: number): [number, number] {
    const offset = this.#offset(slot)
    if (!offset || index >= this.#bytes.__vector_len(this.#position + offset)) throw malformed('a batch lacks a column')
    const start = this.#bytes.__vector(this.#position + offset) + index * 16
    return [Number(this.#bytes.readInt64(start)), Number(this.#bytes.readInt64(start + 8))]
  }

  metadata(slot: number): Map<string, string> {
    return new Map(
      this.tables(slot).map((pair) => [pair.string(slots.keyValue.key), pair.string(slots.keyValue.value)]),
    )
  }

  #offset(slot: number): number {
    return this.#bytes.__offset(this.#position, 4 + 2 * slot)
  }
}

function rootOf(metadata: Uint8Array): Table {
  const bytes = new ByteBuffer(metadata)
  return new Table(bytes, bytes.readInt32(bytes.position()) + bytes.position())
}

function errorOf(json: string): StockdbError {
  const body = JSON.parse(json) as Partial<ErrorBody>
  const code = isErrorCode(body.code) ? body.code : 'INTERNAL'
  return new StockdbError(code, body.message ?? 'the server broke the answer off', { requestId: body.requestId })
}

function malformed(reason: string, cause?: unknown): StockdbError {
  return new StockdbError('INCOMPLETE_ANSWER', `the answer is not a frame: ${reason}`, { cause })
}
