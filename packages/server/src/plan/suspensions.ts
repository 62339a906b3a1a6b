import type { HeldRoles } from '@stockdb/contract/internal'
import { sql } from 'kysely'
import type { ReadQuery } from '../engine/engine.ts'
import { columnOf, fieldOf } from './columns.ts'
import { bind, type QueryCache } from './prepared-query.ts'
import { compileRows, rowsOf, untyped } from './rows.ts'

/** Reads symbol and day of all suspensions of a whole day, unordered. Rows without a type count as suspensions. */
export function selectSuspensions(
  cache: QueryCache,
  { dataset, type, timing }: NonNullable<HeldRoles['suspensions']>,
): ReadQuery {
  const what = { dataset, fields: [fieldOf(dataset, 'symbol'), fieldOf(dataset, 'date')] }
  const prepared = cache.get(`suspensions|${dataset.name}`, (dialect) => {
    let rows = rowsOf(dialect, what)
    const of = (name: string) => columnOf(dataset, name)
    if (type !== undefined) rows = untyped(rows.where(sql<boolean>`(${of(type)} is null or ${of(type)} = 'S')`))
    if (timing !== undefined) rows = untyped(rows.where(sql<boolean>`(${of(timing)} is null or ${of(timing)} = '')`))
    return compileRows(rows, what)
  })
  return bind(prepared, {})
}
