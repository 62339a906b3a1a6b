import { limits } from '@stockdb/contract/wire'
import {
  FromNode,
  GroupByItemNode,
  GroupByNode,
  HavingNode,
  SelectModifierNode,
  type SelectQueryNode,
  WhereNode,
} from 'kysely'
import { needCondition } from './call.ts'
import type { Expr } from './expr.ts'
import { groupingOf, hasWindows, isAggregating } from './grouping.ts'
import { join } from './joins.ts'
import { columnNameIn, nameIn, tableNameIn } from './names.ts'
import { refuse } from './refuse.ts'
import { type CommonTable, listed, type Place, Scope } from './scope.ts'
import { sourceOf } from './tables.ts'
import type { Translator } from './translator.ts'
import type { TreeNode } from './tree-node.ts'

/** A column of a select: the caller's name of it, and what it is. */
export interface Item {
  readonly name: string
  readonly expr: Expr
}

/** A select without its common tables, set operations, order and limit: what a branch of a union is. */
export interface SelectCore {
  readonly node: Omit<SelectQueryNode, 'kind'>
  readonly items: readonly Item[]
  readonly place: Place
  readonly distinct: boolean
  readonly windows: boolean
  /** Whether it has one row by being aggregated as a whole. */
  readonly single: boolean
}

export function selectCore(
  translator: Translator,
  node: TreeNode,
  outer: Scope | undefined,
  commonTables: ReadonlyMap<string, CommonTable>,
): SelectCore {
  const scope = new Scope(outer, commonTables)
  const rows: Place = { scope, clause: 'where', aggregates: false, windows: false, inAggregate: false }
  const froms = node.maybe('from', 'FromNode')?.nodes('froms') ?? []
  const joins = node.nodes('joins', 'JoinNode')
  if (froms.length > 1 && joins.length > 0) refuse('from: several tables cannot be combined with joins; use crossJoin')
  if (froms.length === 0 && (joins.length > 0 || node.has('where') || node.has('groupBy') || node.has('having')))
    refuse('from: a select without a table has values alone')
  const from = froms.map((table) => {
    const source = sourceOf(translator, table, scope)
    scope.add(source.name, source.table)
    return source.node
  })
  const joined = joins.map((one) => join(translator, one, scope, { ...rows, clause: 'on' }))
  const where = node.maybe('where', 'WhereNode')
  const condition = where && needCondition(translator.expression(where.node('where'), rows), 'where').node
  const groupItems = node.maybe('groupBy', 'GroupByNode')?.nodes('items', 'GroupByItemNode') ?? []
  const aggregated = isAggregating([node.raw('selections'), node.raw('having'), node.raw('orderBy')])
  const having = node.maybe('having', 'HavingNode')
  if (having && !aggregated && groupItems.length === 0) refuse('having: it filters groups; use where, or groupBy')
  const { grouping, nodes } = groupingOf(translator, groupItems, { ...rows, clause: 'groupBy' })
  if (aggregated || groupItems.length > 0) scope.grouping = grouping
  const place: Place = { ...rows, clause: 'select', aggregates: true, windows: true }
  const items = selectionsOf(translator, node, place)
  const kept =
    having &&
    needCondition(
      translator.expression(having.node('having'), { ...place, clause: 'having', windows: false }),
      'having',
    )
  const distinct = isDistinct(node)
  return {
    node: {
      ...(from.length > 0 ? { from: FromNode.create(from) } : {}),
      ...(joined.length > 0 ? { joins: joined } : {}),
      ...(condition ? { where: WhereNode.create(condition) } : {}),
      ...(nodes.length > 0 ? { groupBy: GroupByNode.create(nodes.map((one) => GroupByItemNode.create(one))) } : {}),
      ...(kept ? { having: HavingNode.create(kept.node) } : {}),
      ...(distinct ? { frontModifiers: [SelectModifierNode.create('Distinct')] } : {}),
    },
    items,
    place,
    distinct,
    windows: hasWindows(node.raw('selections')),
    single: aggregated && groupItems.length === 0,
  }
}

function isDistinct(node: TreeNode): boolean {
  const modifiers = node.nodes('frontModifiers', 'SelectModifierNode').map((modifier) => modifier.text('modifier'))
  if (modifiers.some((modifier) => modifier !== 'Distinct')) refuse('select: the only modifier is distinct()')
  return modifiers.length > 0
}

function selectionsOf(translator: Translator, node: TreeNode, place: Place): Item[] {
  const items = node.nodes('selections', 'SelectionNode').flatMap((selection): Item[] => {
    const what = selection.node('selection')
    if (what.kind === 'SelectAllNode') return allColumns(place, [...place.scope.tables.keys()])
    if (what.kind === 'ReferenceNode' && what.node('column').kind === 'SelectAllNode')
      return allColumns(place, [tableNameIn(what.node('table', 'TableNode'))])
    if (what.kind === 'AliasNode') {
      const name = nameIn(what.node('alias', 'IdentifierNode'))
      return [{ name, expr: translator.expression(what.node('node'), place) }]
    }
    if (what.kind !== 'ReferenceNode' && what.kind !== 'ColumnNode')
      refuse(`select: a ${what.kind} needs a name; call .as('name') on it`)
    const column = what.kind === 'ColumnNode' ? what : what.node('column', 'ColumnNode')
    return [{ name: columnNameIn(column), expr: translator.expression(what, place) }]
  })
  if (items.length === 0) refuse('select: the query selects nothing; call .select(…) or .selectAll()')
  if (items.length > limits.query.columns)
    refuse(`select: ${items.length} columns; expected at most ${limits.query.columns}`)
  return items
}

function allColumns(place: Place, tables: readonly string[]): Item[] {
  if (place.scope.grouping) refuse('selectAll: it cannot be combined with aggregates; name the grouped columns')
  return tables.flatMap((alias) => {
    const table = place.scope.tables.get(alias)
    if (!table)
      return refuse(`selectAll: the query has no table "${alias}"; it has ${listed([...place.scope.tables.keys()])}`)
    return [...table].map(([name, expr]) => ({ name, expr }))
  })
}
