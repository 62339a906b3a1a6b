import type { Catalogue, Field } from '@stockdb/contract'
import { columnName, tableName } from '@stockdb/contract/internal'
import type { FieldOfColumn } from '../engine/ad-hoc.ts'

/** The declared fields, by their table and column names in the database. */
export function fieldsOf(catalogue: Catalogue): FieldOfColumn {
  const fields = new Map<string, Field>()
  const key = (table: string, column: string): string => JSON.stringify([table, column])
  for (const dataset of Object.values(catalogue)) {
    for (const [name, field] of Object.entries(dataset.fields)) {
      fields.set(key(tableName(dataset), columnName(dataset, name)), field)
    }
  }
  return (table, column) => fields.get(key(table, column))
}
