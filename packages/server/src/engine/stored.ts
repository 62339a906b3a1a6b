import type { Dataset } from '@stockdb/contract'
import { dateFormats, type StoredValue } from '@stockdb/contract/internal'

type Row = readonly StoredValue[]

/** Converts the values of a row, in the order of `fields`, to their stored formats. */
export function writersOf(dataset: Dataset, fields: readonly string[]): (row: Row) => Row {
  const forms = fields.map((field) => dataset.fields[field]?.dateFormat)
  if (forms.every((form) => form === undefined)) return (row) => row
  return (row) =>
    row.map((value, index) => {
      const form = forms[index]
      return form === undefined || value === null ? value : dateFormats[form].write(String(value))
    })
}
