import { isUtf8 } from 'node:buffer'
import { malformed } from './malformed.ts'

/** Tags of a length-coded number that does not fit into its first byte; 0xfb stands for NULL in a row of texts. */
export const NULL = 0xfb
const TWO = 0xfc
const THREE = 0xfd
const EIGHT = 0xfe

/**
 * Reads length-coded numbers, and values with their length before them, from a piece of memory. Nothing is read beyond
 * the end of a packet: a length that leads there is an error.
 */
export class Bytes {
  buffer: Buffer = Buffer.alloc(0)
  at = 0
  end = 0

  /** Turns to other bytes. */
  set(buffer: Buffer, at: number, end: number): void {
    this.buffer = buffer
    this.at = at
    this.end = end
  }

  /** A length-coded number; the place is behind it. */
  number(): number {
    const { buffer } = this
    const tag = this.take(1)
    const first = buffer[tag] as number
    if (first < NULL) return first
    switch (first) {
      case TWO:
        return buffer.readUInt16LE(this.take(2))
      case THREE:
        return buffer.readUIntLE(this.take(3), 3)
      case EIGHT:
        return Number(buffer.readBigUInt64LE(this.take(8)))
      default:
        throw malformed('a length is invalid')
    }
  }

  /** Passes over a value with its length before it, and returns where it starts; `at` is where it ends. */
  skip(): number {
    const length = this.number()
    return this.take(length)
  }

  /** A value with its length before it, which is copied. */
  copy(): Buffer {
    const start = this.skip()
    return Buffer.from(this.buffer.subarray(start, this.at))
  }

  /** A text in UTF-8 with its length before it. */
  text(): string {
    const start = this.skip()
    return textOf(this.buffer, start, this.at)
  }

  /** Passes over so many bytes, and returns where they start. */
  take(length: number): number {
    const start = this.at
    if (!(start + length <= this.end)) throw malformed('a value is longer than its packet')
    this.at = start + length
    return start
  }
}

/** What decoders put in place of bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd'

/** A text in UTF-8. Other bytes are an error: the database does not send any. */
export function textOf(buffer: Buffer, start: number, end: number): string {
  const text = buffer.toString('utf8', start, end)
  if (text.includes(REPLACEMENT) && !isUtf8(buffer.subarray(start, end))) throw malformed('a text is not UTF-8')
  return text
}
