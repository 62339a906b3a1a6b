import type { Dataset } from '@stockdb/contract'
import { distinguishing } from '@stockdb/contract/internal'
import { sql } from 'kysely'
import type { ReadQuery } from '../../engine/engine.ts'
import { columnOf, datePlaceholder, declared, readField } from '../columns.ts'
import { bind, type QueryCache, readColumns } from '../prepared-query.ts'
import { compiled, lengthShape, type Symbols, tableOf, untyped, whereSymbols } from '../rows.ts'

/** Where repeats would be read. */
export interface RepeatBounds {
  readonly symbols?: Symbols
  /** The one date whose rows are read; those of all dates without it. */
  readonly date?: string | undefined
}

/**
 * Reads one key of which there are several rows, if there is one: for reads whose rows are joined, ranked or filtered, so that
 * repeats among them would not be seen. Keys are compared as their fields are: texts by their bytes.
 */
export function selectRepeat(cache: QueryCache, dataset: Dataset, { symbols, date }: RepeatBounds): ReadQuery {
  const key = distinguishing(dataset)
  const shape = ['repeat', dataset.name, lengthShape(symbols), date !== undefined].join('|')
  const prepared = cache.get(shape, (dialect) => {
    const exact = (field: string) => {
      const { type } = declared(dataset, field)
      return dialect.comparable(
        type === 'symbol' && dataset.foreign ? { type: 'text' } : { type },
        columnOf(dataset, field),
      )
    }
    let rows = whereSymbols(tableOf(dialect, dataset), dataset, symbols, dialect)
    if (date !== undefined)
      rows = rows.where(columnOf(dataset, dataset.date ?? ''), '=', datePlaceholder(dataset, 'date'))
    const parts = key.flatMap((field) => [columnOf(dataset, field), sql`${exact(field)}`])
    const repeated = untyped(rows.select(key.map((field) => readField(dialect, dataset, field))).groupBy(parts))
      .having(sql<boolean>`count(*) > 1`)
      .limit(sql<number>`1`)
    return { ...compiled(repeated), columns: readColumns(dataset, key) }
  })
  return bind(prepared, { symbols, date })
}
