import type { Field, FieldTypeName, SymbolFormat } from '@stockdb/contract'
import {
  fieldTypes,
  parseDecimal,
  readSymbolAs,
  type StoredValue,
  show,
  TEXT_LENGTH,
  writeSymbolAs,
} from '@stockdb/contract/internal'

/** A value that a field cannot have, and what it can. */
export class Unfit {
  readonly got: string
  readonly expected: string

  constructor(got: string, expected: string) {
    this.got = got
    this.expected = expected
  }
}

/** Reads one value into the form that the engines store. */
export type ReadValue = (value: unknown) => StoredValue | Unfit

/** How values of a field are read. `key`: whether it is part of the key, in which databases ignore spaces at the end of a text. */
export function readerOf(field: Field, key: boolean): ReadValue {
  const { type, nullable, length = TEXT_LENGTH, exact, symbolFormat } = field
  const { fromJson, expected } = fieldTypes[type]
  const orNull = nullable ? ', or null' : ''
  // JSON would call what is not finite null.
  const unfit = (value: unknown, wanted = `${expected}${orNull}`): Unfit =>
    new Unfit(typeof value === 'number' ? String(value) : show(value), wanted)
  const read = (value: unknown): StoredValue | Unfit => {
    const read = fromJson(typeof value === 'bigint' ? fromBigint(value, type) : value)
    if (read === undefined) return unfit(value)
    if (symbolFormat !== undefined && !keeps(symbolFormat, String(read)))
      return unfit(
        value,
        `a code that its column can keep, which has the form ${symbolFormat}, such as ${EXAMPLES[symbolFormat]}`,
      )
    if (type !== 'text') return read
    const text = read as string
    if (!text.isWellFormed()) return unfit(value, 'text without lone surrogates')
    if (exact && parseDecimal(text) === undefined) return unfit(value, `a decimal number as text${orNull}`)
    if (text.length > length && [...text].length > length) return unfit(value, `at most ${length} characters`)
    if (key && text.endsWith(' ')) return unfit(value, 'text without trailing spaces, because it is part of the key')
    return text
  }
  const none = (): StoredValue | Unfit => (nullable ? null : unfit(null, expected))
  if (type === 'float64')
    return (value) => {
      if (Number.isFinite(value)) return value as number
      return value === null || value === undefined || Number.isNaN(value) ? none() : read(value)
    }
  // Rows of one day or one stock often follow each other.
  let last: unknown
  let lastRead: StoredValue | Unfit = null
  return (value) => {
    if (value === null || value === undefined) return none()
    if (value !== last || typeof value !== 'string') {
      lastRead = read(value)
      last = value
    }
    return lastRead
  }
}

/** Codes as callers write them, by the form in which their column stores them. */
const EXAMPLES: Readonly<Record<SymbolFormat, string>> = {
  number: '600519',
  'number+exchange': '600519.SH',
  'code+exchange': '600519.SH',
}

/** Whether what would be stored for a code is read as that code again: a number has no place for the exchange of an index. */
const keeps = (format: SymbolFormat, code: string): boolean =>
  readSymbolAs(format, writeSymbolAs(format, code)) === code

/** A whole number in the form that `fromJson` takes, if that is the same number: a text beyond the doubles. */
function fromBigint(value: bigint, type: FieldTypeName): unknown {
  if (type === 'int64') return String(value)
  const number = Number(value)
  return BigInt(number) === value ? number : value
}
