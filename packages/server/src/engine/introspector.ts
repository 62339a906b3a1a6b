import type { StockdbError } from '@stockdb/contract/wire'
import type { Expression, Kysely, RawBuilder } from 'kysely'
import type { ColumnReading } from './column-reading.ts'
import type { Dialect, Tables } from './dialect.ts'
import type { TableShape } from './table-shape.ts'

/** An existing database, open read-only for introspection. */
export interface Introspector {
  readonly dialect: Dialect
  /** Executes queries, unlike the one of an engine's dialect. */
  readonly kysely: Kysely<Tables>
  /** Columns, key and indexes of a table or view. */
  describe(table: string): Promise<TableShape | undefined>
  /** Unique indexes other than the primary key: the columns of each, in order. */
  uniqueIndexes(table: string): Promise<readonly (readonly string[])[]>
  /** Comment of a table, or an empty text. */
  commentOn(table: string): Promise<string>
  /** How to read a column, from its type and, if that is ambiguous, from sample values. */
  readColumn(columnType: string, sample: readonly unknown[]): ColumnReading
  /** A column for sampling: only the beginning of long values, null for unreadable types. */
  sampled(
    column: Expression<unknown>,
    columnType: string,
    characters: number,
  ): Expression<unknown> | RawBuilder<unknown>
  /** The product and its version. */
  version(): Promise<string>
  /** Translates errors of reads. */
  translate(error: unknown): StockdbError
  close(): Promise<void>
}
