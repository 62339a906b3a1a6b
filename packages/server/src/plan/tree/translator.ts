import type { Dataset, DateFormat, FieldTypeName } from '@stockdb/contract'
import type { SelectQueryNode } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import type { ColumnSource } from '../../engine/engine.ts'
import type { SqlExpressions } from '../../engine/sql-expressions.ts'
import type { Expr, Typed } from './expr.ts'
import type { CommonTable, Place, Scope } from './scope.ts'
import type { TreeNode } from './tree-node.ts'

/** A select, translated. */
export interface Selected {
  readonly node: SelectQueryNode
  readonly columns: readonly OutputColumn[]
  /** Whether it has at most one row. */
  readonly single: boolean
}

export interface OutputColumn extends Typed {
  /** The caller's name of the column. */
  readonly name: string
  /** Ours, in SQL. */
  readonly sqlName: string
  /** Where the column is read as it is: from where. */
  readonly source?: ColumnSource | undefined
  /** The form in which what is read is kept, where it is not a value of the database's own types. */
  readonly dateFormat?: DateFormat | undefined
}

/** What the parts of the translation share, and by which those that need each other call each other. */
export interface Translator {
  readonly dialect: Dialect
  readonly forms: SqlExpressions
  /** The dataset that the caller may read under this name; refuses if there is none. */
  dataset(name: string): Dataset
  /** The fields of a dataset that are kept as FLOAT, as far as its table was looked at. */
  singlesOf(dataset: Dataset): ReadonlySet<string> | undefined
  /** The fields whose columns compare with other values than those that are read, as far as the table was looked at. */
  roundedOf(dataset: Dataset): ReadonlySet<string> | undefined
  /** Counts tables that the database will have to read; refuses when there are too many. How many there are by now. */
  countTables(more: number): number
  /** A name for SQL that was not given before. */
  freshName(): string
  /** An expression. `wanted` is the type of a value where nothing else determines it. */
  expression(node: TreeNode, place: Place, wanted?: FieldTypeName): Expr
  /** A select inside of another; `outer` is the select around it whose columns it may name. */
  select(node: TreeNode, outer: Scope | undefined, commonTables: ReadonlyMap<string, CommonTable>): Selected
}
