import { Builder } from 'flatbuffers'
import type { ErrorBody } from '../../errors.ts'
import type { FieldTypeName } from '../../fields.ts'
import { WIRE_VERSION, WIRE_VERSION_KEY } from '../../wire.ts'
import type { Batch, FrameField, FrameHead, FramePiece, Vector } from '../batch.ts'
import * as format from './format.ts'

const { slots, MessageHeader, TypeId, metadataKeys } = format
const utf8 = new TextEncoder()

/** Marks a whole answer: continuation and a length of zero. */
const END_OF_STREAM: Uint8Array = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])

type Metadata = Readonly<Record<string, string>>

/**
 * Writes one frame as an Arrow IPC stream, message by message. Every method returns byte arrays to be sent in turn;
 * column data stands among them uncopied, so a batch must not be changed until it has been sent.
 *
 * A dictionary that grew is sent again whole before the batch that needs it. As it only grows at its end, readers that
 * replace dictionaries and readers that keep just the last one both decode every batch rightly.
 */
export class ArrowFrameEncoder {
  readonly #head: FrameHead
  readonly #sentDictionary: number[]
  #started = false

  constructor(head: FrameHead) {
    this.#head = head
    this.#sentDictionary = head.fields.map(() => -1)
  }

  /** The messages of one batch, the schema before the first; with the tail the end-of-stream marker follows. */
  piece({ batch, tail }: FramePiece): Uint8Array[] {
    const first = !this.#started
    const out = [...this.#start(), ...this.#dictionaries(batch)]
    const parts = new BodyParts()
    for (const vector of batch.vectors) parts.addVector(vector)
    pushRecordBatch(out, batch.numRows, parts, {
      ...(first ? { [metadataKeys.head]: JSON.stringify(this.#head.meta) } : {}),
      ...(tail ? { [metadataKeys.tail]: JSON.stringify(tail) } : {}),
    })
    if (tail) out.push(END_OF_STREAM)
    return out
  }

  /** The last message of an answer that can not be completed: an empty batch that carries the error; no marker follows. */
  error(error: ErrorBody): Uint8Array[] {
    const out = this.#start()
    // A reader may insist on every dictionary before the first batch, empty or not.
    this.#head.fields.forEach((field, id) => {
      if (field.type === 'symbol' && (this.#sentDictionary[id] ?? -1) < 0) pushDictionary(out, id, [])
    })
    const parts = new BodyParts()
    for (const field of this.#head.fields) parts.addVector(emptyVector(field.type))
    pushRecordBatch(out, 0, parts, { [metadataKeys.error]: JSON.stringify(error) })
    return out
  }

  #start(): Uint8Array[] {
    if (this.#started) return []
    this.#started = true
    return [schemaOf(this.#head.fields)]
  }

  #dictionaries(batch: Batch): Uint8Array[] {
    const out: Uint8Array[] = []
    batch.vectors.forEach((vector, id) => {
      if (vector.type !== 'symbol' || this.#sentDictionary[id] === vector.dictionary.length) return
      pushDictionary(out, id, vector.dictionary)
      this.#sentDictionary[id] = vector.dictionary.length
    })
    return out
  }
}

/** Schemas written so far, by the fields that they describe: whoever answers often hands over the same array of them. */
const schemas = new WeakMap<readonly FrameField[], Uint8Array>()

function schemaOf(fields: readonly FrameField[]): Uint8Array {
  let schema = schemas.get(fields)
  if (!schema) {
    schema = writeSchema(fields)
    schemas.set(fields, schema)
  }
  return schema
}

function writeSchema(fields: readonly FrameField[]): Uint8Array {
  const builder = new Builder(1024)
  const offsets = fields.map((field, index) => writeField(builder, field, index))
  const fieldVector = offsetVector(builder, offsets)
  const metadata = writeMetadata(builder, { [WIRE_VERSION_KEY]: String(WIRE_VERSION) })
  builder.startObject(slots.schema.count)
  builder.addFieldOffset(slots.schema.fields, fieldVector, 0)
  builder.addFieldOffset(slots.schema.metadata, metadata, 0)
  return finish(builder, MessageHeader.Schema, builder.endObject(), 0)
}

/** The buffers of one record batch, with their places in its body. */
class BodyParts {
  readonly nodes: { length: number; nullCount: number }[] = []
  readonly buffers: { offset: number; length: number }[] = []
  readonly chunks: Uint8Array[] = []
  length = 0

  addVector(vector: Vector): void {
    this.nodes.push({ length: vector.values.length, nullCount: vector.nullCount })
    this.#add(vector.nullCount > 0 ? vector.validity : undefined)
    if (vector.type === 'text') this.#addText(vector.values)
    else if (vector.type === 'bool') this.#add(bitmapOf(vector.values))
    else this.#add(bytesOf(vector.values))
  }

  #addText(values: readonly (string | null)[]): void {
    const offsets = new Int32Array(values.length + 1)
    const encoded = utf8.encode(values.map((value) => value ?? '').join(''))
    // Lengths in UTF-8 are those of UTF-16 when every character is ASCII, which is the usual case.
    const plain = encoded.length === values.reduce((sum, value) => sum + (value?.length ?? 0), 0)
    let end = 0
    values.forEach((value, row) => {
      end += value === null ? 0 : plain ? value.length : utf8.encode(value).length
      offsets[row + 1] = end
    })
    this.#add(bytesOf(offsets))
    this.#add(encoded)
  }

  #add(bytes: Uint8Array | undefined): void {
    const length = bytes?.length ?? 0
    this.buffers.push({ offset: this.length, length })
    if (!bytes || length === 0) return
    this.chunks.push(bytes)
    const padding = format.padded(length) - length
    if (padding > 0) this.chunks.push(new Uint8Array(padding))
    this.length += length + padding
  }
}

function bytesOf(values: Float64Array | Int32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

function bitmapOf(values: Uint8Array): Uint8Array {
  const bits = new Uint8Array((values.length + 7) >> 3)
  values.forEach((value, row) => {
    if (value) bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7))
  })
  return bits
}

function emptyVector(type: FieldTypeName): Vector {
  const none = { validity: undefined, nullCount: 0 }
  switch (type) {
    case 'float64':
      return { type, values: new Float64Array(), ...none }
    case 'int32':
    case 'date':
      return { type, values: new Int32Array(), ...none }
    case 'int64':
    case 'datetime':
      return { type, values: new BigInt64Array(), ...none }
    case 'bool':
      return { type, values: new Uint8Array(), ...none }
    case 'symbol':
      return { type, values: new Int32Array(), dictionary: [], ...none }
    case 'text':
      return { type, values: [], ...none }
  }
}

function pushDictionary(out: Uint8Array[], id: number, dictionary: readonly string[]): void {
  const parts = new BodyParts()
  parts.addVector({ type: 'text', values: dictionary, validity: undefined, nullCount: 0 })
  const builder = new Builder(256)
  const data = writeRecordBatch(builder, dictionary.length, parts)
  builder.startObject(slots.dictionaryBatch.count)
  builder.addFieldInt64(slots.dictionaryBatch.id, BigInt(id), -1n)
  builder.addFieldOffset(slots.dictionaryBatch.data, data, 0)
  out.push(finish(builder, MessageHeader.DictionaryBatch, builder.endObject(), parts.length), ...parts.chunks)
}

function pushRecordBatch(out: Uint8Array[], numRows: number, parts: BodyParts, metadata: Metadata): void {
  const builder = new Builder(1024)
  const pairs = writeMetadata(builder, metadata)
  const data = writeRecordBatch(builder, numRows, parts)
  out.push(finish(builder, MessageHeader.RecordBatch, data, parts.length, pairs), ...parts.chunks)
}

function writeRecordBatch(builder: Builder, numRows: number, parts: BodyParts): number {
  const structs = (pairs: readonly (readonly [number, number])[]): number => {
    builder.startVector(16, pairs.length, 8)
    for (let index = pairs.length - 1; index >= 0; index--) {
      const [first, second] = pairs[index] as readonly [number, number]
      builder.prep(8, 16)
      builder.writeInt64(BigInt(second))
      builder.writeInt64(BigInt(first))
    }
    return builder.endVector()
  }
  const buffers = structs(parts.buffers.map(({ offset, length }) => [offset, length]))
  const nodes = structs(parts.nodes.map(({ length, nullCount }) => [length, nullCount]))
  builder.startObject(slots.recordBatch.count)
  builder.addFieldInt64(slots.recordBatch.length, BigInt(numRows), 0n)
  builder.addFieldOffset(slots.recordBatch.nodes, nodes, 0)
  builder.addFieldOffset(slots.recordBatch.buffers, buffers, 0)
  return builder.endObject()
}

function writeField(builder: Builder, field: FrameField, id: number): number {
  const name = builder.createString(field.name)
  const metadata = writeMetadata(builder, {
    [metadataKeys.fieldType]: field.type,
    ...(field.unit === undefined ? {} : { [metadataKeys.unit]: field.unit }),
  })
  const children = offsetVector(builder, [])
  const dictionary = field.type === 'symbol' ? writeDictionaryEncoding(builder, id) : 0
  const [typeId, type] = writeType(builder, field.type)
  builder.startObject(slots.field.count)
  builder.addFieldOffset(slots.field.name, name, 0)
  builder.addFieldInt8(slots.field.nullable, field.nullable ? 1 : 0, 0)
  builder.addFieldInt8(slots.field.typeType, typeId, 0)
  builder.addFieldOffset(slots.field.type, type, 0)
  builder.addFieldOffset(slots.field.dictionary, dictionary, 0)
  builder.addFieldOffset(slots.field.children, children, 0)
  builder.addFieldOffset(slots.field.metadata, metadata, 0)
  return builder.endObject()
}

function writeDictionaryEncoding(builder: Builder, id: number): number {
  const indexType = writeInt(builder, 32)
  builder.startObject(slots.dictionaryEncoding.count)
  // Written even when it is zero, the default: some readers take its absence for "no dictionary".
  builder.addFieldInt64(slots.dictionaryEncoding.id, BigInt(id), -1n)
  builder.addFieldOffset(slots.dictionaryEncoding.indexType, indexType, 0)
  return builder.endObject()
}

function writeInt(builder: Builder, bitWidth: number): number {
  builder.startObject(slots.int.count)
  builder.addFieldInt32(slots.int.bitWidth, bitWidth, 0)
  builder.addFieldInt8(slots.int.signed, 1, 0)
  return builder.endObject()
}

/** An Arrow type: its number in the union, and its table. */
function writeType(builder: Builder, type: FieldTypeName): readonly [number, number] {
  const table = (count: number, write?: () => void): number => {
    builder.startObject(count)
    write?.()
    return builder.endObject()
  }
  switch (type) {
    case 'float64':
      return [
        TypeId.FloatingPoint,
        table(slots.floatingPoint.count, () =>
          builder.addFieldInt16(slots.floatingPoint.precision, format.PRECISION_DOUBLE, 0),
        ),
      ]
    case 'int32':
      return [TypeId.Int, writeInt(builder, 32)]
    case 'int64':
      return [TypeId.Int, writeInt(builder, 64)]
    case 'bool':
      return [TypeId.Bool, table(0)]
    case 'date':
      // MILLISECOND, 1, is the default that a missing value would stand for.
      return [
        TypeId.Date,
        table(slots.date.count, () => builder.addFieldInt16(slots.date.unit, format.DATE_UNIT_DAY, 1)),
      ]
    case 'datetime':
      return [
        TypeId.Timestamp,
        table(slots.timestamp.count, () =>
          builder.addFieldInt16(slots.timestamp.unit, format.TIME_UNIT_MILLISECOND, 0),
        ),
      ]
    case 'text':
    case 'symbol':
      return [TypeId.Utf8, table(0)]
  }
}

function writeMetadata(builder: Builder, metadata: Metadata): number {
  const pairs = Object.entries(metadata).map(([key, value]) => {
    const keyOffset = builder.createString(key)
    const valueOffset = builder.createString(value)
    builder.startObject(slots.keyValue.count)
    builder.addFieldOffset(slots.keyValue.key, keyOffset, 0)
    builder.addFieldOffset(slots.keyValue.value, valueOffset, 0)
    return builder.endObject()
  })
  return offsetVector(builder, pairs)
}

function offsetVector(builder: Builder, offsets: readonly number[]): number {
  builder.startVector(4, offsets.length, 4)
  for (let index = offsets.length - 1; index >= 0; index--) builder.addOffset(offsets[index] as number)
  return builder.endVector()
}

/** Closes a message and frames it: continuation, length of the metadata, metadata padded to 8 bytes. */
function finish(builder: Builder, headerType: number, header: number, bodyLength: number, metadata = 0): Uint8Array {
  builder.startObject(slots.message.count)
  builder.addFieldInt16(slots.message.version, format.METADATA_V5, 0)
  builder.addFieldInt8(slots.message.headerType, headerType, 0)
  builder.addFieldOffset(slots.message.header, header, 0)
  builder.addFieldInt64(slots.message.bodyLength, BigInt(bodyLength), 0n)
  builder.addFieldOffset(slots.message.metadata, metadata, 0)
  builder.finish(builder.endObject())
  const bytes = builder.asUint8Array()
  const length = format.padded(bytes.length)
  const framed = new Uint8Array(8 + length)
  const view = new DataView(framed.buffer)
  view.setUint32(0, format.CONTINUATION, true)
  view.setInt32(4, length, true)
  framed.set(bytes, 8)
  return framed
}
