import type { Field } from '@stockdb/contract'
import type { Expression, Kysely, RawBuilder } from 'kysely'
import type { Merged } from './repeat-plan.ts'
import type { SqlExpressions } from './sql-expressions.ts'

/** Tables as Kysely is told of them: their names and columns come from the catalogue when the server starts. */
export type Tables = Record<string, Record<string, unknown>>

/** What it takes to know of a field to read or compare its column. */
type Readable = Pick<Field, 'type' | 'stored'>

/** `loose`: whether the table is someone else's, so that the column may hold what its type does not say. */
type Comparable = Readable & { readonly loose?: boolean | undefined }

/** What a query builder must know of an engine: how to compile, and how columns are read. */
export interface Dialect {
  /** Builds and compiles; it has no connection, so that nothing is executed through it by mistake. */
  readonly kysely: Kysely<Tables>
  /** Of which datasets one row of each key is read. */
  readonly merged?: Merged | undefined
  /** The expressions of callers' queries. */
  readonly expressions: SqlExpressions
  /**
   * The expression by which a column is selected: itself, wherever that can be, so that the database tells its type with
   * every answer, and what is kept in it is checked in one place, `BatchBuilder`.
   */
  readable(field: Readable, column: Expression<unknown>): Expression<unknown> | RawBuilder<unknown>
  /** The expression by which a column is compared with values: texts by their bytes, spaces at the end included. */
  comparable(field: Comparable, column: Expression<unknown>): Expression<unknown> | RawBuilder<unknown>
  /**
   * Whether a value of an outer row bounds a range of an index in a subquery: SQLite looks it up, while MySQL and MariaDB
   * read every row of the equal part before it. They have loose scans instead, which SQLite has not.
   */
  readonly seeks: boolean
  /**
   * Whether a text is one of `values`, byte by byte, where the column may have any collation; an index of the column is
   * used none the less.
   */
  isOneOf(column: Expression<unknown>, values: readonly unknown[]): RawBuilder<boolean>
  /** A table of codes, one column `code`, from a list of them as JSON: bound as one value, however long. */
  codes(list: unknown): RawBuilder<unknown>
}
