import { columnName, tableName } from '@stockdb/contract/internal'
import type { Change } from '@stockdb/contract/wire'
import { plainValues } from '@stockdb/contract/wire'
import { type RawBuilder, sql } from 'kysely'
import type { Engine, ReadColumn } from './engine.ts'
import { changesTable, sequenceTable } from './own-tables.ts'

const FIELDS = Object.keys(changesTable.fields) as (keyof typeof changesTable.fields)[]

const columns: readonly ReadColumn[] = FIELDS.map((name) => {
  const { type, nullable } = changesTable.fields[name]
  return { name, type, nullable }
})

/** Changes after a number, oldest first; or the newest ones, if none is given, oldest first as well. */
export async function readChanges(
  engine: Engine,
  { since, limit }: { readonly since: number | undefined; readonly limit: number },
  signal: AbortSignal,
): Promise<Change[]> {
  const { readable, kysely } = engine.dialect
  const sequence = sql.id('sequence')
  const selected = FIELDS.map(
    (name) => sql`${readable(changesTable.fields[name], sql.id(columnName(changesTable, name)))} as ${sql.id(name)}`,
  )
  const from = sql`select ${sql.join(selected)} from ${sql.id(tableName(changesTable))}`
  const order = sql.raw(since === undefined ? 'desc' : 'asc')
  const where = since === undefined ? sql`` : sql`where ${sequence} > ${since}`
  const statement = sql`${from} ${where} order by ${sequence} ${order} limit ${sql.lit(limit)}`.compile(kysely)
  const query = { sql: statement.sql, parameters: statement.parameters, columns, tables: [tableName(changesTable)] }
  const found: Change[] = []
  for await (const { batch } of engine.read(query, signal)) {
    const values = batch.vectors.map(plainValues)
    for (let row = 0; row < batch.numRows; row++) found.push(changeOf((at) => values[at]?.[row]))
  }
  return since === undefined ? found.reverse() : found
}

function changeOf(valueAt: (index: number) => unknown): Change {
  const value = Object.fromEntries(FIELDS.map((name, at) => [name, valueAt(at)])) as Record<
    keyof typeof changesTable.fields,
    unknown
  >
  const symbols = value.symbols === null ? null : (JSON.parse(String(value.symbols)) as string[])
  return {
    sequence: Number(value.sequence),
    dataset: String(value.dataset),
    start: value.first_date as string | null,
    end: value.last_date as string | null,
    symbols,
    inserted: Number(value.inserted),
    changed: Number(value.changed),
    unchanged: Number(value.unchanged),
    deleted: Number(value.deleted),
    by: String(value.written_by),
    at: String(value.written_at),
  }
}

/** The number of the last write, and that of the oldest one which is remembered; `undefined` if none is. */
export async function readEnds(
  engine: Engine,
  signal: AbortSignal,
): Promise<{ readonly last: number; readonly oldest: number | undefined }> {
  const one = async (statement: RawBuilder<unknown>): Promise<number | undefined> => {
    const { sql: text, parameters } = statement.compile(engine.dialect.kysely)
    const columns: readonly ReadColumn[] = [{ name: 'value', type: 'int64', nullable: true }]
    let value: unknown
    for await (const { batch } of engine.read({ sql: text, parameters, columns }, signal))
      if (batch.numRows > 0 && batch.vectors[0]) value = plainValues(batch.vectors[0])[0]
    return value === null || value === undefined ? undefined : Number(value)
  }
  const last = await one(
    sql`select ${sql.id('last')} as ${sql.id('value')} from ${sql.id(tableName(sequenceTable))} where ${sql.id('id')} = 1`,
  )
  const oldest = await one(
    sql`select min(${sql.id('sequence')}) as ${sql.id('value')} from ${sql.id(tableName(changesTable))}`,
  )
  return { last: last ?? 0, oldest }
}
