import type { DateFormat, FieldTypeName } from '@stockdb/contract'
import {
  AliasNode,
  ColumnNode,
  IdentifierNode,
  LimitNode,
  OffsetNode,
  type OperationNode,
  OrderByItemNode,
  OrderByNode,
  ReferenceNode,
  SelectionNode,
  SelectQueryNode,
  SetOperationNode,
  ValueNode,
} from 'kysely'
import { isTextForm } from '../../engine/sql-expressions.ts'
import { commonTablesOf } from './common-tables.ts'
import { anyOf, commonType, type Expr } from './expr.ts'
import { columnNameIn } from './names.ts'
import { asType, valueIn } from './operands.ts'
import { orderItems } from './order.ts'
import { refuse, shown } from './refuse.ts'
import type { CommonTable, Scope } from './scope.ts'
import { type Item, type SelectCore, selectCore } from './select-core.ts'
import type { OutputColumn, Selected, Translator } from './translator.ts'
import type { TreeNode } from './tree-node.ts'

/** How an expression is written into the select list; `plain` where columns are read as they are, row by row. */
export type Reading = (expr: Expr, column: OutputColumn, plain: boolean) => OperationNode

/** Translates a select. `reading` is set for the outermost one, whose columns are read and not named by others. */
export function select(
  translator: Translator,
  node: TreeNode,
  outer: Scope | undefined,
  around: ReadonlyMap<string, CommonTable>,
  reading?: Reading,
): Selected {
  const { with: withNode, commonTables } = commonTablesOf(translator, node.maybe('with', 'WithNode'), around)
  const first = selectCore(translator, node, outer, commonTables)
  const operations = node.nodes('setOperations', 'SetOperationNode')
  const cores = [first, ...operations.map((operation) => branch(translator, operation, outer, commonTables))]
  const items = cores.map((core) => namedOnce(core.items, reading !== undefined && operations.length === 0))
  // Rows that are compared with each other are so in one form, whatever form they are kept in.
  const plain = operations.length === 0 && !first.distinct
  const columns = outputColumns(translator, items, plain)
  const [limit, offset] = [bound(node, 'limit'), bound(node, 'offset')]
  const compared = operations.some((operation) => operation.text('operator') !== 'union')
  const written = cores.map((core, index): SelectQueryNode => {
    const branchNode = {
      ...core.node,
      kind: 'SelectQueryNode' as const,
      selections: (items[index] ?? []).map(({ expr }, at) =>
        selection(translator, expr, columns[at] as OutputColumn, plain, reading),
      ),
    }
    return compared && core.windows ? asSubquery(translator, branchNode) : branchNode
  })
  const order = orderOf(translator, node, first, items[0] ?? [], columns, operations.length > 0)
  const tree: SelectQueryNode = {
    ...(written[0] as SelectQueryNode),
    ...(withNode ? { with: withNode } : {}),
    ...(operations.length > 0
      ? {
          setOperations: operations.map((operation, index) =>
            setOperation(operation, written[index + 1] as SelectQueryNode),
          ),
        }
      : {}),
    ...(order.length > 0 ? { orderBy: OrderByNode.create(order.map((item) => OrderByItemNode.create(item))) } : {}),
    ...limitOf(limit, offset),
  }
  return {
    node: tree,
    columns,
    single: (limit !== undefined && limit <= 1) || (first.single && operations.length === 0),
  }
}

/**
 * All rows of a select as a select of its own. MySQL leaves out of the sides of an `intersect` and an `except` the rows
 * that hold a null where the other side can have none, and does so before it counts over windows; not within a subquery.
 */
function asSubquery(translator: Translator, node: SelectQueryNode): SelectQueryNode {
  const from = SelectQueryNode.createFrom([AliasNode.create(node, IdentifierNode.create(translator.freshName()))])
  return SelectQueryNode.cloneWithSelections(from, [SelectionNode.createSelectAll()])
}

function branch(
  translator: Translator,
  operation: TreeNode,
  outer: Scope | undefined,
  commonTables: ReadonlyMap<string, CommonTable>,
): SelectCore {
  const given = operation.node('expression')
  const node = given.kind === 'ParensNode' ? given.node('node') : given
  if (node.kind !== 'SelectQueryNode') refuse(`${operation.text('operator')}: got ${node.kind}; expected a select`)
  for (const key of ['with', 'setOperations', 'orderBy', 'limit', 'offset']) {
    if (node.has(key))
      refuse(`${operation.text('operator')}: a select in it has no ${key} of its own; put it into with()`)
  }
  return selectCore(translator, node, outer, commonTables)
}

/** Of columns with one name the last one counts, as in a row object; where others name columns, none may have two. */
function namedOnce(items: readonly Item[], lastCounts: boolean): Item[] {
  const byName = new Map<string, Item>()
  for (const item of items) {
    if (byName.has(item.name) && !lastCounts) {
      refuse(`select: the name "${item.name}" appears twice; rename one of the columns with "as"`)
    }
    byName.set(item.name, item)
  }
  return [...byName.values()]
}

