import type { Field, FieldTypeName } from '@stockdb/contract'
import { fieldTypes, parseDecimal, type StoredValue, show, TEXT_LENGTH } from '@stockdb/contract/internal'

/** A value that a field cannot have, and what it can. */
interface Unfit {
  readonly got: string
  readonly expected: string
}

/** Reads one value into the form that the engines store. */
export type ReadValue = (value: unknown) => { readonly value: StoredValue } | Unfit

/** How values of a field are read. `key`: whether it is part of the key, in which databases ignore spaces at the end of a text. */
export function readerOf(field: Field, key: boolean): ReadValue {
  const { type, nullable, length = TEXT_LENGTH, exact } = field
  const { fromJson, expected } = fieldTypes[type]
  const orNull = nullable ? ', or null' : ''
  const unfit = (value: unknown, wanted = `${expected}${orNull}`): Unfit => ({
    // JSON would call what is not finite null.
    got: typeof value === 'number' ? String(value) : show(value),
    expected: wanted,
  })
  const isMissing =
    type === 'float64' ? (value: unknown) => value === null || Number.isNaN(value) : (value: unknown) => value === null
  return (given) => {
    const value = given === undefined ? null : given
    if (isMissing(value)) return nullable ? { value: null } : unfit(null, expected)
    const read = fromJson(typeof value === 'bigint' ? fromBigint(value, type) : value)
    if (read === undefined) return unfit(value)
    if (type !== 'text') return { value: read }
    const text = read as string
    if (!text.isWellFormed()) return unfit(value, 'text without half characters')
    if (exact && parseDecimal(text) === undefined) return unfit(value, `a decimal number as text${orNull}`)
    if (text.length > length && [...text].length > length) return unfit(value, `at most ${length} characters`)
    if (key && text.endsWith(' ')) return unfit(value, 'text without spaces at its end, which is part of the key')
    return { value: text }
  }
}

/** A whole number in the form that `fromJson` takes, if that is the same number: a text beyond the doubles. */
function fromBigint(value: bigint, type: FieldTypeName): unknown {
  if (type === 'int64') return String(value)
  const number = Number(value)
  return BigInt(number) === value ? number : value
}
