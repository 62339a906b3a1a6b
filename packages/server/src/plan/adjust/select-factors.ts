import type { Dataset } from '@stockdb/contract'
import { hasMembers, splitSymbolOf } from '@stockdb/contract/internal'
import { sql } from 'kysely'
import type { ReadQuery } from '../../engine/engine.ts'
import { repeatFields } from '../../engine/repeat-plan.ts'
import { exactCode } from '../codes.ts'
import { columnOf, declared, fieldOf } from '../columns.ts'
import { whereDates } from '../date-range.ts'
import { bind, listPlaceholders, type QueryCache } from '../prepared-query.ts'
import {
  type Columns,
  compileRows,
  lengthShape,
  ordered,
  rowsOf,
  type Symbols,
  shapeOf,
  whereSymbols,
} from '../rows.ts'

/** Which factors to read: days as `YYYY-MM-DD`, both inclusive, open if absent. */
export interface WantedFactors {
  readonly symbols?: Symbols
  /** Symbols to leave out. */
  readonly except?: readonly string[] | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/**
 * Whether factors can be joined to their rows: an index on the key finds each of them, and none twice, and each is in one table. Otherwise the planner
 * of the database would choose how to join, which takes minutes on tables without an index.
 */
export function isJoinable(dataset: Dataset, factors: Dataset, enforcesKey: boolean): boolean {
  const [symbol, date] = [fieldOf(factors, 'symbol'), fieldOf(factors, 'date')]
  const [ofRows, ofFactors] = [declared(dataset, fieldOf(dataset, 'date')), declared(factors, date)]
  const keyed = factors.key.length === 2 && factors.key.includes(symbol) && factors.key.includes(date)
  const sameDates = ofRows.type === 'date' && ofFactors.type === 'date' && ofRows.dateFormat === ofFactors.dateFormat
  const arePlain = [dataset, factors].every((one) => !hasMembers(one) && !splitSymbolOf(one))
  return enforcesKey && keyed && sameDates && arePlain
}

/** Factors: symbol, date and factor, ordered by the first two. */
export function selectFactorRows(
  cache: QueryCache,
  { dataset: factors, repeats }: Pick<Columns, 'dataset' | 'repeats'>,
  { factor, symbols, except = [], since, until }: WantedFactors & { readonly factor: string },
): ReadQuery {
  const fields = [fieldOf(factors, 'symbol'), fieldOf(factors, 'date'), factor]
  const what = {
    dataset: factors,
    fields: [...new Set([...fields, ...(repeats ? repeatFields(repeats) : [])])],
    repeats,
  }
  const lists = [lengthShape(symbols), lengthShape(except)]
  const shape = [shapeOf('factors', what), ...lists, since !== undefined, until !== undefined].join('|')
  const prepared = cache.get(shape, (dialect) => {
    let rows = whereSymbols(rowsOf(dialect, what), factors, symbols, dialect)
    rows = rows.where(columnOf(factors, factor), 'is not', null)
    if (except.length > 0) {
      const placeholders = listPlaceholders('except', except.length, declared(factors, fieldOf(factors, 'symbol')))
      rows = rows.where(sql<boolean>`${exactCode(dialect, factors)} not in (${sql.join(placeholders)})`)
    }
    rows = whereDates(rows, dialect, factors, { start: since && 'since', end: until && 'until' })
    return compileRows(ordered(rows, dialect, what), what)
  })
  const [first, last] = [since && firstMomentOf(factors, since), until && lastMomentOf(factors, until)]
  return bind(prepared, { symbols, except, since: first, until: last })
}

/** A day as the beginning of a range of the dataset's dates. */
const firstMomentOf = (dataset: Dataset, day: string): string =>
  declared(dataset, fieldOf(dataset, 'date')).type === 'datetime' ? `${day} 00:00:00` : day

/** A day as the end of a range of the dataset's dates. */
const lastMomentOf = (dataset: Dataset, day: string): string =>
  declared(dataset, fieldOf(dataset, 'date')).type === 'datetime' ? `${day} 23:59:59.999` : day
