import type { Builder } from 'flatbuffers'
import type { FieldTypeName } from '../../../field-types.ts'
import type { Vector } from '../../batch.ts'
import { padded, slots } from '../format.ts'
import { addLength } from './message.ts'

const utf8 = new TextEncoder()

/** Padding, by length. */
const paddings = Array.from({ length: 8 }, (_, length) => new Uint8Array(length))

/** The buffers of one record batch, with their offsets in its body. */
export class BodyParts {
  readonly nodes: { length: number; nullCount: number }[] = []
  readonly buffers: { offset: number; length: number }[] = []
  /** The bytes to send: the buffers, and the padding between them. */
  readonly chunks: Uint8Array[] = []
  /** The buffers that are not empty, without padding. */
  readonly contents: Uint8Array[] = []
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
    // UTF-8 and UTF-16 lengths are equal if every character is ASCII, the usual case.
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
    this.contents.push(bytes)
    const padding = padded(length) - length
    if (padding > 0) this.chunks.push(paddings[padding] as Uint8Array)
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

export function emptyVector(type: FieldTypeName): Vector {
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

/** Writes the table of a record batch, and returns its offset. */
export function writeRecordBatch(builder: Builder, numRows: number, parts: BodyParts): number {
  builder.startVector(16, parts.buffers.length, 8)
  for (const { offset, length } of parts.buffers.toReversed()) writePair(builder, offset, length)
  const buffers = builder.endVector()
  builder.startVector(16, parts.nodes.length, 8)
  for (const { length, nullCount } of parts.nodes.toReversed()) writePair(builder, length, nullCount)
  const nodes = builder.endVector()
  builder.startObject(slots.recordBatch.count)
  addLength(builder, slots.recordBatch.length, numRows)
  builder.addFieldOffset(slots.recordBatch.nodes, nodes, 0)
  builder.addFieldOffset(slots.recordBatch.buffers, buffers, 0)
  return builder.endObject()
}

/** A struct of two 64-bit integers, written backwards, in halves, because bigints would cost more than the rest. */
function writePair(builder: Builder, first: number, second: number): void {
  builder.prep(8, 16)
  for (const value of [second, first]) {
    builder.writeInt32(Math.floor(value / 2 ** 32))
    builder.writeInt32(value | 0)
  }
}
