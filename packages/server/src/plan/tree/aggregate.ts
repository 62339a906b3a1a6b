import { type OperationNode, ValueNode } from 'kysely'
import { callNode, caseNode, listNode, sqlNode } from '../../engine/sql-node.ts'
import { needCondition, needNumber, wholeNumber } from './call.ts'
import type { Expr } from './expr.ts'
import { aggregates, windowFunctions } from './functions.ts'
import { asDouble } from './operands.ts'
import { orderItems } from './order.ts'
import { refuse, shown } from './refuse.ts'
import { listed, type Place } from './scope.ts'
import type { Translator } from './translator.ts'
import type { TreeNode } from './tree-node.ts'

/** An aggregate of rows, or a function over a window of them. */
export function aggregateCall(translator: Translator, node: TreeNode, place: Place): Expr {
  const name = node.text('func')
  const over = node.maybe('over', 'OverNode')
  if (Object.hasOwn(windowFunctions, name)) {
    if (!over) return refuse(`${name}: it needs a window; call .over(…) on it`)
    return withWindow(translator, windowCall(translator, name, node, place), over, place)
  }
  if (!Object.hasOwn(aggregates, name)) {
    const known = [...Object.keys(aggregates), ...Object.keys(windowFunctions)]
    return refuse(`${place.clause}: the aggregate ${shown(name)} is not supported; expected ${listed(known)}`)
  }
  if (!over) {
    if (!place.aggregates) refuse(`${place.clause}: ${name} cannot be used here; use having, or a subquery`)
    return summed(
      translator,
      name,
      aggregate(translator, name, node, { ...place, aggregates: false, windows: false, inAggregate: true }),
    )
  }
  const distinct = node.flag('distinct')
  if (distinct) refuse(`${name}: distinct cannot be used over a window; use a subquery`)
  // Over a window of groups an aggregate may hold another one.
  const call = aggregate(translator, name, node, { ...place, windows: false })
  return summed(translator, name, withWindow(translator, call, over, place))
}

/** A sum, which may be beyond the doubles where no row is. */
const summed = ({ forms }: Translator, name: string, call: Expr): Expr =>
  name === 'sum' || name === 'avg' ? { ...call, node: forms.finiteSum(call.node) } : call

function aggregate(translator: Translator, name: string, node: TreeNode, place: Place): Expr {
  const [arg, second] = node.nodes('aggregated')
  if (!arg || second) return refuse(`${name}: expected one argument`)
  const filter = node.maybe('filter', 'WhereNode')
  const kept = filter && needCondition(translator.expression(filter.node('where'), place), `${name}: filterWhere`).node
  // Not every engine has filter(where …); aggregates pass over nulls.
  const only = (value: OperationNode): OperationNode => (kept ? caseNode([[kept, value]], undefined) : value)
  const distinct = node.flag('distinct')
  const call = (value: OperationNode): OperationNode =>
    callNode(name, [distinct ? sqlNode`distinct ${only(value)}` : only(value)])
  if (arg.kind === 'SelectionNode') {
    arg.node('selection', 'SelectAllNode')
    if (name !== 'count' || distinct) refuse(`${name}: all columns together can only be counted; name one column`)
    return { node: call(ValueNode.createImmediate(1)), type: 'int32', nullable: false }
  }
  const value = translator.expression(arg, place)
  switch (name) {
    case 'count':
      return { node: call(value.node), type: 'int32', nullable: false }
    case 'sum':
    case 'avg':
      needNumber(value, name)
      return { node: call(asDouble(translator.forms, value)), type: 'float64', nullable: true, unit: value.unit }
    default:
      return { ...value, column: undefined, node: call(value.node), nullable: true }
  }
}

function windowCall(translator: Translator, name: string, node: TreeNode, place: Place): Expr {
  const rule = windowFunctions[name]
  if (!rule) return refuse(`${name}: there is no such window function`)
  const args = node.nodes('aggregated')
  if (node.flag('distinct') || node.has('filter')) refuse(`${name}: it takes neither distinct nor filterWhere`)
  if (args.length < rule.columns || !rule.numbers.includes(args.length - rule.columns)) {
    refuse(`${name}: got ${args.length} arguments; expected ${rule.means}`)
  }
  const inner = { ...place, windows: false }
  const numbers = args
    .slice(rule.columns)
    .map((arg) => wholeNumber(arg, name, name === 'ntile' || name === 'nth_value' ? 1 : 0))
  const [subject] = rule.columns === 1 && args[0] ? [translator.expression(args[0], inner)] : []
  if (!subject) return { node: callNode(name, numbers), type: rule.whole ? 'int32' : 'float64', nullable: false }
  const nullable = subject.nullable || !['first_value', 'last_value'].includes(name)
  return {
    ...subject,
    column: undefined,
    single: undefined,
    node: callNode(name, [subject.node, ...numbers]),
    nullable,
  }
}

function withWindow(translator: Translator, call: Expr, over: TreeNode, place: Place): Expr {
  if (!place.windows) refuse(`${place.clause}: a window function cannot be used here; put it into a subquery`)
  const inner = { ...place, windows: false, clause: 'over' }
  const parts = over.maybe('partitionBy', 'PartitionByNode')?.nodes('items', 'PartitionByItemNode') ?? []
  const partition = parts.map((item) => translator.expression(item.node('partitionBy'), inner).node)
  const order = orderItems(translator, over.maybe('orderBy', 'OrderByNode'), inner)
  const by = [
    ...(partition.length > 0 ? [sqlNode`partition by ${listNode(partition)}`] : []),
    ...(order.length > 0 ? [sqlNode`order by ${listNode(order)}`] : []),
  ]
  const [first, second] = by
  const window = first && second ? sqlNode`${first} ${second}` : (first ?? sqlNode``)
  return { ...call, column: undefined, node: sqlNode`${call.node} over (${window})` }
}
