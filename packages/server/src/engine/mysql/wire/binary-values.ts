import { MS_PER_DAY } from '@stockdb/contract/internal'
import { daysOfParts, LAST_DAY } from '../../stored-dates.ts'
import { Bytes } from './bytes.ts'
import { dayNumber } from './day-numbers.ts'
import {
  BITS,
  BYTES,
  DATE,
  DECIMAL,
  DOUBLE,
  FLOAT,
  INT8,
  INT16,
  INT32,
  INT64,
  MOMENT,
  NONE,
  TEXT,
  TIME,
  UINT8,
  UINT16,
  UINT32,
  UINT64,
} from './encodings.ts'
import { malformed } from './malformed.ts'

/**
 * Reads single values of a binary row as those that a batch is filled from: a date comes as its days since 1970, a datetime
 * as its milliseconds, and an invalid one as its text, which no column accepts.
 */
export class BinaryValues extends Bytes {
  value(encoding: number): unknown {
    const { buffer } = this
    switch (encoding) {
      case INT8:
        return buffer.readInt8(this.take(1))
      case UINT8:
        return buffer.readUInt8(this.take(1))
      case INT16:
        return buffer.readInt16LE(this.take(2))
      case UINT16:
        return buffer.readUInt16LE(this.take(2))
      case INT32:
        return buffer.readInt32LE(this.take(4))
      case UINT32:
        return buffer.readUInt32LE(this.take(4))
      case INT64:
        return buffer.readBigInt64LE(this.take(8))
      case UINT64:
        return buffer.readBigUInt64LE(this.take(8))
      case FLOAT:
        return buffer.readFloatLE(this.take(4))
      case DOUBLE:
        return buffer.readDoubleLE(this.take(8))
      case DECIMAL:
        return decimalAt(buffer, this.skip(), this.at)
      case DATE:
        return dateAt(buffer, this.skip(), this.at)
      case MOMENT:
        return momentAt(buffer, this.skip(), this.at)
      case TIME:
        return timeAt(buffer, this.skip(), this.at)
      case BITS:
        return bitsAt(buffer, this.skip(), this.at)
      case TEXT:
        return this.text()
      case BYTES:
        return this.copy()
      case NONE:
        throw malformed('a null has a value')
      default:
        throw new TypeError(`no encoding has the number ${encoding}`)
    }
  }
}

/** Lengths that a date or datetime has: none of its parts, its date, its seconds too, its microseconds too. */
const LENGTHS = new Set([0, 4, 7, 11])

/**
 * Days since 1970 of a date; its text if no calendar has it, as MySQL may be configured to keep it, or if it has a time other than
 * midnight. `0000-00-00`, which is what MySQL has for no date, is null.
 */
function dateAt(buffer: Buffer, start: number, end: number): number | string | null {
  const length = end - start
  if (!LENGTHS.has(length)) throw malformed('the length of a date is invalid')
  if (length === 0) return null
  const [year, month, day] = [buffer.readUInt16LE(start), buffer[start + 2] as number, buffer[start + 3] as number]
  for (let at = start + 4; at < end; at++) if (buffer[at] !== 0) return `${written(year, month, day)} with a time`
  return daysOfParts(year, month, day) ?? written(year, month, day)
}

/** Milliseconds since 1970 of a date with a time, rounded; a text if it is invalid, or if it is rounded into the year 10000. */
export function momentAt(buffer: Buffer, start: number, end: number): number | string | null {
  const length = end - start
  if (!LENGTHS.has(length)) throw malformed('the length of a datetime is invalid')
  if (length === 0) return null
  const year = (buffer[start] as number) | ((buffer[start + 1] as number) << 8)
  const month = buffer[start + 2] as number
  const day = buffer[start + 3] as number
  const days = dayNumber(year, month, day)
  if (days === undefined) return written(year, month, day)
  let ms = days * MS_PER_DAY
  if (length >= 7) {
    const hours = buffer[start + 4] as number
    const minutes = buffer[start + 5] as number
    const seconds = buffer[start + 6] as number
    if (hours > 23 || minutes > 59 || seconds > 59) throw malformed('a time of day is invalid')
    ms += hours * 3_600_000 + minutes * 60_000 + seconds * 1_000
  }
  if (length === 11) {
    const microseconds = buffer.readUInt32LE(start + 7)
    if (microseconds > 999_999) throw malformed('a time of day is invalid')
    ms += Math.round(microseconds / 1_000)
  }
  return ms < (LAST_DAY + 1) * MS_PER_DAY ? ms : `${written(year, month, day)} and more than 23:59:59.999`
}

/** A duration as MySQL writes it, without zeros at the end of its fraction. */
function timeAt(buffer: Buffer, start: number, end: number): string {
  const length = end - start
  if (length === 0) return '00:00:00'
  if (length !== 8 && length !== 12) throw malformed('the length of a time is invalid')
  const hours = buffer.readUInt32LE(start + 1) * 24 + (buffer[start + 5] as number)
  const parts = [hours, buffer[start + 6] as number, buffer[start + 7] as number]
  const microseconds = length === 12 ? buffer.readUInt32LE(start + 8) : 0
  const fraction = microseconds === 0 ? '' : `.${String(microseconds).padStart(6, '0').replace(/0+$/, '')}`
  return `${buffer[start] === 0 ? '' : '-'}${parts.map(two).join(':')}${fraction}`
}

const bitsAt = (buffer: Buffer, start: number, end: number): number =>
  buffer.subarray(start, end).reduce((sum, byte) => sum * 256 + byte, 0)

const two = (part: number): string => String(part).padStart(2, '0')

function written(year: number, month: number, day: number): string {
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
}

/** Digits of which a double holds every whole number. */
const EXACT_DIGITS = 15
const [MINUS, POINT, ZERO] = [0x2d, 0x2e, 0x30]
const DECIMAL_FORM = /^-?\d+(?:\.\d+)?$/

/** The double nearest to a decimal: of few digits by one exact division, of more as JavaScript reads them. */
export function decimalAt(buffer: Buffer, start: number, end: number): number {
  if (end - start > EXACT_DIGITS || end === start) return longDecimal(buffer.toString('latin1', start, end))
  const negative = buffer[start] === MINUS
  let whole = 0
  let factor = 1
  let point = false
  for (let at = negative ? start + 1 : start; at < end; at++) {
    const digit = (buffer[at] as number) - ZERO
    if (digit >= 0 && digit <= 9) {
      whole = whole * 10 + digit
      if (point) factor *= 10
    } else if (digit === POINT - ZERO && !point) point = true
    else throw malformed('a decimal is not a number')
  }
  return negative ? -whole / factor : whole / factor
}

function longDecimal(text: string): number {
  if (!DECIMAL_FORM.test(text)) throw malformed('a decimal is not a number')
  return Number(text)
}
