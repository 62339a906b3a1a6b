import { CommonTableExpressionNameNode, CommonTableExpressionNode, WithNode } from 'kysely'
import { columnNameIn, tableNameIn } from './names.ts'
import { refuse } from './refuse.ts'
import type { CommonTable } from './scope.ts'
import type { Translator } from './translator.ts'
import type { TreeNode } from './tree-node.ts'

/** The common table expressions of a `with`, each of which may name those before it, added to those around. */
export function commonTablesOf(
  translator: Translator,
  node: TreeNode | undefined,
  around: ReadonlyMap<string, CommonTable>,
): { readonly with: WithNode | undefined; readonly commonTables: ReadonlyMap<string, CommonTable> } {
  if (!node) return { with: undefined, commonTables: around }
  if (node.flag('recursive')) refuse('withRecursive: recursion has no limit; use with()')
  const commonTables = new Map(around)
  const own = new Set<string>()
  const expressions = node.nodes('expressions', 'CommonTableExpressionNode').map((expression) => {
    const nameNode = expression.node('name', 'CommonTableExpressionNameNode')
    const name = tableNameIn(nameNode.node('table', 'TableNode'))
    if (own.has(name)) refuse(`with: the name "${name}" appears twice`)
    own.add(name)
    const before = translator.countTables(0)
    const { node: select, columns } = translator.select(
      expression.node('expression', 'SelectQueryNode'),
      undefined,
      commonTables,
    )
    const names = nameNode.has('columns') ? nameNode.nodes('columns', 'ColumnNode').map(columnNameIn) : undefined
    if (names && (names.length !== columns.length || new Set(names).size < names.length)) {
      refuse(`with: "${name}" names ${names.length} columns for the ${columns.length} of its select; name each once`)
    }
    const sqlName = translator.freshName()
    commonTables.set(name, {
      sqlName,
      tables: translator.countTables(0) - before,
      columns: columns.map((column, index) => ({ ...column, name: names?.[index] ?? column.name })),
    })
    return CommonTableExpressionNode.create(CommonTableExpressionNameNode.create(sqlName), select)
  })
  const [first, ...others] = expressions
  if (!first) return { with: undefined, commonTables }
  const whole = others.reduce((sofar, one) => WithNode.cloneWithExpression(sofar, one), WithNode.create(first))
  return { with: whole, commonTables }
}
