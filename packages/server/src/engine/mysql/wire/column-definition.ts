import { BINARY } from '../protocol.ts'
import type { Bytes } from './bytes.ts'
import { malformed } from './malformed.ts'

/** What the database says of a column of an answer. */
export interface ColumnDefinition {
  readonly columnType: number
  readonly flags: number
  /** Number of the collation in which its texts arrive. */
  readonly characterSet: number
  /** Whether it is a column of a table as it is, and no expression. */
  readonly isColumn: boolean
}

/** Texts before the original name: catalogue, schema, table, original table, name. */
const TEXTS = 5
/** Bytes of the fixed part: character set, length, type, flags, decimals, filler. */
const FIXED_BYTES = 12

/** Reads a packet that defines a column; MariaDB may say more about its type, which changes nothing here. */
export function readDefinition(bytes: Bytes, extended: boolean): ColumnDefinition {
  for (let text = 0; text < TEXTS; text++) bytes.skip()
  const original = bytes.skip()
  const isColumn = bytes.at > original
  if (extended) bytes.skip()
  const fixed = bytes.skip()
  if (bytes.at - fixed !== FIXED_BYTES || bytes.at !== bytes.end)
    throw malformed('the definition of a column is invalid')
  const { buffer } = bytes
  return {
    characterSet: buffer.readUInt16LE(fixed),
    columnType: buffer[fixed + 6] as number,
    flags: buffer.readUInt16LE(fixed + 7),
    isColumn,
  }
}

/** Ranges of numbers of collations whose texts arrive as UTF-8, ASCII among them; from 1,025 on MariaDB repeats them. */
const UTF8 = [
  ...[11, 33, 45, 46, 65, 76, 83].map((one) => [one, one] as const),
  ...([
    [192, 215],
    [223, 247],
    [254, 323],
    [576, 578],
    [608, 610],
  ] as const),
  ...([[2048, 2559]] as const),
] as const
const NO_PAD = 1_024

/** Whether texts of a column arrive as UTF-8. */
export function isUtf8Column({ characterSet }: ColumnDefinition): boolean {
  const among = (number: number): boolean => UTF8.some(([first, last]) => number >= first && number <= last)
  return among(characterSet) || (characterSet > NO_PAD && characterSet < 2 * NO_PAD && among(characterSet - NO_PAD))
}

export const isBytesColumn = ({ characterSet }: ColumnDefinition): boolean => characterSet === BINARY
