import type { StockdbError } from '@stockdb/contract/wire'
import type { Expression, Kysely, RawBuilder } from 'kysely'
import type { ColumnReading } from './column-reading.ts'
import type { Dialect, Tables } from './dialect.ts'
import type { TableShape } from './table-shape.ts'

/** An existing database, open read-only for introspection. */
export interface Introspector {
  readonly dialect: Dialect
  /** The column of the primary key that the database itself adds to tables without one: no two rows have the same, whatever they say. */
  readonly addedKey?: string
  /** Executes queries, unlike the one of an engine's dialect. */
  readonly kysely: Kysely<Tables>
  /** Columns, key and indexes of a table or view. */
  describe(table: string): Promise<TableShape | undefined>
  /** Unique indexes other than the primary key: the columns of each, in order. */
  uniqueIndexes(table: string): Promise<readonly (readonly string[])[]>
  /** Comment of a table, or an empty text. */
  commentOn(table: string): Promise<string>
  /** How a column is read, by its type and, where that leaves it open, by some of its values and its name. */
  readColumn(columnType: string, sample: readonly unknown[], column: string): ColumnReading
  /** A column for a look at some of its values: only the beginning of what may be long, null for what is never read. */
  sampled(
    column: Expression<unknown>,
    columnType: string,
    characters: number,
  ): Expression<unknown> | RawBuilder<unknown>
  /** A column as an index names it, where that is more than its name: MySQL indexes only the beginning of a TEXT. */
  indexed?(column: RawBuilder<unknown>, columnType: string): RawBuilder<unknown>
  /** The product and its version. */
  version(): Promise<string>
  /** Translates errors of reads. */
  translate(error: unknown): StockdbError
  close(): Promise<void>
}
