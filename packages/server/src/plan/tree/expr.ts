import type { DateFormat, FieldTypeName } from '@stockdb/contract'
import type { OperationNode } from 'kysely'
import type { ColumnSource } from '../../engine/engine.ts'

/** What is known of a value without looking at it. */
export interface Typed {
  readonly type: FieldTypeName
  readonly nullable: boolean
  readonly unit?: string | undefined
  /** Whether it was worked out by the query, here or in a subquery, and so may be no number at all. */
  readonly computed?: boolean | undefined
  /** Whether it is a column, here or in a subquery, of which a FLOAT is read as exactly its bytes. */
  readonly exact?: boolean | undefined
  /** Whether it has the values of a FLOAT column, as its `min` and `max` do: it is compared with the nearest float. */
  readonly single?: boolean | undefined
  /** Of how many concatenated texts it may consist; one by default. */
  readonly pieces?: number | undefined
}

/** An expression, translated: SQL of our own making, and the type of its value. */
export interface Expr extends Typed {
  readonly node: OperationNode
  /** Set for a bare column of a dataset, whose index the database can use. */
  readonly column?:
    | {
        readonly node: OperationNode
        readonly dateFormat?: DateFormat | undefined
        /** Which column of the database it is. */
        readonly source?: ColumnSource | undefined
        /** Set for a code whose own collation may take it for another: the bare column finds it, `node` tells it apart. */
        readonly inexact?: true
      }
    | undefined
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

/** What is known of a value that may be any of several, besides its type. */
export const anyOf = (exprs: readonly Typed[]): Pick<Typed, 'unit' | 'pieces'> => ({
  unit: commonUnit(exprs),
  pieces: Math.max(...exprs.map(({ pieces = 1 }) => pieces)),
})

/** The unit that all have, if they have one in common. */
export function commonUnit(exprs: readonly Typed[]): string | undefined {
  const unit = exprs[0]?.unit
  return exprs.every((expr) => expr.unit === unit) ? unit : undefined
}
