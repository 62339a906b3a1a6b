import { ByteBuffer } from 'flatbuffers'
import { slots } from '../format.ts'
import { malformed } from './message.ts'

/** A stretch of a message. */
export interface Place {
  readonly start: number
  readonly length: number
}

/** Where the characters of a text are, which begins with its length. */
function placeOf(bytes: ByteBuffer, position: number): Place {
  const start = bytes.__indirect(position)
  return { start: start + 4, length: bytes.readInt32(start) }
}

/** A FlatBuffers table, read by slot. */
export class Table {
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
    return offset ? this.#number(this.#position + offset) : 0
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
    // Checked before allocation: garbage could request all memory.
    if (length < 0 || start + length * 4 > this.#bytes.capacity()) throw malformed('a list reaches beyond its message')
    return Array.from({ length }, (_, index) => new Table(this.#bytes, this.#bytes.__indirect(start + index * 4)))
  }

  /** The two numbers of a struct of two 64-bit integers in a vector. */
  pair(slot: number, index: number): [number, number] {
    const offset = this.#offset(slot)
    if (!offset || index >= this.#bytes.__vector_len(this.#position + offset)) throw malformed('a batch lacks a column')
    const start = this.#bytes.__vector(this.#position + offset) + index * 16
    return [this.#number(start), this.#number(start + 8)]
  }

  metadata(slot: number): Map<string, string> {
    return new Map(
      this.tables(slot).map((pair) => [pair.string(slots.keyValue.key), pair.string(slots.keyValue.value)]),
    )
  }

  /** Where the characters of a metadata value are; `undefined` if the key is missing. Keys are compared as bytes, not decoded. */
  metadataValue(slot: number, key: Uint8Array): Place | undefined {
    const offset = this.#offset(slot)
    if (!offset) return undefined
    const bytes = this.#bytes
    const start = bytes.__vector(this.#position + offset)
    const count = bytes.__vector_len(this.#position + offset)
    if (count < 0 || start + count * 4 > bytes.capacity()) throw malformed('a list reaches beyond its message')
    for (let index = 0; index < count; index++) {
      const pair = new Table(bytes, bytes.__indirect(start + index * 4))
      if (!pair.#isText(slots.keyValue.key, key)) continue
      const value = pair.#offset(slots.keyValue.value)
      return value === 0 ? undefined : placeOf(bytes, pair.#position + value)
    }
    return undefined
  }

  #isText(slot: number, text: Uint8Array): boolean {
    const offset = this.#offset(slot)
    if (!offset) return false
    const { start, length } = placeOf(this.#bytes, this.#position + offset)
    if (length !== text.length) return false
    const all = this.#bytes.bytes()
    for (let at = 0; at < length; at++) if (all[start + at] !== text[at]) return false
    return true
  }

  /** A 64-bit integer as a number, read in halves: a bigint for each would cost more than the rest of a short batch. */
  #number(position: number): number {
    return this.#bytes.readInt32(position + 4) * 2 ** 32 + this.#bytes.readUint32(position)
  }

  #offset(slot: number): number {
    return this.#bytes.__offset(this.#position, 4 + 2 * slot)
  }
}

/** The root table of a message's metadata. */
export function rootOf(metadata: Uint8Array): Table {
  const bytes = new ByteBuffer(metadata)
  return new Table(bytes, bytes.readInt32(bytes.position()) + bytes.position())
}
