import type { FieldTypeName, StoredForm } from '@stockdb/contract'
import type { OperationNode } from 'kysely'

/** What is known of a value without looking at it. */
export interface Typed {
  readonly type: FieldTypeName
  readonly nullable: boolean
  readonly unit?: string | undefined
}

/** An expression, translated: SQL of our own making, and the type of its value. */
export interface Expr extends Typed {
  readonly node: OperationNode
  /** Set for a bare column of a dataset, whose index the database can use. */
  readonly column?: { readonly node: OperationNode; readonly stored?: StoredForm | undefined } | undefined
}

const NUMBERS: readonly FieldTypeName[] = ['float64', 'int32', 'int64']
const TEXTS: readonly FieldTypeName[] = ['text', 'symbol']

export const isNumber = (type: FieldTypeName): boolean => NUMBERS.includes(type)
export const isText = (type: FieldTypeName): boolean => TEXTS.includes(type)
export const isDay = (type: FieldTypeName): boolean => type === 'date' || type === 'datetime'

/** The type that values of both types have in common, if there is one. */
export function commonType(a: FieldTypeName, b: FieldTypeName): FieldTypeName | undefined {
  if (a === b) return a
  if (isNumber(a) && isNumber(b)) return a === 'float64' || b === 'float64' ? 'float64' : 'int64'
  return isText(a) && isText(b) ? 'text' : undefined
}

/** The unit that all have, if they have one in common. */
export function commonUnit(exprs: readonly Typed[]): string | undefined {
  const unit = exprs[0]?.unit
  return exprs.every((expr) => expr.unit === unit) ? unit : undefined
}
