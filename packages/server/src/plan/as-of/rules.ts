import type { Dataset, Field, PointInTimeRule } from '@stockdb/contract'
import { fieldTypes, hasEmpty } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import { columnOf, declared, fieldOf, placeholderFor } from '../columns.ts'
import { Placeholder } from '../prepared-query.ts'
import { type Builder, untyped } from '../rows.ts'

export type AnnouncedRule = Extract<PointInTimeRule, { kind: 'announced' }>
export type IntervalRule = Extract<PointInTimeRule, { kind: 'interval' }>

/** The table of a dataset in a query, and the rule that its rows are held against. */
interface Ruled<Rule> {
  readonly dataset: Dataset
  readonly rule: Rule
  /** Alias of the table. */
  readonly table: string
}

/**
 * Only what had been announced by the bound `date`, on the date itself only with `sameDay`, and only reports of the
 * bound `reportType`. What has no date of announcement was never known, and what has no period is of none.
 *
 * Columns stand bare in the comparisons: in SQLite an expression around one would lose its affinity, and a date kept as
 * a number would come before every text.
 */
export function whereAnnounced(
  builder: Builder,
  { dialect, dataset, rule, table, sameDay }: Ruled<AnnouncedRule> & { dialect: Dialect; sameDay: boolean },
): Builder {
  const { announced, actual, period, reportType } = rule
  const by = (field: string): RawBuilder<boolean> =>
    sql`(${given(dialect, dataset, field, table)} and ${columnOf(dataset, field, table)} ${sql.raw(sameDay ? '<=' : '<')} ${placeholderFor(dataset, field, 'date')})`
  const known = builder.where(
    actual === undefined
      ? by(announced)
      : sql<boolean>`(${by(actual)} or (not ${given(dialect, dataset, actual, table)} and ${by(announced)}))`,
  )
  const dated = declared(dataset, period).nullable ? known.where(given(dialect, dataset, period, table)) : known
  if (reportType === undefined) return untyped(dated)
  const column = columnOf(dataset, reportType, table)
  return untyped(
    dated.where(sql`${dialect.comparable(declared(dataset, reportType), column)}`, '=', new Placeholder('reportType')),
  )
}

/**
 * Orders versions of one period, the last one first: by the actual day of announcement, then by the mark of updates.
 * Rows that are still equal are ordered by the rest of the key, so that every engine picks the same row.
 */
export function lastAnnouncedFirst(
  dialect: Dialect,
  { dataset, rule, table }: Ruled<AnnouncedRule>,
): RawBuilder<unknown> {
  const { announced, actual, update, period } = rule
  const day = (field: string): RawBuilder<unknown> =>
    hasNone(declared(dataset, field))
      ? sql`case when ${given(dialect, dataset, field, table)} then ${columnOf(dataset, field, table)} end`
      : columnOf(dataset, field, table)
  const plain = (field: string): RawBuilder<unknown> =>
    sql`${dialect.comparable(declared(dataset, field), columnOf(dataset, field, table))}`
  const decided = new Set([fieldOf(dataset, 'symbol'), period, announced, actual, update])
  return sql`${sql.join(
    [
      actual === undefined ? day(announced) : sql`coalesce(${day(actual)}, ${day(announced)})`,
      ...(update === undefined ? [] : [plain(update)]),
      ...(actual === undefined ? [] : [day(announced), day(actual)]),
      ...dataset.key.filter((field) => !decided.has(field)).map(plain),
    ].map((part) => sql`${part} desc`),
  )}`
}

/** Only the rows that hold on the bound `date`. What has no beginning is not known to have begun. */
export function whereHolds(
  builder: Builder,
  { dialect, dataset, rule, table }: Ruled<IntervalRule> & { dialect: Dialect },
): Builder {
  const column = (field: string): RawBuilder<unknown> => columnOf(dataset, field, table)
  const until = sql<boolean>`${column(rule.to)} ${sql.raw(rule.endInclusive ? '>=' : '>')} ${placeholderFor(dataset, rule.to, 'date')}`
  return untyped(
    builder
      .where(given(dialect, dataset, rule.from, table))
      .where(column(rule.from), '<=', placeholderFor(dataset, rule.from, 'date'))
      .where(sql<boolean>`(not ${given(dialect, dataset, rule.to, table)} or ${until})`),
  )
}

/** Whether a value is there; of dates and numbers that are texts an empty one, and of dates that are digits 0, stands for none. */
export function isGiven(
  dialect: Dialect,
  { dateFormat, numberFormat }: Field,
  column: RawBuilder<unknown>,
): RawBuilder<boolean> {
  if (dateFormat !== undefined && hasEmpty(dateFormat)) return dialect.isDateGiven(column)
  return numberFormat === undefined ? sql`(${column} is not null)` : sql`(${column} is not null and ${column} <> '')`
}

const hasNone = ({ dateFormat }: Field): boolean => dateFormat !== undefined && hasEmpty(dateFormat)

const given = (dialect: Dialect, dataset: Dataset, field: string, table: string): RawBuilder<boolean> =>
  isGiven(dialect, declared(dataset, field), columnOf(dataset, field, table))

/** The fields by which a rule chooses among rows. */
export function ruleFields({ pointInTime }: Dataset): readonly string[] {
  if (pointInTime?.kind === 'interval') return [pointInTime.from, pointInTime.to]
  if (pointInTime?.kind !== 'announced') return []
  const { period, announced, actual, update, reportType } = pointInTime
  return [period, announced, actual, update, reportType].filter((field) => field !== undefined)
}

/** A text as a field's value, to be compared with. */
export function kept(dataset: Dataset, field: string | undefined, text: string | undefined): unknown {
  return field === undefined || text === undefined ? undefined : fieldTypes[declared(dataset, field).type].read(text)
}
