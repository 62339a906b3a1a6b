import type { StoredValue } from '@stockdb/contract/internal'
import { types } from '../protocol.ts'

const HEADER_BYTES = 4
const EXECUTE = 0x17
/** Command, number of the statement, flags, and a count that is always 1. */
const COMMAND_BYTES = 10
const FIRST_BYTES = 4_096
/** The longest length of a text that takes one byte, and what it takes at most otherwise. */
const [ONE_BYTE, LENGTH_BYTES] = [250, 9]
/** A UTF-16 unit takes so many bytes at most. */
const UNIT_BYTES = 3
/** Texts up to this length, such as codes and dates, are faster copied here than by a call into Node. */
const SHORT_TEXT = 32
const HALF = 2 ** 32

/**
 * Makes the packets that execute a prepared statement with the values of many rows. mysql2 makes an object of each value, which costs
 * more time and memory than all else that is done to the rows.
 */
export class ExecutePacket {
  #buffer = Buffer.alloc(0)
  #view = new DataView(this.#buffer.buffer)
  #at = 0

  /**
   * The packet, with room for its header, for all values of the rows one after the other. `isWhole`: by column, whether its numbers
   * are whole. The next call writes over it.
   */
  of(statement: number, rows: readonly (readonly StoredValue[])[], isWhole: readonly boolean[]): Buffer {
    const width = isWhole.length
    const count = rows.length * width
    const nullsAt = HEADER_BYTES + COMMAND_BYTES
    const typesAt = nullsAt + ((count + 7) >> 3) + 1
    this.#at = typesAt + 2 * count
    this.#reserve(0)
    this.#buffer[HEADER_BYTES] = EXECUTE
    this.#buffer.writeUInt32LE(statement, HEADER_BYTES + 1)
    this.#buffer[HEADER_BYTES + 5] = 0
    this.#buffer.writeUInt32LE(1, HEADER_BYTES + 6)
    this.#buffer.fill(0, nullsAt, typesAt - 1)
    // The types follow.
    this.#buffer[typesAt - 1] = 1
    let place = 0
    for (const row of rows) {
      for (let column = 0; column < width; column++, place++) {
        const type = this.#write(row[column] ?? null, isWhole[column] === true)
        const typeAt = typesAt + 2 * place
        this.#buffer[typeAt] = type
        this.#buffer[typeAt + 1] = 0
        if (type !== types.NULL) continue
        const nullAt = nullsAt + (place >> 3)
        this.#buffer[nullAt] = (this.#buffer[nullAt] as number) | (1 << (place & 7))
      }
    }
    return this.#buffer.subarray(0, this.#at)
  }

  /** Writes a value, and returns its type. */
  #write(value: StoredValue, isWhole: boolean): number {
    switch (typeof value) {
      case 'number':
        this.#reserve(8)
        if (isWhole && Number.isSafeInteger(value)) {
          this.#view.setUint32(this.#at, value >>> 0, true)
          this.#view.setInt32(this.#at + 4, Math.floor(value / HALF), true)
          this.#at += 8
          return types.LONGLONG
        }
        this.#view.setFloat64(this.#at, value, true)
        this.#at += 8
        return types.DOUBLE
      case 'string':
        this.#text(value)
        return types.VAR_STRING
      case 'boolean':
        this.#reserve(1)
        this.#buffer[this.#at++] = Number(value)
        return types.TINY
      case 'bigint':
        this.#text(String(value))
        return types.VAR_STRING
      default:
        return types.NULL
    }
  }

  #text(text: string): void {
    const { length } = text
    this.#reserve(LENGTH_BYTES + length * UNIT_BYTES)
    const buffer = this.#buffer
    const start = this.#at + 1
    if (length <= SHORT_TEXT) {
      let unit = 0
      for (; unit < length; unit++) {
        const code = text.charCodeAt(unit)
        if (code > 0x7f) break
        buffer[start + unit] = code
      }
      if (unit === length) {
        buffer[this.#at] = length
        this.#at = start + length
        return
      }
    }
    const bytes = Buffer.byteLength(text)
    if (bytes <= ONE_BYTE) buffer[this.#at++] = bytes
    else {
      buffer[this.#at] = 0xfe
      buffer.writeBigUInt64LE(BigInt(bytes), this.#at + 1)
      this.#at += LENGTH_BYTES
    }
    this.#at += buffer.write(text, this.#at)
  }

  /** Makes room for so many more bytes. */
  #reserve(more: number): void {
    const needed = this.#at + more
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, needed, this.#buffer.length * 2))
    this.#buffer.copy(larger)
    this.#buffer = larger
    this.#view = new DataView(larger.buffer)
  }
}
