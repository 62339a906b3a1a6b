import type { TableShape } from '../table-shape.ts'
import { markIndex } from './ddl.ts'
import type { Handle } from './handles.ts'

/** Reads a table's columns, key and indexes from SQLite's table functions. */
export function describeSqliteTable(handle: Handle, table: string): TableShape | undefined {
  const all = <Row>(sql: string, ...parameters: string[]): Row[] =>
    handle.database.prepare(sql).all(...parameters) as Row[]
  // Includes generated columns, and excludes hidden ones of virtual tables.
  const columns = all<{ name: string; type: string; notnull: number; pk: number }>(
    'select * from pragma_table_xinfo(?) where hidden <> 1',
    table,
  )
  if (columns.length === 0) return undefined
  const key = columns.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk)
  const keyColumns = key.map(({ name }) => name)
  const indexes = all<{ name: string; unique: number; partial: number }>(
    'select name, "unique", partial from pragma_index_list(?)',
    table,
  )
  const made = indexes.some(({ name }) => name === markIndex(table))
  const whole = indexes
    .filter(({ name }) => name !== markIndex(table))
    .map(({ name, unique, partial }) => {
      const parts = all<{ name: string | null; coll: string }>(
        'select name, coll from pragma_index_xinfo(?) where key = 1 order by seqno',
        name,
      )
      // A partial index guarantees nothing about other rows.
      return { parts, columns: parts.map((part) => part.name), unique: unique === 1 && partial === 0 }
    })
  const collations = new Map([
    ...columns
      .map(({ name }) => [name, collationOf(handle, table, name)] as const)
      .filter(([, coll]) => coll !== 'BINARY'),
    // The key is recognised by its index.
    ...whole
      .filter(({ unique }) => unique)
      .flatMap(({ parts }) => parts)
      .filter(({ coll }) => coll !== 'BINARY')
      .map(({ name, coll }) => [name, coll] as const),
  ])
  const triggers = all<{ name: string }>(
    "select name from sqlite_master where type = 'trigger' and tbl_name = ?",
    table,
  )
  return {
    columns: columns.map(({ name, type, notnull, pk }) => {
      const collation = collations.get(name)
      const column = { name, type, nullable: notnull === 0 && pk === 0 }
      return collation === undefined ? column : { ...column, collation }
    }),
    key: keyColumns,
    indexes: [keyColumns, ...whole.map((index) => index.columns)],
    unique: [
      ...(keyColumns.length > 0 ? [keyColumns] : []),
      ...whole.filter(({ unique }) => unique).map((index) => index.columns),
    ],
    ...(triggers.length === 0 ? {} : { triggers: triggers.map(({ name }) => name) }),
    made,
    rowNumbers: all<{ wr: number }>("select wr from pragma_table_list(?) where type = 'table'", table)[0]?.wr === 0,
  }
}

/**
 * The collation that a column was declared with. SQLite has no function for it, but shows it in the program of a comparison,
 * which is not run; the plus keeps it from becoming a search in an index, whose collation may differ.
 */
function collationOf(handle: Handle, table: string, column: string): string {
  const [quoted, from] = [column, table].map((name) => `"${name.replaceAll('"', '""')}"`)
  let program: { opcode: string; p4: string | null }[]
  try {
    program = handle.database.prepare(`explain select 1 from ${from} where +${quoted} = ?`).all() as typeof program
  } catch (error) {
    // One that a program of the user's defines.
    if (/^no such collation sequence/.test((error as Error).message)) return 'unknown'
    throw error
  }
  const compared = program.find(({ opcode }) => opcode === 'Ne' || opcode === 'Eq')
  return compared?.p4?.split('-')[0] ?? 'BINARY'
}
