import type { Catalogue, Dataset } from '@stockdb/contract'
import { sql } from 'kysely'
import type { ReadQuery } from '../engine/engine.ts'
import { columnOf, fieldOf } from './columns.ts'
import { bind, type QueryCache } from './prepared-query.ts'
import { compileRows, rowsOf, untyped } from './rows.ts'

/** Reads symbol and day of all suspensions that lasted the whole day, in no order. Those without a type are taken for suspensions. */
export function selectSuspensions(cache: QueryCache, dataset: Dataset): ReadQuery {
  const what = { dataset, fields: [fieldOf(dataset, 'symbol'), fieldOf(dataset, 'date')] }
  const prepared = cache.get(`suspensions|${dataset.name}`, (dialect) => {
    const { suspend_type: type, suspend_timing: timing } = dataset.fields
    let rows = rowsOf(dialect, what)
    const of = (name: string) => columnOf(dataset, name)
    if (type) rows = untyped(rows.where(sql<boolean>`(${of('suspend_type')} is null or ${of('suspend_type')} = 'S')`))
    if (timing)
      rows = untyped(rows.where(sql<boolean>`(${of('suspend_timing')} is null or ${of('suspend_timing')} = '')`))
    return compileRows(rows, what)
  })
  return bind(prepared, {})
}

/** The dataset of suspensions, `suspend_d`; `undefined` where a table of that name is something else. */
export function suspensionsOf({ suspend_d: table }: Catalogue): Dataset | undefined {
  const date = table?.date === undefined ? undefined : table.fields[table.date]
  return table?.symbol && date?.type === 'date' ? table : undefined
}
