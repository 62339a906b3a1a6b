import type { FieldPacket } from 'mysql2'
import type { ReadColumn } from '../engine.ts'
import { dateAt, decimal, momentAt, otherDate, type Packet } from './binary-values.ts'
import { BINARY, isUnsigned, types } from './protocol.ts'

// How to read the bytes of a column: module constants, compared as numbers in the loop over columns.
const NONE = 0
const INT8 = 1
const UINT8 = 2
const INT16 = 3
const UINT16 = 4
const INT32 = 5
const UINT32 = 6
const INT64 = 7
const UINT64 = 8
const FLOAT = 9
const DOUBLE = 10
const DECIMAL = 11
const DATE = 12
const MOMENT = 13
const TIME = 14
const BITS = 15
const SYMBOL = 16
const TEXT = 17
const UTF8 = 18
const BYTES = 19

/**
 * Parses the rows of a prepared statement. mysql2's own parser would create a text for each date, which doubles the
 * time of a bulk read, and generates and caches code for each list of columns. Here dates are days since 1970,
 * datetimes milliseconds, and invalid ones text, which no column accepts. The same array is reused for each row.
 */
export class RowParser {
  readonly #fields: readonly FieldPacket[]
  readonly #ways: Uint8Array
  readonly #row: unknown[]
  readonly #bitmapBytes: number
  /** The last bytes and text of a symbol column, because symbols come in runs. */
  readonly #lastBytes: Uint8Array[]
  readonly #lastWords: string[]
  #memory: ArrayBufferLike | undefined
  #view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0))

  constructor(fields: readonly FieldPacket[], columns: readonly ReadColumn[]) {
    this.#fields = fields
    this.#ways = Uint8Array.from(fields, (field, index) => wayOf(field, columns[index]))
    this.#row = fields.map(() => null)
    this.#bitmapBytes = (fields.length + 9) >> 3
    this.#lastBytes = fields.map(() => new Uint8Array())
    this.#lastWords = fields.map(() => '')
  }

  /** Whether an answer's columns have the types of this parser. */
  reads(fields: readonly FieldPacket[]): boolean {
    if (fields.length !== this.#fields.length) return false
    for (let at = 0; at < fields.length; at++) {
      const [one, other] = [fields[at] as FieldPacket, this.#fields[at] as FieldPacket]
      if (one.columnType !== other.columnType || one.characterSet !== other.characterSet) return false
      if (isUnsigned(one) !== isUnsigned(other)) return false
    }
    return true
  }

  /** The values of the row in a packet, valid until the next call for any answer. */
  next(packet: Packet): unknown[] {
    const { buffer } = packet
    if (buffer.buffer !== this.#memory) {
      this.#memory = buffer.buffer
      this.#view = new DataView(buffer.buffer)
    }
    const view = this.#view
    const base = buffer.byteOffset
    const row = this.#row
    const ways = this.#ways
    // After a status byte: the null bitmap, starting at the third bit.
    const bitmap = packet.offset + 1
    let at = bitmap + this.#bitmapBytes
    for (let index = 0; index < ways.length; index++) {
      if ((buffer[bitmap + ((index + 2) >> 3)] as number) & (1 << ((index + 2) & 7))) {
        row[index] = null
        continue
      }
      switch (ways[index]) {
        case DOUBLE:
          row[index] = view.getFloat64(base + at, true)
          at += 8
          break
        case DATE: {
          const length = buffer[at] as number
          row[index] = length === 4 ? dateAt(buffer, at + 1) : otherDate(buffer, at)
          at += length + 1
          break
        }
        case SYMBOL: {
          const length = buffer[at] as number
          if (length < 0xfb && this.#isLast(index, buffer, at + 1, length)) {
            row[index] = this.#lastWords[index]
            at += length + 1
          } else {
            packet.offset = at
            row[index] = this.#symbol(index, packet)
            at = packet.offset
          }
          break
        }
        case INT32:
          row[index] = view.getInt32(base + at, true)
          at += 4
          break
        case INT64:
          row[index] = view.getBigInt64(base + at, true)
          at += 8
          break
        case INT8:
          row[index] = view.getInt8(base + at)
          at += 1
          break
        case MOMENT:
          row[index] = momentAt(view, base + at)
          at += (buffer[at] as number) + 1
          break
        case FLOAT:
          row[index] = view.getFloat32(base + at, true)
          at += 4
          break
        case UINT8:
          row[index] = buffer[at]
          at += 1
          break
        case INT16:
          row[index] = view.getInt16(base + at, true)
          at += 2
          break
        case UINT16:
          row[index] = view.getUint16(base + at, true)
          at += 2
          break
        case UINT32:
          row[index] = view.getUint32(base + at, true)
          at += 4
          break
        case UINT64:
          row[index] = view.getBigUint64(base + at, true)
          at += 8
          break
        default:
          packet.offset = at
          row[index] = this.#other(index, packet)
          at = packet.offset
      }
    }
    packet.offset = at
    return row
  }

  #isLast(index: number, buffer: Buffer, at: number, length: number): boolean {
    const last = this.#lastBytes[index] as Uint8Array
    if (last.length !== length) return false
    for (let offset = 0; offset < length; offset++) if (last[offset] !== buffer[at + offset]) return false
    return true
  }

  #symbol(index: number, packet: Packet): string {
    const word = packet.readLengthCodedString(this.#fields[index]?.encoding)
    // Comparing a long text with the last one would rarely pay off.
    const start = packet.offset - Buffer.byteLength(word)
    this.#lastBytes[index] = Uint8Array.prototype.slice.call(packet.buffer, start, packet.offset)
    this.#lastWords[index] = word
    return word
  }

  #other(index: number, packet: Packet): unknown {
    switch (this.#ways[index]) {
      case DECIMAL:
        return decimal(packet)
      case TEXT:
        return packet.readLengthCodedString(this.#fields[index]?.encoding)
      case UTF8:
        return packet.readLengthCodedString('utf8')
      case TIME:
        return packet.readTimeString()
      case BITS:
        return packet.readLengthCodedBuffer().reduce((sum, byte) => sum * 256 + byte, 0)
      case NONE:
        return null
      default:
        return packet.readLengthCodedBuffer()
    }
  }
}

function wayOf(field: FieldPacket, column: ReadColumn | undefined): number {
  const unsigned = isUnsigned(field)
  switch (field.columnType) {
    case types.TINY:
      return unsigned ? UINT8 : INT8
    case types.SHORT:
      return unsigned ? UINT16 : INT16
    case types.YEAR:
      return UINT16
    case types.INT24:
    case types.LONG:
      return unsigned ? UINT32 : INT32
    case types.LONGLONG:
      return unsigned ? UINT64 : INT64
    case types.FLOAT:
      return FLOAT
    case types.DOUBLE:
      return DOUBLE
    case types.DECIMAL:
    case types.NEWDECIMAL:
      return column?.type === 'text' || column?.type === 'symbol' ? TEXT : DECIMAL
    case types.DATE:
    case types.NEWDATE:
    case types.DATETIME:
    case types.TIMESTAMP:
      return column?.type === 'datetime' ? MOMENT : DATE
    case types.TIME:
      return TIME
    case types.BIT:
      return BITS
    case types.NULL:
      return NONE
    case types.JSON:
      return UTF8
    default:
      if (field.characterSet === BINARY) return column?.asBytes ? UTF8 : BYTES
      return column?.type === 'symbol' && field.encoding === 'utf8' ? SYMBOL : TEXT
  }
}
