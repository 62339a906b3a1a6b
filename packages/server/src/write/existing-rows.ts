import type { Dataset } from '@stockdb/contract'
import { columnName, type StoredValue, show } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { sql } from 'kysely'
import type { Engine } from '../engine/engine.ts'
import { writersOf } from '../engine/stored.ts'
import { tableId } from '../engine/table-ref.ts'
import { beginTimed } from './begin-timed.ts'

/** Rows that a message names. */
const MAX_NAMED = 20

/** Some rows of an insert were there before. */
export class RowsExist extends Error {
  readonly rows: readonly (readonly StoredValue[])[]
  /** The number of the first of the rows, counted from 1. */
  readonly first: number

  constructor(rows: readonly (readonly StoredValue[])[], first: number) {
    super('some rows already exist')
    this.rows = rows
    this.first = first
  }
}

/** The error of an insert, with the rows that exist. Its transaction was rolled back, so they are looked up again. */
export async function existingRows(
  engine: Engine,
  dataset: Dataset,
  fields: readonly string[],
  { rows, first }: RowsExist,
  signal: AbortSignal,
): Promise<StockdbError> {
  const { kysely } = engine.dialect
  const keep = writersOf(dataset, fields)
  const named: string[] = []
  const transaction = await beginTimed(engine, signal)
  try {
    for (let at = 0; at < rows.length && named.length < MAX_NAMED; at++) {
      const given = rows[at] as readonly StoredValue[]
      const stored = keep(given)
      const cellOf = (name: string): StoredValue => stored[fields.indexOf(name)] ?? null
      const same = dataset.key.map((name) => {
        const [column, value] = [sql.id(columnName(dataset, name)), cellOf(name)]
        return value === null ? sql`${column} is null` : sql`${column} = ${value}`
      })
      const statement = sql`select 1 as found from ${tableId(dataset)} where ${sql.join(same, sql` and `)}`
      if ((await transaction.run(statement.compile(kysely))).rows.length === 0) continue
      const key = dataset.key.map((name) => `${name} ${show(given[fields.indexOf(name)] ?? null)}`).join(', ')
      named.push(`row ${first + at} (items[${first + at - 1}]): ${key}`)
    }
  } finally {
    await transaction.rollback()
  }
  const which = named.length > 0 ? named.join('; ') : 'they are gone by now'
  return new StockdbError(
    'CONFLICT',
    `nothing was written: some rows already exist, and mode is insert: ${which}${named.length === MAX_NAMED ? '; these are the first 20' : ''}`,
  )
}
