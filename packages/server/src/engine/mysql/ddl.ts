import type { Dataset } from '@stockdb/contract'
import { columnName } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'
import { type Ddl, indexName, keyName } from '../ddl.ts'
import { hasNullableKey, isNullable, standIn } from '../row-key.ts'
import { hasKey } from '../schema.ts'
import { tableId } from '../table-ref.ts'
import { mysqlColumnTypes } from './column-types.ts'

/** The mark of tables that stockdb created or adopted, in the table's comment: only these are altered. */
export const MARK = 'made by stockdb'

export const mysqlDdl: Ddl = {
  /** The clustered key is symbol and date; the date has a separate index. */
  create: (dataset) => {
    const parts = Object.keys(dataset.fields).map(
      (name) => sql`${columnOf(dataset, name)} ${typeOf(dataset, name)}${nullability(dataset, name, '')}`,
    )
    if (hasNullableKey(dataset)) parts.push(...generatedParts(dataset), uniqueKey(dataset))
    else parts.push(sql`constraint ${sql.id(keyName(dataset))} primary key (${keyOf(dataset)})`)
    const end = sql`engine = innodb default character set utf8mb4 collate utf8mb4_bin comment = ${markedComment()}`
    return [sql`create table ${tableId(dataset)} (${sql.join(parts)}) ${end}`, ...dateIndex(dataset)]
  },

  /** One ALTER TABLE, so that a value that does not fit the declared type leaves the table unchanged. */
  alter: (dataset, table, differences) => {
    const present = new Set(table.columns.map(({ name }) => name))
    const changed = differences.flatMap(({ field, declared }) => (field && declared !== 'an index' ? [field] : []))
    const clauses = [...new Set(changed)].map((name) => {
      const verb = sql.raw(present.has(columnName(dataset, name)) ? 'modify column' : 'add column')
      return sql`${verb} ${columnOf(dataset, name)} ${typeOf(dataset, name)}${nullability(dataset, name, ' null')}`
    })
    if (!hasKey(mysqlDdl, dataset, table)) {
      if (table.key.length > 0) clauses.push(sql`drop primary key`)
      if (hasNullableKey(dataset)) {
        clauses.push(...generatedParts(dataset).map((part) => sql`add column ${part}`), sql`add ${uniqueKey(dataset)}`)
      } else clauses.push(sql`add primary key (${keyOf(dataset)})`)
    }
    if (differences.some(({ declared }) => declared === 'an index') && dataset.date)
      clauses.push(sql`add index ${sql.id(indexName(dataset))} (${columnOf(dataset, dataset.date)})`)
    if (!table.made) clauses.push(sql`comment = ${markedComment(table.comment)}`)
    return [sql`alter table ${tableId(dataset)} ${sql.join(clauses)}`]
  },

  mark: (dataset, { comment }) => [sql`alter table ${tableId(dataset)} comment = ${markedComment(comment)}`],

  keyColumns: (dataset) =>
    dataset.key.map((name) => (isNullable(dataset, name) ? generatedName(dataset, name) : columnName(dataset, name))),

  upsertsByAnyUniqueIndex: true,
}

const columnOf = (dataset: Dataset, name: string): RawBuilder<unknown> => sql.id(columnName(dataset, name))

const keyOf = (dataset: Dataset): RawBuilder<unknown> => sql.join(dataset.key.map((name) => columnOf(dataset, name)))

function typeOf(dataset: Dataset, name: string): RawBuilder<unknown> {
  const field = dataset.fields[name]
  if (!field) throw new TypeError(`dataset ${dataset.name} has no field ${name}`)
  return sql.raw(mysqlColumnTypes.declared(field))
}

const nullability = (dataset: Dataset, name: string, nullable: string): RawBuilder<unknown> =>
  sql.raw(isNullable(dataset, name) ? nullable : ' not null')

function dateIndex(dataset: Dataset): RawBuilder<unknown>[] {
  if (!dataset.date || dataset.key[0] === dataset.date) return []
  const name = sql.id(indexName(dataset))
  return [sql`create index ${name} on ${tableId(dataset)} (${columnOf(dataset, dataset.date)})`]
}

/** Generated columns that replace nulls in a key: MariaDB has no index on expressions. */
function generatedParts(dataset: Dataset): RawBuilder<unknown>[] {
  return dataset.key
    .filter((name) => isNullable(dataset, name))
    .map((name) => {
      const generated = sql.id(generatedName(dataset, name))
      return sql`${generated} ${typeOf(dataset, name)} generated always as (${standIn(dataset, name)}) virtual`
    })
}

const generatedName = (dataset: Dataset, name: string): string => `${columnName(dataset, name)}_or_none`

function uniqueKey(dataset: Dataset): RawBuilder<unknown> {
  const columns = mysqlDdl.keyColumns(dataset).map((name) => sql.id(name as string))
  return sql`unique key ${sql.id(keyName(dataset))} (${sql.join(columns)})`
}

/** A comment with the mark, as a literal under the session's `sql_mode`. */
function markedComment(comment = ''): RawBuilder<unknown> {
  const marked = comment === '' ? MARK : `${comment} (${MARK})`
  return sql.raw(`'${marked.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`)
}
