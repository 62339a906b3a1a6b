import type { PoolConnection } from 'mysql2'
import { idOf, type TableRef } from '../table-ref.ts'
import type { TableShape } from '../table-shape.ts'
import { MARK } from './ddl.ts'
import { mysqlDialect } from './dialect.ts'
import { isDenied } from './errors.ts'
import { run } from './statements.ts'

/** Tables that are described with one statement. */
const AT_ONCE = 500

/** Reads a table's columns, key and indexes from the information schema. */
export async function describeMysqlTable(connection: PoolConnection, ref: TableRef): Promise<TableShape | undefined> {
  const { schema, table } = typeof ref === 'string' ? { schema: undefined, table: ref } : ref
  return (await describeTogether(connection, [table], schema)).get(table)
}

/** Reads the columns, keys and indexes of several tables, in their order. */
export async function describeMysqlTables(
  connection: PoolConnection,
  tables: readonly string[],
): Promise<readonly (TableShape | undefined)[]> {
  const shapes = new Map<string, TableShape>()
  for (let from = 0; from < tables.length; from += AT_ONCE) {
    for (const [table, shape] of await describeTogether(connection, tables.slice(from, from + AT_ONCE)))
      shapes.set(table, shape)
  }
  return tables.map((table) => shapes.get(table))
}

/** Whether the database refuses a table to this account, of which the information schema then says nothing. */
export async function isHiddenMysqlTable(connection: PoolConnection, ref: TableRef): Promise<boolean> {
  const table = idOf(ref).compile(mysqlDialect.kysely).sql
  return run(connection, `select 1 from ${table} limit 0`, [], 'query').then(() => false, isDenied)
}

type Rows<Row extends unknown[]> = [table: string, ...row: Row][]

async function describeTogether(
  connection: PoolConnection,
  tables: readonly string[],
  schema?: string,
): Promise<ReadonlyMap<string, TableShape>> {
  // Not prepared: lists of every length would be statements of their own.
  const kind = tables.length === 1 ? 'execute' : 'query'
  const within = schema === undefined ? 'database()' : '?'
  const values = [...(schema === undefined ? [] : [schema]), ...tables]
  const of = (column: string): string =>
    tables.length === 1 ? `${column} = ?` : `${column} in (${tables.map(() => '?').join(', ')})`
  const columns = await run<Rows<[string, string, string, string | null]>>(
    connection,
    `select table_name, column_name, column_type, is_nullable, collation_name from information_schema.columns
      where table_schema = ${within} and ${of('table_name')} order by table_name, ordinal_position`,
    values,
    kind,
  )
  if (columns.length === 0) return new Map()
  const entries = await run<Rows<[string, string | null, number]>>(
    connection,
    `select table_name, index_name, column_name, non_unique from information_schema.statistics
      where table_schema = ${within} and ${of('table_name')} order by table_name, index_name, seq_in_index`,
    values,
    kind,
  )
  const comments = await run<Rows<[string | null]>>(
    connection,
    `select table_name, table_comment from information_schema.tables where table_schema = ${within} and ${of('table_name')}`,
    values,
    kind,
  )
  const triggers = await run<Rows<[string]>>(
    connection,
    `select event_object_table, trigger_name from information_schema.triggers where event_object_schema = ${within} and ${of('event_object_table')}`,
    values,
    kind,
  )
  const byTable = <Row extends unknown[]>(rows: Rows<Row>) => Map.groupBy(rows, ([table]) => table)
  const [indexed, commented, triggered] = [byTable(entries), new Map(comments), byTable(triggers)]
  return new Map(
    [...byTable(columns)].map(([table, described]) => [
      table,
      shapeOf(described, indexed.get(table) ?? [], commented.get(table) ?? '', triggered.get(table) ?? []),
    ]),
  )
}

function shapeOf(
  columns: Rows<[string, string, string, string | null]>,
  entries: Rows<[string, string | null, number]>,
  comment: string,
  triggers: Rows<[string]>,
): TableShape {
  const indexes = Map.groupBy(entries, ([, index]) => index)
  const columnsOf = (index: string): (string | null)[] => (indexes.get(index) ?? []).map(([, , column]) => column)
  const unique = [...indexes].filter(([, [first]]) => Number(first?.[3]) === 0)
  return {
    columns: columns.map(([, name, type, nullable, collation]) => ({
      name,
      type: type.toLowerCase(),
      nullable: nullable === 'YES',
      ...(collation === null ? {} : { collation }),
    })),
    key: columnsOf('PRIMARY').filter((column) => column !== null),
    indexes: [...indexes.keys()].map(columnsOf),
    unique: unique.map(([index]) => columnsOf(index)),
    ...(triggers.length === 0 ? {} : { triggers: triggers.map(([, name]) => name) }),
    made: comment.includes(MARK),
    comment,
  }
}
