import type { OperationNode } from 'kysely'
import { listNode, sqlNode } from '../../engine/sql-node.ts'
import { refuse } from './refuse.ts'
import type { Place } from './scope.ts'
import type { Translator } from './translator.ts'
import { rawText, TreeNode } from './tree-node.ts'

/** The items of an `order by`; by default nulls come first in ascending order, on every engine. */
export function orderItems(
  translator: Translator,
  orderBy: TreeNode | undefined,
  place: Place,
  output?: (expression: TreeNode) => OperationNode | undefined,
): OperationNode[] {
  return (orderBy?.nodes('items', 'OrderByItemNode') ?? []).map((item) => {
    const expression = item.node('orderBy')
    // A number would be the place of a column on one engine and mean nothing on another.
    if (expression.kind === 'ValueNode') refuse(`${place.clause}: rows cannot be ordered by a value; name a column`)
    const named = output?.(expression)
    const node = named ?? translator.expression(expression, place).node
    const directed = directionOf(item) === 'desc' ? sqlNode`${node} desc` : node
    const nulls = item.has('nulls') ? item.text('nulls') : undefined
    if (nulls === undefined) return directed
    if (nulls !== 'first' && nulls !== 'last') refuse(`${place.clause}: nulls come first or last`)
    // Not every engine has "nulls last".
    const isNull = nulls === 'first' ? sqlNode`(${node} is null) desc` : sqlNode`(${node} is null)`
    return listNode([isNull, directed])
  })
}

function directionOf(item: TreeNode): 'asc' | 'desc' {
  if (!item.has('direction')) return 'asc'
  const direction = rawText(item.raw('direction'), 'asc', 'desc')
  if (direction === undefined) {
    // Refuses what is not a node that a query may have, SQL text above all.
    const { kind } = new TreeNode(item.raw('direction'))
    return refuse(`orderBy: got ${kind} for its direction; expected "asc" or "desc"`)
  }
  return direction === 'desc' ? 'desc' : 'asc'
}
