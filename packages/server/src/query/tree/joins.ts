import { JoinNode, type OperationNode } from 'kysely'
import { needCondition } from './call.ts'
import { refuse, shown } from './refuse.ts'
import { nullableTable, type Place, type Scope } from './scope.ts'
import { sqlNode } from './sql-node.ts'
import { sourceOf } from './tables.ts'
import type { Translator } from './translator.ts'
import { rawText, type TreeNode } from './tree-node.ts'

export const joins = ['InnerJoin', 'LeftJoin', 'RightJoin', 'CrossJoin'] as const

/** A join, and what has to be watched of it in `where`. */
interface Joined {
  readonly node: JoinNode
  readonly watched: readonly OperationNode[]
}

/** Joins a table to those of the scope so far. */
export function join(translator: Translator, node: TreeNode, scope: Scope, place: Place): Joined {
  const asked = node.text('joinType')
  const type = joins.find((known) => known === asked)
  if (!type)
    return refuse(
      `the join ${shown(asked)} is not taken; not every engine has others than inner, left, right and cross`,
    )
  const source = sourceOf(translator, node.node('table'), scope)
  if (type === 'RightJoin') scope.makeNullable()
  scope.add(source.name, type === 'LeftJoin' ? nullableTable(source.table) : source.table)
  if (type === 'CrossJoin') {
    if (node.has('on')) refuse('crossJoin: it has no condition; use innerJoin')
    return { node: JoinNode.create(type, source.node), watched: [source.anyColumn] }
  }
  const on = node.maybe('on', 'OnNode')
  if (!on) return refuse(`${type}: it needs a condition; use .onRef(…), .on(…) or .onTrue(), or crossJoin`)
  const condition = rawText(on.raw('on'), 'true')
    ? sqlNode`1 = 1`
    : needCondition(translator.expression(on.node('on'), place), 'on').node
  if (type === 'InnerJoin')
    return { node: JoinNode.createWithOn(type, source.node, condition), watched: [source.anyColumn] }
  // Of an outer join the condition decides before `where` does.
  const all = translator.forms.watch
    ? sqlNode`(${translator.forms.watch(source.anyColumn)} and ${condition})`
    : condition
  return { node: JoinNode.createWithOn(type, source.node, all), watched: [] }
}
