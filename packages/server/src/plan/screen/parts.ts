import type { Catalogue, Dataset } from '@stockdb/contract'
import type { CheckedScreen, FieldPath, HeldRoles } from '@stockdb/contract/internal'
import { distinguishing, fieldsUnknownAsOf, rolesOf } from '@stockdb/contract/internal'
import { limits, StockdbError } from '@stockdb/contract/wire'
import type { AnnouncedRule, IntervalRule } from '../as-of/rules.ts'
import { ruleOf } from '../as-of/select-as-of.ts'

/** How to find the one row of a stock in a dataset. */
type Taken =
  | { readonly by: 'code' }
  | { readonly by: 'date' }
  | { readonly by: 'day before' }
  | { readonly by: 'last date'; readonly sign: '<' | '<=' }
  | { readonly by: 'announcement'; readonly rule: AnnouncedRule }
  | { readonly by: 'interval'; readonly rule: IntervalRule }

/** A dataset that a screen joins. */
export interface Part {
  readonly dataset: Dataset
  readonly taken: Taken
  /** The fields used. */
  readonly fields: readonly string[]
  /** Its alias. */
  readonly alias: string
}

/**
 * The datasets that a screen joins, in the order named. Throws `NOT_POINT_IN_TIME` for fields whose past values are unknown.
 */
export function partsOf(
  catalogue: Catalogue,
  { where, fields, sort, lookback }: Pick<CheckedScreen, 'where' | 'fields' | 'sort' | 'lookback'>,
): Part[] {
  const used = new Map<string, Set<string>>()
  for (const path of [...where, ...fields, ...sort]) {
    const dataset = catalogue[path.dataset]
    if (!dataset) throw new TypeError(`the catalogue has no dataset ${path.dataset}`)
    refuseFuture(dataset, path, rolesOf(catalogue))
    const names = used.get(path.dataset) ?? new Set()
    used.set(path.dataset, names.add(path.field))
  }
  if (used.size > limits.screenDatasets) {
    throw new StockdbError(
      'INVALID_INPUT',
      `where: got fields of ${used.size} datasets; a screen takes ${limits.screenDatasets}`,
    )
  }
  return [...used].map(([name, names], index) => {
    const dataset = catalogue[name] as Dataset
    return { dataset, taken: takenOf(dataset, lookback), fields: [...names], alias: `p${index}` }
  })
}

/** How a part is selected, in words; the day before a date is added later. */
export function describePart({ dataset, taken }: Part, sameDay: boolean): string {
  const words = (): string => {
    switch (taken.by) {
      case 'code':
        return 'fields that never change'
      case 'date':
        return 'the row of the date'
      case 'day before':
        return `the row of its last ${dataset.date} < the date`
      case 'last date':
        return `the last row with ${dataset.date} ${taken.sign === '<' ? '<' : '≤'} the date`
      default:
        return ruleOf(dataset, { sameDay })
    }
  }
  return `${dataset.name}: ${words()}`
}

function takenOf({ pointInTime, date }: Dataset, lookback: boolean): Taken {
  if (pointInTime?.kind === 'announced') return { by: 'announcement', rule: pointInTime }
  if (pointInTime?.kind === 'interval') return { by: 'interval', rule: pointInTime }
  if (pointInTime?.kind === 'current' || date === undefined) return { by: 'code' }
  if (pointInTime?.kind === 'next-day') return lookback ? { by: 'last date', sign: '<' } : { by: 'day before' }
  return lookback ? { by: 'last date', sign: '<=' } : { by: 'date' }
}

/** What to use instead of a field that only describes today or the future. */
function insteadOf({ name, pointInTime }: Dataset, field: string, { stocks }: HeldRoles): string | undefined {
  if (stocks?.dataset.name === name && (field === stocks.delisted || field === stocks.status))
    return 'use no index and no symbols: a screen looks at the stocks that were listed on the date'
  const { instead } = pointInTime?.kind === 'current' || pointInTime?.kind === 'interval' ? pointInTime : {}
  return instead && Object.hasOwn(instead, field) ? `use ${instead[field]}` : undefined
}

function refuseFuture(dataset: Dataset, { key, field }: FieldPath, roles: HeldRoles): void {
  const { name, symbol, date, pointInTime } = dataset
  const refuse = (why: string, what: string): never => {
    throw new StockdbError('NOT_POINT_IN_TIME', `${key}: ${why}; ${what}`)
  }
  if (symbol === undefined || name === roles.calendar?.dataset.name)
    refuse(`${name} has no rows of stocks`, 'leave it out')
  if (pointInTime?.kind === 'published')
    refuse(`${name} has rows of indices, not of stocks`, 'name the index in the argument "index"')
  if (pointInTime?.kind === 'current' && !pointInTime.immutable.includes(field)) {
    const other = insteadOf(dataset, field, roles) ?? `of ${name} only ${pointInTime.immutable.join(', ')} never change`
    refuse(`${name} holds today's values, which were not known on the date`, other)
  }
  if (pointInTime?.kind === 'interval' && fieldsUnknownAsOf(pointInTime).includes(field)) {
    const why =
      field === pointInTime.to
        ? `${field} of a row that was in force on the date was not known then`
        : `${field} holds today's value, which was not known on the date`
    refuse(why, insteadOf(dataset, field, roles) ?? 'leave it out: a screen uses the row that was in force on the date')
  }
  const single = new Set([symbol, ...rowsOfRule(dataset)])
  const more = distinguishing(dataset).filter((part) => !single.has(part))
  const hasVersions = pointInTime?.kind === 'announced' && pointInTime.supersedes === false
  if (hasVersions || (more.length > 0 && pointInTime?.kind !== 'interval')) {
    refuse(
      `${name} may have several rows of a stock and date, distinguished by ${hasVersions ? dataset.key.join(', ') : more.join(', ')}`,
      `read ${name} itself, and screen its symbols`,
    )
  }
  if (pointInTime === undefined && date === undefined)
    refuse(`nothing says from when on a row of ${name} was known`, 'give the dataset a date, or a rule "pointInTime"')
  if (pointInTime === undefined && date !== undefined && dataset.fields[date]?.type === 'datetime')
    refuse(`${name} has many rows of a stock and date`, `read ${name} itself, and screen its symbols`)
}

/** The fields of a key, besides the symbol, for which a rule selects one value. */
function rowsOfRule({ date, pointInTime }: Dataset): (string | undefined)[] {
  return pointInTime?.kind === 'announced'
    ? [pointInTime.period, pointInTime.announced, pointInTime.actual, pointInTime.reportType, pointInTime.update]
    : [pointInTime === undefined || pointInTime.kind === 'next-day' ? date : undefined]
}
