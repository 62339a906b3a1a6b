import type { Dataset } from '@stockdb/contract'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../engine/dialect.ts'
import { isGiven } from './as-of/rules.ts'
import { columnOf, comparedField, declared } from './columns.ts'
import { canStand, isFine, isForeign, isSmall } from './finer-values.ts'
import { listPlaceholders, type Placeholder, type QueryCache } from './prepared-query.ts'
import { isOneOfMoments, mayBeFine } from './range-ends.ts'
import { type Builder, lengthShape } from './rows.ts'

/** The values that fields must have. A list matches any of its values; null matches null. */
export type Filters = Readonly<Record<string, unknown>>

/** The same filters as plain data: JSON has no bigint, so 64-bit integers are text. */
export function jsonFilters(where: Filters | undefined): Filters | undefined {
  if (where === undefined) return undefined
  const plain = (value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)
  return Object.fromEntries(
    Object.entries(where).map(([field, value]) => [field, Array.isArray(value) ? value.map(plain) : plain(value)]),
  )
}

interface FieldFilter {
  readonly field: string
  readonly values: readonly unknown[]
  readonly orNull: boolean
  /** Whether a value may be finer than a DATETIME column, or have characters that those of a text column lack. */
  readonly fine: boolean
  /** Whether a YEAR may take a value for another one. */
  readonly small: boolean
}

const listed = (dataset: Dataset, where: Filters): readonly FieldFilter[] =>
  Object.entries(where)
    .filter(([, value]) => value !== undefined)
    .map(([field, value]) => {
      const kept = declared(dataset, field)
      const list = Array.isArray(value) ? value : [value]
      const values = list.filter((one) => one !== null && canStand(kept, one))
      const fine = values.some((one) => isFine(kept, one) || (dataset.managed === false && isForeign(kept, one)))
      const small = dataset.managed === false && values.some((one) => isSmall(kept, one))
      return { field, values, orNull: list.includes(null), fine, small }
    })

/** The part of a shape that depends on filters. */
export const filterShape = (dataset: Dataset, where: Filters = {}): string =>
  listed(dataset, where)
    .map(
      ({ field, values, orNull, fine, small }) =>
        `${field}:${lengthShape(values)}:${orNull}${fine ? ':fine' : ''}${small ? ':small' : ''}`,
    )
    .join()

/** The values to bind, converted for comparison with their columns. */
export const filterValues = (cache: QueryCache, dataset: Dataset, where: Filters = {}): Record<string, unknown> =>
  Object.fromEntries(
    listed(dataset, where).map(({ field, values }) => [`where.${field}`, cache.compared(dataset, field, values)]),
  )

/** Keeps the rows whose stored fields equal the filters. */
export function whereFilters(
  builder: Builder,
  dialect: Dialect,
  dataset: Dataset,
  where: Filters = {},
  table = 'd',
): Builder {
  return listed(dataset, where).reduce((rows, { field, values, orNull, fine, small }) => {
    const column = columnOf(dataset, field, table)
    const kept = declared(dataset, field)
    const { type, symbolFormat } = kept
    const foreign = dataset.managed === false
    const placeholders = listPlaceholders(`where.${field}`, values.length, kept)
    // stockdb's own tables compare symbols exactly; other tables may not.
    const exact = type === 'text' || (type === 'symbol' && dataset.managed === false && symbolFormat === undefined)
    const compared = type === 'symbol' ? column : dialect.comparable({ ...comparedField(dataset, field), fine }, column)
    const isOne =
      exact && !fine ? dialect.isOneOf(column, placeholders) : sql<boolean>`${compared} in (${sql.join(placeholders)})`
    const isRead =
      foreign && mayBeFine(kept)
        ? isOneOfMoments(dialect, kept, sql`${compared}`, `where.${field}`, values.length)
        : small && dialect.completesYears
          ? isOneAsRead(dialect, column, placeholders)
          : isOne
    const isNull = sql<boolean>`(not ${isGiven(dialect, kept, column)})`
    return rows.where(eitherOf([...(placeholders.length > 0 ? [isRead] : []), ...(orNull ? [isNull] : [])]))
  }, builder)
}

/**
 * Whether a whole number is one of several as it is read: beside a YEAR, MariaDB takes 24 for 2024, and MySQL 0 in a list for 2000. The
 * first comparisons are those that an index serves.
 */
function isOneAsRead(
  dialect: Dialect,
  column: RawBuilder<unknown>,
  placeholders: readonly Placeholder[],
): RawBuilder<boolean> {
  const found = placeholders.map((placeholder) => sql`${column} = ${placeholder}`)
  const asRead = dialect.comparable({ type: 'float64', loose: true }, column)
  return sql<boolean>`((${sql.join(found, sql` or `)}) and ${asRead} in (${sql.join([...placeholders])}))`
}

const eitherOf = (conditions: readonly RawBuilder<boolean>[]): RawBuilder<boolean> =>
  conditions.length === 0 ? sql<boolean>`(1 = 0)` : sql<boolean>`(${sql.join([...conditions], sql` or `)})`
