import { Builder } from 'flatbuffers'
import * as format from '../format.ts'

const { slots } = format

/** The continuation and the length of the metadata. */
const PREFIX_BYTES = 8

const shared = new Builder(4_096)

/** A builder for the next message. Shared by all: a message is built synchronously and copied out. */
export function messageBuilder(): Builder {
  shared.clear()
  return shared
}

/** Key and value pairs that a schema, a field or a message carries; a number is the offset of an already written text. */
export type Metadata = Readonly<Record<string, string | number>>

export function writeMetadata(builder: Builder, metadata: Metadata): number {
  const pairs = Object.entries(metadata).map(([key, value]) => {
    const keyOffset = builder.createString(bytesOfKey(key))
    const valueOffset = typeof value === 'number' ? value : builder.createString(bytesOfText(value))
    builder.startObject(slots.keyValue.count)
    builder.addFieldOffset(slots.keyValue.key, keyOffset, 0)
    builder.addFieldOffset(slots.keyValue.value, valueOffset, 0)
    return builder.endObject()
  })
  return offsetVector(builder, pairs)
}

const keys = new Map<string, Uint8Array>()
const utf8 = new TextEncoder()

/** There are few keys, the same in every answer. */
function bytesOfKey(key: string): Uint8Array {
  let bytes = keys.get(key)
  if (!bytes) {
    bytes = utf8.encode(key)
    keys.set(key, bytes)
  }
  return bytes
}

/** For texts of a message, which are copied out of it at once. */
const scratch = new Uint8Array(8_192)

/** A text as bytes, valid until the next one: writing into memory that is there costs half of new memory. */
function bytesOfText(text: string): Uint8Array {
  // No character takes more than three bytes.
  if (text.length * 3 > scratch.length) return utf8.encode(text)
  return scratch.subarray(0, utf8.encodeInto(text, scratch).written)
}

/** Adds a 64-bit length, written backwards, in halves: a bigint would cost more. Zero is the default and left out. */
export function addLength(builder: Builder, slot: number, length: number): void {
  if (length === 0) return
  builder.prep(8, 0)
  builder.writeInt32(Math.floor(length / 2 ** 32))
  builder.writeInt32(length | 0)
  builder.slot(slot)
}

export function offsetVector(builder: Builder, offsets: readonly number[]): number {
  builder.startVector(4, offsets.length, 4)
  for (let index = offsets.length - 1; index >= 0; index--) builder.addOffset(offsets[index] as number)
  return builder.endVector()
}

/** Closes a message and frames it: continuation, length of the metadata, metadata padded to 8 bytes. */
export function frameMessage(
  builder: Builder,
  headerType: number,
  header: number,
  bodyLength: number,
  metadata = 0,
): Uint8Array {
  builder.startObject(slots.message.count)
  builder.addFieldInt16(slots.message.version, format.METADATA_V5, 0)
  builder.addFieldInt8(slots.message.headerType, headerType, 0)
  builder.addFieldOffset(slots.message.header, header, 0)
  addLength(builder, slots.message.bodyLength, bodyLength)
  builder.addFieldOffset(slots.message.metadata, metadata, 0)
  builder.finish(builder.endObject())
  const bytes = builder.asUint8Array()
  const length = format.padded(bytes.length)
  const framed = new Uint8Array(PREFIX_BYTES + length)
  // The continuation and the length, little-endian.
  for (let at = 0; at < 4; at++) {
    framed[at] = format.CONTINUATION >>> (8 * at)
    framed[4 + at] = length >>> (8 * at)
  }
  framed.set(bytes, PREFIX_BYTES)
  return framed
}

/** The metadata of a framed message, without the continuation and the length. */
export const metadataOf = (framed: Uint8Array): Uint8Array => framed.subarray(PREFIX_BYTES)

/** Position of the characters of a text in the framed message that the builder has just finished. */
export const textAt = (builder: Builder, offset: number): number =>
  // A text begins with its length, and offsets count from the end.
  PREFIX_BYTES + builder.offset() - offset + 4
