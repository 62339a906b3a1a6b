import type { Dataset, Field } from '@stockdb/contract'
import { type StoredValue, writeDate, writeSymbolAs } from '@stockdb/contract/internal'

type Row = readonly StoredValue[]

/** Converts the values of a row, in the order of `fields`, to their stored formats. */
export function writersOf(dataset: Dataset, fields: readonly string[]): (row: Row) => Row {
  const forms = fields.map((field) => dataset.fields[field] ?? {})
  const isPlain = ({ dateFormat, numberFormat, symbolFormat }: StoredFormat) =>
    dateFormat === undefined && numberFormat === undefined && symbolFormat === undefined
  if (forms.every(isPlain)) return (row) => row
  return (row) => row.map((value, index) => (value === null ? value : written(forms[index] as StoredFormat, value)))
}

type StoredFormat = Partial<Pick<Field, 'dateFormat' | 'numberFormat' | 'symbolFormat'>>

function written(
  { dateFormat, numberFormat, symbolFormat }: StoredFormat,
  value: NonNullable<StoredValue>,
): StoredValue {
  if (dateFormat !== undefined) return writeDate(dateFormat, String(value))
  if (symbolFormat !== undefined) return writeSymbolAs(symbolFormat, String(value))
  return numberFormat === undefined ? value : String(typeof value === 'boolean' ? Number(value) : value)
}
