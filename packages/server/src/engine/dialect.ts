import type { Field } from '@stockdb/contract'
import type { Expression, Kysely, RawBuilder } from 'kysely'
import type { ColumnTypes } from './column-types.ts'
import type { Ddl } from './ddl.ts'
import type { Merged } from './repeat-plan.ts'
import type { SqlExpressions } from './sql-expressions.ts'
import type { TableShape } from './table-shape.ts'

/** Tables as Kysely is told of them: their names and columns come from the catalogue when the server starts. */
export type Tables = Record<string, Record<string, unknown>>

/** What it takes to know of a field to read or compare its column. */
type Readable = Pick<Field, 'type' | 'dateFormat' | 'exact'>

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
  readonly columnTypes: ColumnTypes
  readonly ddl: Ddl
  /**
   * The expression by which a column is selected: itself, wherever that can be, so that the database tells its type with
   * every answer, and what is kept in it is checked in one place, `BatchBuilder`.
   */
  readable(field: Readable, column: Expression<unknown>): Expression<unknown> | RawBuilder<unknown>
  /** The expression by which a column is compared with values: texts by their bytes, spaces at the end included. */
  comparable(field: Comparable, column: Expression<unknown>): Expression<unknown> | RawBuilder<unknown>
  /**
   * Whether a value of an outer row bounds a range of an index in a subquery, so that it is looked up. Where it does not (as in
   * MySQL and MariaDB, which read every row of the equal part before it), loose scans of an index are used instead.
   */
  readonly seeks: boolean
  /**
   * Whether a text is one of `values`, byte by byte, where the column may have any collation; an index of the column is
   * used none the less.
   */
  isOneOf(column: Expression<unknown>, values: readonly unknown[]): RawBuilder<boolean>
  /**
   * The different values of a column of texts or numbers, with what each of them is: two columns, the value as a text, and
   * `number` or `text`; of the rows of `t` that meet a condition, if one is given. `long` tells whether it may take long, as it does where no index begins with the column.
   */
  distinctValues(
    table: string,
    column: string,
    kept: { readonly indexed: boolean; readonly numeric: boolean; readonly where?: RawBuilder<unknown> | undefined },
  ): { readonly statement: RawBuilder<unknown>; readonly long: boolean }
  /**
   * The column by whose values a table can be gone through in parts, each found without reading the others, and whose values
   * go through a text and back unchanged; `undefined` where the table can only be read as a whole.
   */
  slicedBy(table: TableShape): string | undefined
  /** A value as a text. */
  asText(value: RawBuilder<unknown>): RawBuilder<unknown>
  /** A table of codes, one column `code`, from a list of them as JSON: bound as one value, however long. */
  codes(list: unknown): RawBuilder<unknown>
}
