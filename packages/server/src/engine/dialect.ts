import type { Dataset, Field } from '@stockdb/contract'
import type { Member } from '@stockdb/contract/internal'
import type { Expression, Kysely, RawBuilder } from 'kysely'
import type { ColumnTypes } from './column-types.ts'
import type { Ddl } from './ddl.ts'
import type { Merged } from './repeat-plan.ts'
import type { SqlExpressions } from './sql-expressions.ts'
import type { TableShape } from './table-shape.ts'

/** Kysely's table types: names and columns come from the catalogue at startup. */
export type Tables = Record<string, Record<string, unknown>>

/** The part of a field needed to read or compare its column. */
type Readable = Pick<Field, 'type' | 'dateFormat' | 'exact'>

/** `loose`: whether the table is someone else's, so that the column may hold what its type does not say. */
type Comparable = Pick<Field, 'type' | 'dateFormat' | 'exact'> & {
  readonly numberFormat?: Field['numberFormat'] | undefined
  readonly loose?: boolean | undefined
  /** Whether it is compared with moments that may be finer than its column. */
  readonly fine?: boolean | undefined
}

/** Tables of a dataset with several that a statement reads. */
export interface MembersRead {
  readonly members: readonly Member[]
  /** None of them has a row that is asked for. */
  readonly unread?: true
  /** Whether the call's symbols chose them; if their names are symbols, no condition is needed. */
  readonly chosen?: true
}

/** The parts of an engine that query builders need: how to compile, and how to read columns. */
export interface Dialect {
  /** Builds and compiles queries; it has no connection, so that nothing can be executed by mistake. */
  readonly kysely: Kysely<Tables>
  /** Datasets of which only one row per key is read. */
  readonly merged?: Merged | undefined
  /** The tables to read of a dataset with several, at least one. */
  readonly members?: ((dataset: Dataset) => MembersRead) | undefined
  /** The most selects of a union, where the database has a limit. */
  readonly maxUnion?: number
  /** Expressions of callers' queries. */
  readonly expressions: SqlExpressions
  readonly columnTypes: ColumnTypes
  readonly ddl: Ddl
  /**
   * The expression that selects a column: the bare column if possible, so that the database reports its type with every
   * answer, and values are checked in one place, `BatchBuilder`.
   */
  readable(field: Readable, column: Expression<unknown>): Expression<unknown> | RawBuilder<unknown>
  /** The expression that compares a column with values: texts bytewise, including trailing spaces. */
  comparable(field: Comparable, column: Expression<unknown>): Expression<unknown> | RawBuilder<unknown>
  /**
   * Whether the optimiser uses a value of an outer row as bound of an index range in a subquery. If not (MySQL and
   * MariaDB read every row of the equal prefix), loose index scans are used instead.
   */
  readonly seeks: boolean
  /**
   * Whether rows are found by going through columns, of whose parts the database keeps the least and the greatest value, and
   * not by an index: then a table needs none, and the last rows of each symbol are found in one pass.
   */
  readonly scans: boolean
  /**
   * Whether to find a row of another table for each of many rows takes longer, even by an index, than to read both tables in order
   * and join them here.
   */
  readonly joinsSlowly: boolean
  /** What makes a select read its tables in the order in which they are written, where the database has words for it. */
  readonly joinInOrder: RawBuilder<unknown> | undefined
  /** Whether a number below 100 that is compared with a column may be taken for a year: MySQL's YEAR. */
  readonly completesYears: boolean
  /**
   * Whether a range of dates that are kept as texts also includes what is no date of the declared form, for the reader to
   * refuse. It must where `Engine.dataVersion` is absent: a search for such values comes seconds after they were written.
   */
  readonly givesMisfits: boolean
  /**
   * Whether a text is one of `values`, compared bytewise for any collation of the column, but still using its index.
   */
  isOneOf(column: Expression<unknown>, values: readonly unknown[]): RawBuilder<boolean>
  /**
   * Selects the distinct values of a text or numeric column in two columns: the value as text, and `number` or `text`;
   * optionally only of rows of `t` that meet a condition. `long` is true if it may take long, because no index begins
   * with the column.
   */
  distinctValues(
    table: string,
    column: string,
    kept: {
      readonly indexed: boolean
      readonly numeric: boolean
      /** Whether the column is a DATETIME whose times should all be midnight: only others are wanted. */
      readonly midnight?: boolean | undefined
      readonly where?: RawBuilder<unknown> | undefined
    },
  ): { readonly statement: RawBuilder<unknown>; readonly long: boolean }
  /**
   * The column that splits a table into parts that can be found without reading the others, with values that survive
   * conversion to text; `undefined` if the table can only be read as a whole.
   */
  slicedBy(table: TableShape): string | undefined
  /** Whether a date that is kept as a text or a number is there: an empty text, or 0, stands for none. Never null. */
  isDateGiven(column: RawBuilder<unknown>): RawBuilder<boolean>
  /**
   * A statement that raises a counter, from 0 if it is null, and tells its new value at once: in a row, or as
   * `StatementOutcome.raised` where the database returns no rows of an update.
   */
  raise(
    table: RawBuilder<unknown>,
    counter: RawBuilder<unknown>,
    by: number,
    where: RawBuilder<unknown>,
  ): RawBuilder<unknown>
  /** A bound moment with all of its digits, where the database would round it to those of the column that it is compared with. */
  exactMoment?(value: RawBuilder<unknown>): RawBuilder<unknown>
  /** A value as a text. */
  asText(value: RawBuilder<unknown>): RawBuilder<unknown>
  /** A table of codes, one column `code`, from a list of them as JSON: bound as one value, however long. */
  codes(list: unknown): RawBuilder<unknown>
}
