import type { PoolConnection } from 'mysql2'
import type { TableShape } from '../table-shape.ts'
import { MARK } from './ddl.ts'
import { run } from './statements.ts'

/** Reads a table's columns, key and indexes from the information schema. */
export async function describeMysqlTable(connection: PoolConnection, table: string): Promise<TableShape | undefined> {
  const columns = await run<[string, string, string, string | null][]>(
    connection,
    `select column_name, column_type, is_nullable, collation_name from information_schema.columns
      where table_schema = database() and table_name = ? order by ordinal_position`,
    [table],
  )
  if (columns.length === 0) return undefined
  const entries = await run<[string, string | null, number][]>(
    connection,
    `select index_name, column_name, non_unique from information_schema.statistics
      where table_schema = database() and table_name = ? order by index_name, seq_in_index`,
    [table],
  )
  const [about] = await run<[string | null][]>(
    connection,
    'select table_comment from information_schema.tables where table_schema = database() and table_name = ?',
    [table],
  )
  const triggers = await run<[string][]>(
    connection,
    'select trigger_name from information_schema.triggers where event_object_schema = database() and event_object_table = ?',
    [table],
  )
  const comment = about?.[0] ?? ''
  const indexes = Map.groupBy(entries, ([index]) => index)
  const columnsOf = (index: string): (string | null)[] => (indexes.get(index) ?? []).map(([, column]) => column)
  const unique = [...indexes].filter(([, [first]]) => Number(first?.[2]) === 0)
  return {
    columns: columns.map(([name, type, nullable, collation]) => ({
      name,
      type: type.toLowerCase(),
      nullable: nullable === 'YES',
      ...(collation === null ? {} : { collation }),
    })),
    key: columnsOf('PRIMARY').filter((column) => column !== null),
    indexes: [...indexes.keys()].map(columnsOf),
    unique: unique.map(([index]) => columnsOf(index)),
    ...(triggers.length === 0 ? {} : { triggers: triggers.map(([name]) => name) }),
    made: comment.includes(MARK),
    comment,
  }
}
