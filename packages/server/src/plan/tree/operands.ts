import type { FieldTypeName } from '@stockdb/contract'
import { parseDatetime } from '@stockdb/contract/internal'
import { type OperationNode, ValueNode } from 'kysely'
import { nearestFloat } from '../../engine/single-precision.ts'
import type { SqlExpressions } from '../../engine/sql-expressions.ts'
import { isFine } from '../finer-values.ts'
import { commonType, type Expr, isNumber } from './expr.ts'
import { refuse } from './refuse.ts'
import type { Place } from './scope.ts'
import type { Translator } from './translator.ts'
import type { TreeNode } from './tree-node.ts'
import { readValue, typeOfValue, type Value, valueNode } from './values.ts'

/**
 * Translates expressions that must agree in type: the two sides of a comparison, the results of a case. Values take
 * the type of what they are compared with; numbers of different types become doubles.
 */
export function operands(
  translator: Translator,
  nodes: readonly TreeNode[],
  place: Place,
  where: string,
  as: 'compared' | 'result',
  wanted?: FieldTypeName,
): { readonly type: FieldTypeName; readonly exprs: readonly Expr[] } {
  const parts = nodes.map((node) =>
    node.kind === 'ValueNode' ? { value: valueIn(node, where) } : { expr: translator.expression(node, place) },
  )
  const values = parts.flatMap((part) => ('value' in part && part.value !== null ? [part.value] : []))
  let type = parts.reduce<FieldTypeName | undefined>((found, part) => {
    if (!('expr' in part) || !part.expr) return found
    return found === undefined ? part.expr.type : agree(found, part.expr.type, where)
  }, undefined)
  type ??= values.length > 0 ? values.map(typeOfValue).reduce((a, b) => agree(a, b, where)) : (wanted ?? 'float64')
  const agreed = type
  // Two bare texts would be compared by the collation of the connection.
  const form = values.length < parts.length ? as : 'result'
  const single = as === 'compared' && parts.every((part) => !('expr' in part) || part.expr?.single)
  const exprs = parts.map((part): Expr => {
    if ('expr' in part && part.expr)
      return as === 'compared' ? comparedWith(translator.forms, part.expr, values) : part.expr
    const value = (part as { readonly value: Value }).value
    if (value === null) return { node: ValueNode.createImmediate(null), type: agreed, nullable: true }
    const compared = single ? nearest(value) : value
    return { node: valueNode(translator.forms, compared, agreed, where, form), type: agreed, nullable: false }
  })
  return { type: agreed, exprs: exprs.map((expr) => ({ ...expr, node: asType(translator.forms, expr, agreed) })) }
}

/**
 * An expression compared with values that its column may have no place for: 1.5 and whole numbers, or milliseconds and a
 * DATETIME. Databases round such values to the type of a bare column, and then find its rows.
 */
export function comparedWith(forms: SqlExpressions, expr: Expr, values: readonly Value[]): Expr {
  const { type, node } = expr
  if ((type === 'int32' || type === 'int64') && values.some((value) => typeof value === 'number' && value % 1 !== 0))
    return { ...expr, node: forms.double(node) }
  const isMoment = (value: Value): boolean => typeof value === 'string' && isFine({ type }, parseDatetime(value) ?? '')
  return type === 'datetime' && values.some(isMoment) ? { ...expr, node: forms.fine(node) } : expr
}

/** What a FLOAT column is compared with: nothing but a float can stand in it. */
export const nearest = <V extends Exclude<Value, null>>(value: V): V | number =>
  typeof value === 'number' ? nearestFloat(value) : value

/** A `ValueNode`'s value. */
export function valueIn(node: TreeNode, where: string): Value {
  node.flag('immediate')
  return readValue(node.raw('value'), where)
}

/** The node of an expression, brought to a type that it has in common with others. */
export function asType(forms: SqlExpressions, expr: Expr, type: FieldTypeName): OperationNode {
  if (isNumber(expr.type) && type === 'float64' && expr.type !== 'float64') return forms.double(expr.node)
  return expr.type === 'symbol' && type === 'text' ? forms.bytes(expr.node) : expr.node
}

/** A number as a double; a column that is declared to hold them may keep decimals. */
export function asDouble(forms: SqlExpressions, expr: Expr): OperationNode {
  return expr.type === 'float64' && !expr.column ? expr.node : forms.double(expr.node)
}

function agree(a: FieldTypeName, b: FieldTypeName, where: string): FieldTypeName {
  return commonType(a, b) ?? refuse(`${where}: got ${a} and ${b}, which cannot be compared or mixed`)
}
