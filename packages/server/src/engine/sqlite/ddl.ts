import type { Dataset } from '@stockdb/contract'
import { columnName, tableName } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'
import { type Ddl, indexName, keyName } from '../ddl.ts'
import { hasNullableKey, isNullable, standIn } from '../row-key.ts'
import { sqliteColumnTypes } from './column-types.ts'

/**
 * The mark of tables that stockdb created or adopted: only these are altered. SQLite has no table comments, so it is an
 * empty partial index, which is dropped with the table.
 */
export const markIndex = (table: string): string => `${table}_made_by_stockdb`

/** The parts of the key's unique index: expressions for nullable fields. */
export const sqliteKeyParts = (dataset: Dataset): RawBuilder<unknown>[] =>
  dataset.key.map((name) => (isNullable(dataset, name) ? standIn(dataset, name) : columnOf(dataset, name)))

export const sqliteDdl: Ddl = {
  create: (dataset) => [createTable(dataset, tableName(dataset)), ...indexes(dataset)],

  /**
   * SQLite cannot alter a column, so the rows are copied into a new table that replaces the old one, including
   * undeclared columns.
   */
  alter: (dataset, table) => {
    const rebuiltName = `${tableName(dataset)}_rebuilt`
    const [current, rebuilt] = [tableName(dataset), rebuiltName].map((name) => sql.id(name))
    const present = table.columns.map(({ name }) => name)
    const declared = Object.keys(dataset.fields).map((name) => columnName(dataset, name))
    const undeclared = present.filter((name) => !declared.includes(name))
    const copied = sql.join(
      [...declared.filter((name) => present.includes(name)), ...undeclared].map((name) => sql.id(name)),
    )
    return [
      createTable(dataset, rebuiltName),
      ...undeclared.map((name) => sql`alter table ${rebuilt} add column ${sql.id(name)} any`),
      sql`insert into ${rebuilt} (${copied}) select ${copied} from ${current}`,
      sql`drop table ${current}`,
      sql`alter table ${rebuilt} rename to ${current}`,
      ...indexes(dataset),
    ]
  },

  mark: (dataset) => [markTable(dataset)],

  keyColumns: (dataset) => dataset.key.map((name) => (isNullable(dataset, name) ? null : columnName(dataset, name))),

  upsertsByAnyUniqueIndex: false,
}

const columnOf = (dataset: Dataset, name: string): RawBuilder<unknown> => sql.id(columnName(dataset, name))

/** A table without rowid is clustered by its key. */
function createTable(dataset: Dataset, table: string): RawBuilder<unknown> {
  const parts = Object.entries(dataset.fields).map(([name, field]) => {
    const type = `${sqliteColumnTypes.declared(field)}${field.nullable ? '' : ' not null'}`
    return sql`${columnOf(dataset, name)} ${sql.raw(type)}`
  })
  if (!hasNullableKey(dataset)) {
    const key = sql.join(dataset.key.map((name) => columnOf(dataset, name)))
    parts.push(sql`constraint ${sql.id(keyName(dataset))} primary key (${key})`)
  }
  const end = sql.raw(hasNullableKey(dataset) ? 'strict' : 'strict, without rowid')
  return sql`create table ${sql.id(table)} (${sql.join(parts)}) ${end}`
}

function indexes(dataset: Dataset): RawBuilder<unknown>[] {
  const table = sql.id(tableName(dataset))
  const key = sql`create unique index ${sql.id(keyName(dataset))} on ${table} (${sql.join(sqliteKeyParts(dataset))})`
  const made = [...(hasNullableKey(dataset) ? [key] : []), markTable(dataset)]
  if (!dataset.date || dataset.key[0] === dataset.date) return made
  return [...made, sql`create index ${sql.id(indexName(dataset))} on ${table} (${columnOf(dataset, dataset.date)})`]
}

function markTable(dataset: Dataset): RawBuilder<unknown> {
  const [name, table] = [markIndex(tableName(dataset)), tableName(dataset)].map((one) => sql.id(one))
  return sql`create index ${name} on ${table} (${columnOf(dataset, dataset.key[0] as string)}) where 0`
}
