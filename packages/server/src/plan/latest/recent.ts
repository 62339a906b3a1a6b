import type { Dataset } from '@stockdb/contract'
import { sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import { columnOf, role } from '../columns.ts'
import { whereDates } from '../date-range.ts'
import { type Filters, whereFilters } from '../filters.ts'
import { type Builder, type Equal, type Symbols, tableOf, whereEqual, whereSymbols } from '../rows.ts'

/** Which rows are candidates for the last ones. */
export interface Recent {
  readonly symbols?: Symbols
  readonly end?: string | undefined
  /** A field that must not be null. */
  readonly present?: string | undefined
  readonly equal?: Equal | undefined
  readonly where?: Filters | undefined
}

/** Narrows a select from the table `d` to the candidates, of any symbol. */
export function whereRecent(
  builder: Builder,
  dialect: Dialect,
  dataset: Dataset,
  { end, present, equal, where }: Recent,
  table = 'd',
): Builder {
  let recent = whereFilters(whereEqual(builder, dataset, equal, table), dialect, dataset, where, table)
  recent = whereDates(recent, dialect, dataset, { end: end === undefined ? undefined : 'end' }, table)
  if (present !== undefined) recent = recent.where(columnOf(dataset, present, table), 'is not', null)
  return recent
}

/** The candidates of one of several tables, in which every row is of the symbols asked for if its name says so. */
export function recentOfMember(dialect: Dialect, one: Dataset, which: Recent, filled: string | undefined): Builder {
  const ofSymbols = whereSymbols(
    tableOf(dialect, one),
    one,
    one.symbol === undefined ? undefined : which.symbols,
    dialect,
  )
  const recent = whereRecent(ofSymbols, dialect, one, which)
  return filled === undefined ? recent : recent.where(columnOf(one, filled), 'is not', null)
}

/** The candidates of the symbols asked for. */
export function recentRows(dialect: Dialect, dataset: Dataset, which: Recent): Builder {
  return whereRecent(whereSymbols(tableOf(dialect, dataset), dataset, which.symbols, dialect), dialect, dataset, which)
}

/** A field of `d` under another name. */
export const named = (dataset: Dataset, which: 'symbol' | 'date', name: string) => sql`${role(dataset, which)}`.as(name)
