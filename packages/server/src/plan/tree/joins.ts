import { JoinNode, type OperationNode } from 'kysely'
import { sqlNode } from '../../engine/sql-node.ts'
import { needCondition } from './call.ts'
import { refuse, shown } from './refuse.ts'
import { nullableTable, type Place, type Scope } from './scope.ts'
import { sourceOf } from './tables.ts'
import type { Translator } from './translator.ts'
import { rawText, type TreeNode } from './tree-node.ts'

export const joins = ['InnerJoin', 'LeftJoin', 'RightJoin', 'CrossJoin'] as const

/** Joins a table to those of the scope so far. */
export function join(translator: Translator, node: TreeNode, scope: Scope, place: Place): JoinNode {
  const asked = node.text('joinType')
  const type = joins.find((known) => known === asked)
  if (!type)
    return refuse(
      `the join ${shown(asked)} is not supported; expected inner, left, right or cross, which every engine has`,
    )
  const source = sourceOf(translator, node.node('table'), scope)
  if (type === 'RightJoin') scope.makeNullable()
  scope.add(source.name, type === 'LeftJoin' ? nullableTable(source.table) : source.table)
  if (type === 'CrossJoin') {
    if (node.has('on')) refuse('crossJoin: it has no condition; use innerJoin')
    return JoinNode.create(type, source.node)
  }
  const on = node.maybe('on', 'OnNode')
  if (!on) return refuse(`${type}: it needs a condition; use .onRef(…), .on(…) or .onTrue(), or crossJoin`)
  if (rawText(on.raw('on'), 'true')) return joinOn(type, source.node, sqlNode`1 = 1`)
  return joinOn(type, source.node, needCondition(translator.expression(on.node('on'), place), 'on').node)
}

function joinOn(type: (typeof joins)[number], table: OperationNode, condition: OperationNode): JoinNode {
  return JoinNode.createWithOn(type, table, condition)
}
