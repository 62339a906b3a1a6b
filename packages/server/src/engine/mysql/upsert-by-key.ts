import type { Dataset } from '@stockdb/contract'
import { columnName, type StoredValue } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'
import type { PoolConnection, ResultSetHeader } from 'mysql2'
import type { UpsertCounts } from '../engine.ts'
import { writersOf } from '../stored.ts'
import { tableId } from '../table-ref.ts'
import { mysqlDialect } from './dialect.ts'
import { refusedValue } from './refused-values.ts'
import { run } from './statements.ts'

/**
 * Writes rows one by one, each found by the dataset's key alone. `on duplicate key update` would also change a row that
 * another unique index takes for the same. The update locks the row, or the gap where it would be.
 */
export async function upsertByKey(
  connection: PoolConnection,
  dataset: Dataset,
  fields: readonly string[],
  rows: readonly (readonly StoredValue[])[],
): Promise<UpsertCounts> {
  const counts = { inserted: 0, changed: 0, unchanged: 0 }
  const keep = writersOf(dataset, fields)
  const { update, insert, others, key } = statementsOf(dataset, fields)
  for (const row of rows) {
    const values = keep(row)
    const pick = (at: readonly number[]): StoredValue[] => at.map((index) => values[index] ?? null)
    try {
      const { info, affectedRows } = await run<ResultSetHeader>(connection, update, [...pick(others), ...pick(key)])
      if (/^Rows matched: [1-9]/.test(info.trim())) counts[affectedRows > 0 ? 'changed' : 'unchanged']++
      else {
        await run(connection, insert, values)
        counts.inserted++
      }
    } catch (error) {
      throw refusedValue(dataset, fields, [row], error) ?? error
    }
  }
  return counts
}

function statementsOf(dataset: Dataset, fields: readonly string[]) {
  const columnOf = (name: string): RawBuilder<unknown> => sql.id(columnName(dataset, name))
  const table = tableId(dataset)
  const others = fields.filter((name) => !dataset.key.includes(name))
  // With nothing but a key the key is set to itself.
  const set = others.length > 0 ? others : dataset.key
  const assignments = set.map((name) => sql`${columnOf(name)} = ?`)
  const same = dataset.key.map((name) => sql`${columnOf(name)} <=> ?`)
  const compile = (statement: RawBuilder<unknown>): string => statement.compile(mysqlDialect.kysely).sql
  const places = (names: readonly string[]): number[] => names.map((name) => fields.indexOf(name))
  return {
    update: compile(sql`update ${table} set ${sql.join(assignments)} where ${sql.join(same, sql` and `)}`),
    insert: compile(
      sql`insert into ${table} (${sql.join(fields.map(columnOf))}) values (${sql.join(fields.map(() => sql`?`))})`,
    ),
    others: places(set),
    key: places(dataset.key),
  }
}
