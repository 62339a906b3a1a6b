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
    const valueOffset = typeof value === 'number' ? value : builder.createString(value)
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
  builder.addFieldInt64(slots.message.bodyLength, BigInt(bodyLength), 0n)
  builder.addFieldOffset(slots.message.metadata, metadata, 0)
  builder.finish(builder.endObject())
  const bytes = builder.asUint8Array()
  const length = format.padded(bytes.length)
  const framed = new Uint8Array(PREFIX_BYTES + length)
  const view = new DataView(framed.buffer)
  view.setUint32(0, format.CONTINUATION, true)
  view.setInt32(4, length, true)
  framed.set(bytes, PREFIX_BYTES)
  return framed
}

/** The metadata of a framed message, without the continuation and the length. */
export const metadataOf = (framed: Uint8Array): Uint8Array => framed.subarray(PREFIX_BYTES)

/** Position of the characters of a text in the framed message that the builder has just finished. */
export const textAt = (builder: Builder, offset: number): number =>
  // A text begins with its length, and offsets count from the end.
  PREFIX_BYTES + builder.offset() - offset + 4
