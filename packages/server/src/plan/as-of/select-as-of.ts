import type { Dataset } from '@stockdb/contract'
import { type CheckedAsOf, DEFAULT_REPORT_TYPE, untoldFields } from '@stockdb/contract/internal'
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
  const { known } = dataset
  if (known?.kind !== 'announced') return input
  const { periods = 1, report_type = DEFAULT_REPORT_TYPE, sameDay = false } = input
  return { ...input, periods, ...(known.reportType === undefined ? {} : { report_type }), sameDay }
}

/** The rows of a dataset that were known, or held, on a date, by its rule. */
export function selectAsOf(cache: QueryCache, what: Columns, input: CheckedAsOf): ReadQuery {
  const { symbols, date, periods = 1, report_type, sameDay = false } = input
  const { known, name } = what.dataset
  switch (known?.kind) {
    case 'announced':
      return selectAnnounced(cache, what, known, { symbols, date, periods, sameDay, reportType: report_type })
    case 'published':
      return selectLatest(cache, what, { symbols, end: date, n: 1 })
    case 'interval':
      return selectHolding(cache, what, known, { symbols, date })
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
    const untold = new Set(untoldFields(rule))
    const read = what.fields.map((field) =>
      untold.has(field) ? withheldField(dialect, dataset, field) : readField(dialect, dataset, field),
    )
    const rows = whereSymbols(tableOf(dialect, dataset).select(read), dataset, symbols, dialect)
    return compileRows(ordered(whereHolds(rows, { dataset, rule, table: 'd' }), dialect, what), what)
  })
  return bind(prepared, { symbols, date })
}

/** What `asOf` goes by, in words, for the answer's `meta`. */
export function ruleOfAnswer(dataset: Dataset, input: Pick<CheckedAsOf, 'sameDay'>): string {
  const { known } = dataset
  const rule = ruleOf(dataset, input)
  if (known?.kind !== 'interval') return rule
  const today = known.today?.length ? ` and ${known.today.join(', ')} what is so today` : ''
  return `${rule}; ${known.to} is the future of it${today}: null`
}

/** Which rows are taken, in words. */
export function ruleOf({ name, symbol, date, known }: Dataset, { sameDay }: Pick<CheckedAsOf, 'sameDay'>): string {
  switch (known?.kind) {
    case 'announced': {
      const day = known.actual === undefined ? known.announced : `coalesce(${known.actual}, ${known.announced})`
      const ties = ['the actual day of announcement', ...(known.update === undefined ? [] : [known.update])]
      const rows = known.replaces === false ? 'all its rows' : `of its versions the last by ${ties.join(', then ')}`
      return `newest ${known.period} with ${day} ${sameDay ? '≤' : '<'} the date, ${rows}`
    }
    case 'published':
      return `all rows of each ${symbol}'s last ${date} ≤ the date`
    case 'interval':
      return `${known.from} ≤ the date, and ${known.to} null or ${known.lastDay === 'in' ? '≥' : '>'} the date`
    default:
      throw new TypeError(`dataset ${name} has no rule by which asOf could be answered`)
  }
}
