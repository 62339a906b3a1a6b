import type { DuckDBConnection } from '@duckdb/node-api'
import type { TableShape } from '../table-shape.ts'
import { MARK } from './ddl.ts'
import { rowsOf } from './statements.ts'

const HERE = 'database_name = current_database() and schema_name = current_schema()'

/** Reads a table's columns, key and indexes from DuckDB's table functions. */
export async function describeDuckdbTable(
  connection: DuckDBConnection,
  table: string,
): Promise<TableShape | undefined> {
  const all = (sql: string): Promise<unknown[][]> => rowsOf(connection, sql, [table])
  const columns = (await all(
    `select column_name, data_type, is_nullable from duckdb_columns() where ${HERE} and table_name = $1 order by column_index`,
  )) as [string, string, boolean][]
  if (columns.length === 0) return undefined
  const names = new Set(columns.map(([name]) => name))
  const [about] = (await all(`select comment, sql from duckdb_tables() where ${HERE} and table_name = $1`)) as [
    string | null,
    string,
  ][]
  const constraints = (await all(
    `select constraint_type, to_json(constraint_column_names) from duckdb_constraints() where ${HERE} and table_name = $1 and constraint_type in ('PRIMARY KEY', 'UNIQUE')`,
  )) as [string, string][]
  const indexes = (await all(
    `select is_unique, expressions from duckdb_indexes() where ${HERE} and table_name = $1 order by index_name`,
  )) as [boolean, string][]
  const keyed = constraints.map(([type, json]) => ({ type, columns: JSON.parse(json) as string[] }))
  const made = indexes.map(([unique, parts]) => ({
    unique,
    columns: partsOf(parts).map((part) => nameOf(part, names)),
  }))
  const collations = collationsIn(about?.[1] ?? '')
  const comment = about?.[0] ?? ''
  return {
    columns: columns.map(([name, type, nullable]) => {
      const collation = collations.get(name)
      const column = { name, type: inLowerCase(type), nullable }
      return collation === undefined ? column : { ...column, collation }
    }),
    key: keyed.find(({ type }) => type === 'PRIMARY KEY')?.columns ?? [],
    indexes: [...keyed.map((key) => key.columns), ...made.map((one) => one.columns)],
    unique: [...keyed.map((key) => key.columns), ...made.filter(({ unique }) => unique).map((one) => one.columns)],
    made: comment.includes(MARK),
    rowNumbers: about !== undefined && !names.has('rowid'),
    comment,
  }
}

/** `DECIMAL(20,4)` as `decimal(20,4)`; the values of an ENUM as they are. */
export const inLowerCase = (type: string): string => type.replace(/^[A-Z_ ]+/, (word) => word.toLowerCase())

/** The expressions of an index, which DuckDB gives as the text of a list: `[a, '(COALESCE(d, \'x\'))']`. */
function partsOf(list: string): string[] {
  const parts = list.slice(1, -1).match(/'(?:[^'\\]|\\.)*'|[^,'\s][^,']*/g) ?? []
  return parts.map((part) => (part.startsWith("'") ? part.slice(1, -1).replaceAll(/\\(.)/g, '$1') : part.trim()))
}

/** The column that a part of an index is; null for an expression. */
function nameOf(part: string, names: ReadonlySet<string>): string | null {
  const bare = part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part
  return names.has(bare) ? bare : null
}

/** Collations of columns, which DuckDB tells only in the text of the table. */
function collationsIn(sql: string): ReadonlyMap<string, string> {
  const found = sql.matchAll(/("(?:[^"]|"")*"|[\w]+) VARCHAR COLLATE "?([\w.]+)"?/g)
  return new Map(
    [...found].map(([, name = '', collation = '']) => [
      name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name,
      collation,
    ]),
  )
}