/** The columns of a select, or of several whose rows are put together: each of a type that all have in common. */
function outputColumns(translator: Translator, branches: readonly (readonly Item[])[], plain: boolean): OutputColumn[] {
  const [first = [], ...others] = branches
  for (const { length } of others) {
    if (length !== first.length)
      refuse(`union: the selects have ${first.length} and ${length} columns; expected the same number`)
  }
  return first.map(({ name }, at) => {
    const exprs = branches.map((items) => (items[at] as Item).expr)
    const type = exprs
      .map((expr) => expr.type)
      .reduce((a, b): FieldTypeName => commonType(a, b) ?? mismatch(name, a, b))
    return {
      name,
      sqlName: translator.freshName(),
      type,
      nullable: exprs.some((expr) => expr.nullable),
      computed: exprs.some(({ column, computed }) => column === undefined || computed),
      source: plain ? exprs[0]?.column?.source : undefined,
      dateFormat: commonForm(exprs, plain),
      exact: exprs.every(({ column, exact }) => column && exact),
      single: exprs.every(({ single }) => single),
      ...anyOf(exprs),
    }
  })
}

/** The form that dates are read in: their own; of rows that are compared with each other only a datetime's, if all have it. */
function commonForm(exprs: readonly Expr[], plain: boolean): DateFormat | undefined {
  const form = exprs[0]?.column?.dateFormat
  if (plain) return form
  if (form === undefined || exprs[0]?.type !== 'datetime' || !isTextForm(form, 'datetime')) return undefined
  return exprs.every(({ column }) => column?.dateFormat === form) ? form : undefined
}

const mismatch = (name: string, a: FieldTypeName, b: FieldTypeName): never =>
  refuse(`union: the column "${name}" is a ${a} in one select and a ${b} in another`)

function selection(
  translator: Translator,
  expr: Expr,
  column: OutputColumn,
  plain: boolean,
  reading: Reading | undefined,
): SelectionNode {
  const inner = { ...expr, node: asType(translator.forms, expr, column.type), type: column.type }
  const node = reading ? reading(inner, column, plain) : inner.node
  return SelectionNode.create(AliasNode.create(node, IdentifierNode.create(column.sqlName)))
}

/** An `order by` may name columns by what they are called in the select list, and after a union in no other way. */
function orderOf(
  translator: Translator,
  node: TreeNode,
  core: SelectCore,
  items: readonly Item[],
  columns: readonly OutputColumn[],
  combined: boolean,
): OperationNode[] {
  const byNameAlone = combined || core.distinct
  return orderItems(
    translator,
    node.maybe('orderBy', 'OrderByNode'),
    { ...core.place, clause: 'orderBy' },
    (expression) => {
      const name = bareName(expression)
      const at = items.findIndex((item) => item.name === name)
      if (at >= 0) {
        const { node: own } = (items[at] as Item).expr
        // The column itself, whose index the database can use.
        if (!byNameAlone && ReferenceNode.is(own)) return own
        return ReferenceNode.create(ColumnNode.create((columns[at] as OutputColumn).sqlName))
      }
      if (byNameAlone) {
        refuse('orderBy: rows of distinct() or a union can only be ordered by the name of a selected column')
      }
      return undefined
    },
  )
}

function bareName(expression: TreeNode): string | undefined {
  if (expression.kind === 'ColumnNode') return columnNameIn(expression)
  if (expression.kind !== 'ReferenceNode' || expression.has('table')) return undefined
  return columnNameIn(expression.node('column', 'ColumnNode'))
}

function setOperation(operation: TreeNode, branchNode: SelectQueryNode): SetOperationNode {
  const operator = operation.text('operator')
  const all = operation.flag('all')
  if (operator !== 'union' && operator !== 'intersect' && operator !== 'except') {
    return refuse(`the set operation ${shown(operator)} is not supported; expected union, intersect and except`)
  }
  if (all && operator !== 'union') refuse(`${operator}All: not every engine has it; use ${operator}`)
  return SetOperationNode.create(operator, branchNode, all)
}

function bound(node: TreeNode, which: 'limit' | 'offset'): number | undefined {
  const given = node.maybe(which, which === 'limit' ? 'LimitNode' : 'OffsetNode')?.node(which)
  if (!given) return undefined
  const value = given.kind === 'ValueNode' ? valueIn(given, which) : undefined
  const number = typeof value === 'bigint' ? Number(value) : value
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number
  return refuse(`${which}: got ${value === undefined ? given.kind : shown(value)}; expected a whole number, 0 or more`)
}

function limitOf(limit: number | undefined, offset: number | undefined): Pick<SelectQueryNode, 'limit' | 'offset'> {
  if (limit === undefined && offset === undefined) return {}
  // Written out, because as parameters they would be doubles. No engine has an offset without a limit.
  const most = LimitNode.create(ValueNode.createImmediate(limit ?? Number.MAX_SAFE_INTEGER))
  return offset === undefined
    ? { limit: most }
    : { limit: most, offset: OffsetNode.create(ValueNode.createImmediate(offset)) }
}
