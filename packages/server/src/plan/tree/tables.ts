import type { Dataset } from '@stockdb/contract'
import { hasMembers, isUnordered, splitSymbolOf } from '@stockdb/contract/internal'
import { limits } from '@stockdb/contract/wire'
import {
  AliasNode,
  ColumnNode,
  ExpressionWrapper,
  IdentifierNode,
  type OperationNode,
  ReferenceNode,
  sql,
  TableNode,
} from 'kysely'
import { tableId } from '../../engine/table-ref.ts'
import { inOrder } from '../../engine/unordered-dates.ts'
import { aliasedTable } from '../aliased-table.ts'
import { codeFrom } from '../codes.ts'
import { sourceOf as sourceOfField } from '../prepared-query.ts'
import { rowColumn } from '../split-symbols.ts'
import type { Typed } from './expr.ts'
import { nameIn, tableNameIn } from './names.ts'
import { refuse } from './refuse.ts'
import type { Scope, ScopeColumn, ScopeTable } from './scope.ts'
import type { Translator } from './translator.ts'
import type { TreeNode } from './tree-node.ts'

/** What stands in a `from` or a join: its name for the caller, its columns, and itself under a name of ours. */
export interface Source {
  readonly name: string
  readonly table: ScopeTable
  readonly node: OperationNode
}

/** A dataset, a common table expression or a subquery, with or without an alias. */
export function sourceOf(translator: Translator, node: TreeNode, scope: Scope): Source {
  if (scope.tables.size >= limits.query.tables) {
    refuse(`a select names more than ${limits.query.tables} tables; use with() for a part of them`)
  }
  if (node.kind === 'TableNode') return namedTable(translator, tableNameIn(node), undefined, scope)
  if (node.kind !== 'AliasNode') return refuse(`from: got ${node.kind}; expected a dataset or a select with an alias`)
  const alias = nameIn(node.node('alias', 'IdentifierNode'))
  const inner = node.node('node')
  if (inner.kind === 'TableNode') return namedTable(translator, tableNameIn(inner), alias, scope)
  const select = inner.kind === 'ParensNode' ? inner.node('node') : inner
  if (select.kind !== 'SelectQueryNode') return refuse(`from: got ${select.kind}; expected a dataset or a select`)
  // Not every engine lets a subquery in from name columns of the queries around it.
  const { node: selected, columns } = translator.select(select, undefined, scope.commonTables)
  return { name: alias, ...derived(translator, selected, columns) }
}

function namedTable(translator: Translator, name: string, alias: string | undefined, scope: Scope): Source {
  const common = scope.commonTables.get(name)
  translator.countTables(common?.tables ?? 1)
  if (common) return { name: alias ?? name, ...derived(translator, TableNode.create(common.sqlName), common.columns) }
  return { name: alias ?? name, ...datasetTable(translator, translator.dataset(name)) }
}

function datasetTable(translator: Translator, dataset: Dataset): Omit<Source, 'name'> {
  const { forms } = translator
  const sqlName = translator.freshName()
  const singles = translator.singlesOf(dataset)
  const rounded = translator.roundedOf(dataset)
  const columns = Object.entries(dataset.fields).map(([name, field]): [string, ScopeColumn] => {
    const { type, nullable, unit, dateFormat, numberFormat, symbolFormat, exact } = field
    const bare = reference(sqlName, rowColumn(dataset, name))
    const single = singles?.has(name)
    const id = `${sqlName}.${name}`
    // What is not compared as it is kept is an expression like any other.
    if (numberFormat !== undefined)
      return [name, { node: forms.textNumber(type, bare), type, nullable, unit, computed: true, id }]
    if (symbolFormat !== undefined) {
      const code = codeFrom(symbolFormat, sql`${new ExpressionWrapper(bare)}`).toOperationNode()
      return [name, { node: forms.bytes(code), type: 'text', nullable, unit, id }]
    }
    if (isUnordered(dateFormat)) {
      const date = sql`nullif(${inOrder(sql`${new ExpressionWrapper(bare)}`)}, '')`.toOperationNode()
      return [name, { node: date, type, nullable, unit, id }]
    }
    const inexact = dataset.managed === false && type === 'symbol'
    const compared = inexact ? 'text' : type
    const node =
      exact && type === 'text'
        ? forms.digits(bare)
        : dateFormat === undefined
          ? rounded?.has(name)
            ? type === 'datetime'
              ? forms.inMilliseconds(bare)
              : forms.double(bare)
            : forms.comparable(compared, bare, dataset.managed === false)
          : forms.stored(dateFormat, bare, type)
    const source = sourceOfField(dataset, name)
    const column = { node: bare, dateFormat, source, ...(inexact ? { inexact } : {}) } as const
    return [name, { node, type, nullable, unit, exact, single, column, id }]
  })
  const table =
    dataset.only || hasMembers(dataset) || splitSymbolOf(dataset)
      ? aliasedTable(translator.dialect, dataset, sqlName).toOperationNode()
      : AliasNode.create(tableId(dataset).toOperationNode(), IdentifierNode.create(sqlName))
  return { table: new Map(columns), node: table }
}

function derived(
  translator: Translator,
  node: OperationNode,
  columns: readonly (Typed & { readonly name: string; readonly sqlName: string })[],
): Omit<Source, 'name'> {
  const sqlName = translator.freshName()
  const table = new Map(
    columns.map(({ name, sqlName: inner, ...typed }): [string, ScopeColumn] => {
      const bare = reference(sqlName, inner)
      return [name, { ...typed, node: bare, column: { node: bare }, id: `${sqlName}.${inner}` }]
    }),
  )
  return { table, node: AliasNode.create(node, IdentifierNode.create(sqlName)) }
}

function reference(table: string, column: string): OperationNode {
  return ReferenceNode.create(ColumnNode.create(column), TableNode.create(table))
}
