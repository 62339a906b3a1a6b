import type { Dataset } from '@stockdb/contract'
import { type CheckedAsOf, DEFAULT_REPORT_TYPE, fieldsUnknownAsOf } from '@stockdb/contract/internal'
import type { ReadQuery } from '../../engine/engine.ts'
import { readField, withheldField } from '../columns.ts'
import { selectLatest } from '../latest/select-latest.ts'
import { bind, type QueryCache } from '../prepared-query.ts'
import {
  type Columns,
  compileRows,
  lengthShape,
  ordered,
  type Symbols,
  shapeOf,
  tableOf,
  whereSymbols,
} from '../rows.ts'
import { selectAnnounced } from './announced.ts'
import { type IntervalRule, whereHolds } from './rules.ts'

/** The arguments of `asOf` as understood: with what a dataset's rule takes where nothing was said. */
export function withDefaults(dataset: Dataset, input: CheckedAsOf): CheckedAsOf {
  const { pointInTime } = dataset
  if (pointInTime?.kind !== 'announced') return input
  const { periods = 1, report_type = DEFAULT_REPORT_TYPE, sameDay = false } = input
  return { ...input, periods, ...(pointInTime.reportType === undefined ? {} : { report_type }), sameDay }
}

/** The rows of a dataset that were known, or in force, on a date, by its rule. */
export function selectAsOf(
  cache: QueryCache,
  what: Columns,
  input: Omit<CheckedAsOf, 'symbols' | 'fields'> & { readonly symbols?: Symbols },
): ReadQuery {
  const { symbols, date, periods = 1, report_type, sameDay = false } = input
  const { pointInTime, name } = what.dataset
  switch (pointInTime?.kind) {
    case 'announced':
      return selectAnnounced(cache, what, pointInTime, { symbols, date, periods, sameDay, reportType: report_type })
    case 'published':
      return selectLatest(cache, what, { symbols, end: date, n: 1 })
    case 'interval':
      return selectHolding(cache, what, pointInTime, { symbols, date })
    default:
      throw new TypeError(`dataset ${name} has no rule by which asOf could be answered`)
  }
}

/** The rows that hold on a date, by key. When they end, and what is so today, was not known on it, and is null. */
function selectHolding(
  cache: QueryCache,
  what: Columns,
  rule: IntervalRule,
  { symbols, date }: { symbols?: Symbols; date: string },
): ReadQuery {
  const { dataset } = what
  const prepared = cache.get([shapeOf('holding', what), lengthShape(symbols)].join('|'), (dialect) => {
    const unknown = new Set(fieldsUnknownAsOf(rule))
    const read = what.fields.map((field) =>
      unknown.has(field) ? withheldField(dialect, dataset, field) : readField(dialect, dataset, field),
    )
    const rows = whereSymbols(tableOf(dialect, dataset).select(read), dataset, symbols, dialect)
    return compileRows(ordered(whereHolds(rows, { dialect, dataset, rule, table: 'd' }), dialect, what), what)
  })
  return bind(prepared, { symbols, date })
}

/** What `asOf` goes by, in words, for the answer's `meta`. */
export function ruleOfAnswer(dataset: Dataset, input: Pick<CheckedAsOf, 'sameDay'>): string {
  const { pointInTime } = dataset
  const rule = ruleOf(dataset, input)
  if (pointInTime?.kind !== 'interval') return rule
  const unknown = [pointInTime.to, ...(pointInTime.currentOnly ?? [])].join(', ')
  return `${rule}; null because they were not known on the date: ${unknown}`
}

/** Which rows are taken, in words. */
export function ruleOf(
  { name, symbol, date, pointInTime }: Dataset,
  { sameDay }: Pick<CheckedAsOf, 'sameDay'>,
): string {
  switch (pointInTime?.kind) {
    case 'announced': {
      const day =
        pointInTime.actual === undefined
          ? pointInTime.announced
          : `coalesce(${pointInTime.actual}, ${pointInTime.announced})`
      const ties = ['the actual day of announcement', ...(pointInTime.update === undefined ? [] : [pointInTime.update])]
      const rows =
        pointInTime.supersedes === false ? 'all its rows' : `of its versions the last by ${ties.join(', then ')}`
      return `newest ${pointInTime.period} with ${day} ${sameDay ? '≤' : '<'} the date, ${rows}`
    }
    case 'published':
      return `all rows of each ${symbol}'s last ${date} ≤ the date`
    case 'interval':
      return `${pointInTime.from} ≤ the date, and ${pointInTime.to} null or ${pointInTime.endInclusive ? '≥' : '>'} the date`
    default:
      throw new TypeError(`dataset ${name} has no rule by which asOf could be answered`)
  }
}
