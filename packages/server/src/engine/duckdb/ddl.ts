import type { Dataset } from '@stockdb/contract'
import { columnName, tableName } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'
import { type Ddl, keyName } from '../ddl.ts'
import { hasNullableKey, isNullable, standIn } from '../row-key.ts'
import type { TableShape } from '../table-shape.ts'
import { duckdbColumnTypes } from './column-types.ts'

/** The mark of tables that stockdb has made, or adopted on request, in the table's comment: only these are altered. */
export const MARK = 'made by stockdb'

export const duckdbDdl: Ddl = {
  /** Every column has the least and greatest value of each of its parts, so that a date needs no index. */
  create: (dataset) => [createTable(dataset, tableName(dataset)), ...keyIndex(dataset), markTable(dataset)],

  /** A column of a key cannot be changed: the rows are copied into a new table, which then takes the old one's place. */
  alter: (dataset, table) => {
    const rebuiltName = `${tableName(dataset)}_rebuilt`
    const [current, rebuilt] = [tableName(dataset), rebuiltName].map((name) => sql.id(name))
    const present = table.columns.map(({ name }) => name)
    const declared = Object.keys(dataset.fields).map((name) => columnName(dataset, name))
    const undeclared = table.columns.filter(({ name }) => !declared.includes(name))
    const copied = sql.join(
      [...declared.filter((name) => present.includes(name)), ...undeclared.map(({ name }) => name)].map((name) =>
        sql.id(name),
      ),
    )
    return [
      createTable(dataset, rebuiltName),
      ...undeclared.map(({ name, type }) => sql`alter table ${rebuilt} add column ${sql.id(name)} ${sql.raw(type)}`),
      sql`insert into ${rebuilt} (${copied}) select ${copied} from ${current}`,
      sql`drop table ${current}`,
      sql`alter table ${rebuilt} rename to ${current}`,
      ...keyIndex(dataset),
      markTable(dataset, table.comment),
    ]
  },

  mark: (dataset, { comment }) => [markTable(dataset, comment)],

  keyColumns: (dataset) => dataset.key.map((name) => (isNullable(dataset, name) ? null : columnName(dataset, name))),

  upsertsByAnyUniqueIndex: false,
}

const columnOf = (dataset: Dataset, name: string): RawBuilder<unknown> => sql.id(columnName(dataset, name))

function createTable(dataset: Dataset, table: string): RawBuilder<unknown> {
  const parts = Object.entries(dataset.fields).map(([name, field]) => {
    const type = `${duckdbColumnTypes.declared(field)}${field.nullable ? '' : ' not null'}`
    return sql`${columnOf(dataset, name)} ${sql.raw(type)}`
  })
  if (!hasNullableKey(dataset))
    parts.push(sql`primary key (${sql.join(dataset.key.map((name) => columnOf(dataset, name)))})`)
  return sql`create table ${sql.id(table)} (${sql.join(parts)})`
}

/** The unique index of a key of which a field may be null. */
function keyIndex(dataset: Dataset): RawBuilder<unknown>[] {
  if (!hasNullableKey(dataset)) return []
  const parts = dataset.key.map((name) =>
    isNullable(dataset, name) ? sql`(${standIn(dataset, name)})` : columnOf(dataset, name),
  )
  return [sql`create unique index ${sql.id(keyName(dataset))} on ${sql.id(tableName(dataset))} (${sql.join(parts)})`]
}

function markTable(dataset: Dataset, comment: TableShape['comment'] = ''): RawBuilder<unknown> {
  const text = comment.includes(MARK) ? comment : [comment, MARK].filter((part) => part !== '').join('; ')
  return sql`comment on table ${sql.id(tableName(dataset))} is ${sql.lit(text)}`
}
