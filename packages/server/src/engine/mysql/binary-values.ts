import { MS_PER_DAY } from '@stockdb/contract/internal'
import { daysOfParts, LAST_DAY } from '../stored-dates.ts'

/** mysql2's argument of row parsers, which it does not declare. */
export interface Packet {
  readonly buffer: Buffer
  offset: number
  readLengthCodedNumber(): number
  readLengthCodedString(encoding: string | undefined): string
  readLengthCodedBuffer(): Buffer
  readTimeString(): string
}

/** Days since 1970 from the four bytes of a date; an invalid date, which MySQL may be configured to store, as text. */
export function dateAt(buffer: Buffer, at: number): number | string {
  const year = (buffer[at] as number) | ((buffer[at + 1] as number) << 8)
  const month = buffer[at + 2] as number
  const day = buffer[at + 3] as number
  return daysOfParts(year, month, day) ?? written(year, month, day)
}

/** An invalid date, or a datetime, which is only a date at midnight. */
export function otherDate(buffer: Buffer, at: number): number | string | null {
  const length = buffer[at] as number
  // 0000-00-00, MySQL's null date.
  if (length < 4) return null
  for (let offset = 5; offset <= length; offset++) {
    if (buffer[at + offset] !== 0)
      return `${buffer.readUInt16LE(at + 1)}-${buffer[at + 3]}-${buffer[at + 4]} with a time`
  }
  return dateAt(buffer, at + 1)
}

/** Milliseconds since 1970 of a datetime, rounded; a text if it is invalid, or if rounding reaches the year 10000. */
export function momentAt(view: DataView, at: number): number | string | null {
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

/** Digits up to which a double represents every integer. */
const EXACT_DIGITS = 15

/** The double nearest to a decimal: with few digits by one exact division, otherwise with JavaScript's parser. */
export function decimal(packet: Packet): number {
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
