import { ReferenceNode } from 'kysely'
import { callNode } from '../../engine/sql-node.ts'
import type { Expr } from './expr.ts'
import { columnNameIn, tableNameIn } from './names.ts'
import { refuse } from './refuse.ts'
import type { Grouping, Place, Scope, ScopeColumn } from './scope.ts'
import type { Translator } from './translator.ts'
import { TreeNode } from './tree-node.ts'

/** Aggregates, by which a select has one row for each group even without `groupBy`. */
export const isAggregating = (tree: unknown): boolean => holdsCall(tree, (over) => over === undefined)

/** Functions over windows, whose values depend on which rows there are. */
export const hasWindows = (tree: unknown): boolean => holdsCall(tree, (over) => over !== undefined)

/** Whether an aggregate or window function stands in a tree, those of selects within it not counted. */
function holdsCall(tree: unknown, wanted: (over: unknown) => boolean): boolean {
  const waiting: unknown[] = [tree]
  while (waiting.length > 0) {
    const next = waiting.pop()
    if (typeof next !== 'object' || next === null) continue
    if (Array.isArray(next)) {
      waiting.push(...next)
      continue
    }
    const { kind, over } = next as { readonly kind?: unknown; readonly over?: unknown }
    if (kind === 'SelectQueryNode') continue
    if (kind === 'AggregateFunctionNode' && wanted(over)) return true
    waiting.push(...Object.values(next))
  }
  return false
}

function holdsSelect(tree: unknown): boolean {
  return JSON.stringify(tree).includes('"kind":"SelectQueryNode"')
}

/** What a select is grouped by. */
export function groupingOf(
  translator: Translator,
  items: readonly TreeNode[],
  place: Place,
): { readonly grouping: Grouping; readonly nodes: readonly Expr['node'][] } {
  const columns = new Set<string>()
  const computed = new Set<string>()
  const nodes = items.map((item) => {
    const expression = item.node('groupBy')
    // A number would be the place of a column on one engine and mean nothing on another.
    if (expression.kind === 'ValueNode') refuse('groupBy: rows cannot be grouped by a value; name a column')
    const { node } = translator.expression(expression, place)
    if (holdsSelect(expression)) refuse('groupBy: rows cannot be grouped by a select; compute it in a subquery')
    const column = columnIn(expression, place.scope)
    if (column) columns.add(column.id)
    else computed.add(identity(expression, place.scope))
    return node
  })
  return { grouping: { columns, computed }, nodes }
}

/**
 * Translates an expression; one that the rows are grouped by is the same in all rows of a group, so that its least is
 * itself: not every engine knows it again where it stands in another expression.
 */
export function groupedExpression(node: TreeNode, place: Place, translate: (place: Place) => Expr): Expr {
  const { grouping } = place.scope
  if (!grouping || place.inAggregate || grouping.computed.size === 0 || node.kind === 'ReferenceNode')
    return translate(place)
  if (!grouping.computed.has(identity(node, place.scope))) return translate(place)
  const inner = translate({ ...place, inAggregate: true, aggregates: false, windows: false })
  return { ...inner, column: undefined, node: callNode('min', [inner.node]) }
}

/** A column where it stands: after the grouping it must be one that the rows are grouped by. */
export function groupedColumn(column: ScopeColumn, scope: Scope, place: Place, name: string): Expr {
  const { grouping } = scope
  if (!grouping || (place.inAggregate && scope === place.scope)) return column
  if (!grouping.columns.has(column.id)) {
    refuse(
      `${place.clause}: "${name}" is selected together with aggregates, but is not in groupBy; group by it, or take its max`,
    )
  }
  if (ReferenceNode.is(column.node)) return column
  if (scope !== place.scope) {
    refuse(
      `${place.clause}: "${name}" of a grouped query cannot be named in a subquery; put the grouped one into with()`,
    )
  }
  return { ...column, column: undefined, node: callNode('min', [column.node]) }
}

function columnIn(node: TreeNode, scope: Scope): ScopeColumn | undefined {
  if (node.kind !== 'ReferenceNode') return undefined
  const table = node.maybe('table', 'TableNode')
  return scope.find(table && tableNameIn(table), columnNameIn(node.node('column', 'ColumnNode'))).column
}

/** An expression as text that is the same for the same expression, however its columns are named. */
function identity(node: TreeNode, scope: Scope): string {
  return JSON.stringify(node, (_key, part: unknown) => {
    const kind = typeof part === 'object' && part !== null ? (part as { kind?: unknown }).kind : undefined
    // No rows are grouped by one, so it need not differ from others.
    if (kind === 'SelectQueryNode') return kind
    if (kind !== 'ReferenceNode') return part
    return columnIn(new TreeNode(part), scope)?.id
  })
}
