import type { Field } from '@stockdb/contract'
import type { Comparison, Condition } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import { isGiven } from '../as-of/rules.ts'
import { listPlaceholders, Placeholder } from '../prepared-query.ts'
import { lengthShape } from '../rows.ts'

const signs: Record<Comparison, string> = { eq: '=', ne: '<>', gt: '>', gte: '>=', lt: '<', lte: '<=' }

/** A field, and whether stockdb manages its table. */
export type KeptField = Field & { readonly loose?: boolean | undefined }

/** A condition on a column in SQL, with values bound from the list `name`. Null only matches `isNull: true`. */
export function conditionOf(
  dialect: Dialect,
  field: KeptField,
  column: RawBuilder<unknown>,
  condition: Condition,
  name: string,
): RawBuilder<boolean> {
  if (condition.operator === 'isNull')
    return condition.is ? sql`not ${isGiven(dialect, field, column)}` : isGiven(dialect, field, column)
  const value = sql`${dialect.comparable(field, column)}`
  const placeholder = (index: number): Placeholder => new Placeholder(name, { index, stored: field })
  const holds = (): RawBuilder<unknown> => {
    switch (condition.operator) {
      case 'between':
        return sql`${value} >= ${placeholder(0)} and ${value} <= ${placeholder(1)}`
      case 'in':
        return sql`${value} in (${sql.join(listPlaceholders(name, condition.values.length, field))})`
      default:
        return sql`${value} ${sql.raw(signs[condition.operator])} ${placeholder(0)}`
    }
  }
  return sql`(${isGiven(dialect, field, column)} and ${holds()})`
}

/** The part of a shape that depends on conditions. */
export const conditionShape = (condition: Condition): string =>
  condition.operator === 'isNull'
    ? `isNull ${condition.is}`
    : `${condition.operator} ${condition.operator === 'in' ? lengthShape(condition.values) : ''}`
