import type { Comparison, Condition, Field } from '@stockdb/contract'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import { isGiven } from '../as-of/rules.ts'
import { lengthShape } from '../rows.ts'
import { listSlots, Slot } from '../template.ts'

const signs: Record<Comparison, string> = { eq: '=', ne: '<>', gt: '>', gte: '>=', lt: '<', lte: '<=' }

/** A field, and whether its table is someone else's. */
export type KeptField = Field & { readonly loose?: boolean | undefined }

/** A condition on a column in SQL, its values bound from the list `name`. What has no value fulfils none but that. */
export function conditionOf(
  dialect: Dialect,
  field: KeptField,
  column: RawBuilder<unknown>,
  condition: Condition,
  name: string,
): RawBuilder<boolean> {
  if (condition.operator === 'isNull') return condition.is ? sql`not ${isGiven(field, column)}` : isGiven(field, column)
  const value = sql`${dialect.comparable(field, column)}`
  const slot = (index: number): Slot => new Slot(name, { index, stored: field.stored })
  const holds = (): RawBuilder<unknown> => {
    switch (condition.operator) {
      case 'between':
        return sql`${value} >= ${slot(0)} and ${value} <= ${slot(1)}`
      case 'in':
        return sql`${value} in (${sql.join(listSlots(name, condition.values.length, field.stored))})`
      default:
        return sql`${value} ${sql.raw(signs[condition.operator])} ${slot(0)}`
    }
  }
  return sql`(${isGiven(field, column)} and ${holds()})`
}

/** What tells templates of conditions apart. */
export const conditionShape = (condition: Condition): string =>
  condition.operator === 'isNull'
    ? `isNull ${condition.is}`
    : `${condition.operator} ${condition.operator === 'in' ? lengthShape(condition.values) : ''}`
