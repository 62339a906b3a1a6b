import type { TableShape } from '../table-shape.ts'
import type { Handle } from './handles.ts'

/** Reads a table's columns, key and indexes from SQLite's table functions. */
export function describeSqliteTable(handle: Handle, table: string): TableShape | undefined {
  const all = <Row>(sql: string, ...parameters: string[]): Row[] =>
    handle.database.prepare(sql).all(...parameters) as Row[]
  // With generated columns, and without those that a virtual table hides.
  const columns = all<{ name: string; type: string; notnull: number; pk: number }>(
    'select * from pragma_table_xinfo(?) where hidden <> 1',
    table,
  )
  if (columns.length === 0) return undefined
  const key = columns.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk)
  const indexes = all<{ name: string }>('select name from pragma_index_list(?)', table)
  return {
    columns: columns.map(({ name, type, notnull, pk }) => ({ name, type, nullable: notnull === 0 && pk === 0 })),
    key: key.map(({ name }) => name),
    indexes: [
      key.map(({ name }) => name),
      ...indexes.map(({ name }) =>
        all<{ name: string | null }>('select name from pragma_index_info(?) order by seqno', name).map(
          (column) => column.name,
        ),
      ),
    ],
  }
}
