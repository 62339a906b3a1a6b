import type { FieldPacket } from 'mysql2'
import type { ReadColumn } from '../engine.ts'
import { daysOfParts, LAST_DAY, MS_PER_DAY } from '../stored-dates.ts'
import { BINARY, isUnsigned, types } from './column-types.ts'

/** What mysql2 hands to a parser of rows; it does not declare it. */
interface Packet {
  readonly buffer: Buffer
  offset: number
  readLengthCodedNumber(): number
  readLengthCodedString(encoding: string | undefined): string
  readLengthCodedBuffer(): Buffer
  readTimeString(): string
}

// How the bytes of a column are read: constants of the module, which the loop over columns compares as numbers.
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
 * Reads the rows of a prepared statement. mysql2's own parser would make a text of each date, which doubles the time of a
 * bulk read, and compiles and keeps code for each list of columns. Here a date comes as its days since 1970, a datetime as
 * its milliseconds, and one that is none as its text, which no column takes. The same array is filled again for each row.
 */
export class RowParser {
  readonly #fields: readonly FieldPacket[]
  readonly #ways: Uint8Array
  readonly #row: unknown[]
  readonly #bitmapBytes: number
  /** The last bytes and the last word of a column of symbols, which come in runs. */
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

  /** The values of the row in a packet; they are good until the next call. */
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
    // After a status byte a bit for each column, from the third on: whether it is null.
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
    // Of a long text only the length would be looked at in vain.
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

/** Days since 1970 of the four bytes of a date; its text if no calendar has it, as MySQL may be told to keep it. */
function dateAt(buffer: Buffer, at: number): number | string {
  const year = (buffer[at] as number) | ((buffer[at + 1] as number) << 8)
  const month = buffer[at + 2] as number
  const day = buffer[at + 3] as number
  return daysOfParts(year, month, day) ?? written(year, month, day)
}

/** A date that is none, or a date with a time: of that only midnight is a date. */
function otherDate(buffer: Buffer, at: number): number | string | null {
  const length = buffer[at] as number
  // 0000-00-00, which is what MySQL has for no date.
  if (length < 4) return null
  for (let offset = 5; offset <= length; offset++) {
    if (buffer[at + offset] !== 0)
      return `${buffer.readUInt16LE(at + 1)}-${buffer[at + 3]}-${buffer[at + 4]} with a time`
  }
  return dateAt(buffer, at + 1)
}

/** Milliseconds since 1970 of a date with a time, rounded; a text if it is none, or if it is rounded into the year 10000. */
function momentAt(view: DataView, at: number): number | string | null {
  const length = view.getUint8(at)
  if (length < 4) return null
  const [year, month, day] = [view.getUint16(at + 1, true), view.getUint8(at + 3), view.getUint8(at + 4)]
  const days = daysOfParts(year, month, day)
  if (days === undefined) return written(year, month, day)
  let ms = days * MS_PER_DAY
  if (length >= 7)
    ms += view.getUint8(at + 5) * 3_600_000 + view.getUint8(at + 6) * 60_000 + view.getUint8(at + 7) * 1_000
  if (length >= 11) ms += Math.round(view.getUint32(at + 8, true) / 1_000)
  return ms < (LAST_DAY + 1) * MS_PER_DAY ? ms : `${written(year, month, day)} and more than 23:59:59.999`
}

function written(year: number, month: number, day: number): string {
  const two = (part: number): string => String(part).padStart(2, '0')
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
}

/** Digits of which a double holds every whole number. */
const EXACT_DIGITS = 15

/** The double nearest to a decimal: of few digits by one exact division, of more as JavaScript reads them. */
function decimal(packet: Packet): number {
  const length = packet.readLengthCodedNumber()
  const start = packet.offset
  const { buffer } = packet
  packet.offset = start + length
  if (length > EXACT_DIGITS) return Number(buffer.toString('latin1', start, start + length))
  let [whole, factor, negative, point] = [0, 1, false, false]
  for (let at = start; at < start + length; at++) {
    const character = buffer[at] as number
    if (character === 0x2d) negative = true
    else if (character === 0x2e) point = true
    else {
      whole = whole * 10 + character - 0x30
      if (point) factor *= 10
    }
  }
  return negative ? -whole / factor : whole / factor
}
