import type { ErrorBody } from '../../../errors.ts'
import type { Batch, FrameChunk, FrameHeader } from '../../batch.ts'
import { Checksum, NO_CHECKSUM } from '../checksum.ts'
import { MessageHeader, metadataKeys, slots } from '../format.ts'
import { frameMessage, type Metadata, messageBuilder, metadataOf, textAt, writeMetadata } from './message.ts'
import { BodyParts, emptyVector, writeRecordBatch } from './record-batch.ts'
import { schemaOf } from './schema.ts'

const utf8 = new TextEncoder()
const noChecksum = utf8.encode(NO_CHECKSUM)

/** Marks a complete answer: continuation and a length of zero. */
const END_OF_STREAM: Uint8Array = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])

/**
 * Writes one frame as an Arrow IPC stream, message by message. Every method returns byte arrays to send in order; they
 * include column data without copying, so a batch must not be changed until it has been sent.
 *
 * A dictionary that grew is sent again in full before the batch that needs it. Because it only grows at its end,
 * readers that replace dictionaries and readers that keep only the last one decode every batch correctly.
 */
export class ArrowFrameEncoder {
  readonly #header: FrameHeader
  readonly #sentDictionary: number[]
  readonly #checksum = new Checksum()
  #started = false

  constructor(header: FrameHeader) {
    this.#header = header
    this.#sentDictionary = header.fields.map(() => -1)
  }

  /** The messages of one batch, the schema before the first; with the trailer the end-of-stream marker follows. */
  chunk({ batch, trailer }: FrameChunk): Uint8Array[] {
    const first = !this.#started
    const out = [...this.#start(), ...this.#dictionaries(batch)]
    const parts = new BodyParts()
    for (const vector of batch.vectors) parts.addVector(vector)
    this.#pushRecordBatch(out, batch.numRows, parts, {
      ...(first ? { [metadataKeys.header]: JSON.stringify(this.#header.meta) } : {}),
      ...(trailer ? { [metadataKeys.trailer]: JSON.stringify(trailer) } : {}),
    })
    if (trailer) out.push(END_OF_STREAM)
    return out
  }

  /** The last message of an answer that cannot be completed: an empty batch that carries the error; no marker follows. */
  error(error: ErrorBody): Uint8Array[] {
    const out = this.#start()
    // Some readers require every dictionary before the first batch, even an empty one.
    this.#header.fields.forEach((field, id) => {
      if (field.type === 'symbol' && (this.#sentDictionary[id] ?? -1) < 0) this.#pushDictionary(out, id, [])
    })
    const parts = new BodyParts()
    for (const field of this.#header.fields) parts.addVector(emptyVector(field.type))
    this.#pushRecordBatch(out, 0, parts, { [metadataKeys.error]: JSON.stringify(error) })
    return out
  }

  #start(): Uint8Array[] {
    if (this.#started) return []
    this.#started = true
    const schema = schemaOf(this.#header.fields)
    this.#checksum.add(metadataOf(schema))
    return [schema]
  }

  #dictionaries(batch: Batch): Uint8Array[] {
    const out: Uint8Array[] = []
    batch.vectors.forEach((vector, id) => {
      if (vector.type !== 'symbol' || this.#sentDictionary[id] === vector.dictionary.length) return
      this.#pushDictionary(out, id, vector.dictionary)
      this.#sentDictionary[id] = vector.dictionary.length
    })
    return out
  }

  #pushDictionary(out: Uint8Array[], id: number, dictionary: readonly string[]): void {
    const parts = new BodyParts()
    parts.addVector({ type: 'text', values: dictionary, validity: undefined, nullCount: 0 })
    const builder = messageBuilder()
    const data = writeRecordBatch(builder, dictionary.length, parts)
    builder.startObject(slots.dictionaryBatch.count)
    builder.addFieldInt64(slots.dictionaryBatch.id, BigInt(id), -1n)
    builder.addFieldOffset(slots.dictionaryBatch.data, data, 0)
    const message = frameMessage(builder, MessageHeader.DictionaryBatch, builder.endObject(), parts.length)
    this.#addMessage(message, parts)
    out.push(message, ...parts.chunks)
  }

  #pushRecordBatch(out: Uint8Array[], numRows: number, parts: BodyParts, metadata: Metadata): void {
    const builder = messageBuilder()
    const place = builder.createString(noChecksum)
    const pairs = writeMetadata(builder, { ...metadata, [metadataKeys.checksum]: place })
    const data = writeRecordBatch(builder, numRows, parts)
    const message = frameMessage(builder, MessageHeader.RecordBatch, data, parts.length, pairs)
    this.#addMessage(message, parts)
    utf8.encodeInto(this.#checksum.digits(), message.subarray(textAt(builder, place)))
    out.push(message, ...parts.chunks)
  }

  #addMessage(message: Uint8Array, { contents }: BodyParts): void {
    this.#checksum.add(metadataOf(message))
    for (const content of contents) this.#checksum.add(content)
  }
}
