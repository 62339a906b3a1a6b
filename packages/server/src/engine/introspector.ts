import type { StockdbError } from '@stockdb/contract/wire'
import type { Expression, Kysely, RawBuilder } from 'kysely'
import type { ColumnReading } from './column-reading.ts'
import type { Dialect, Tables } from './dialect.ts'
import type { TableShape } from './table-shape.ts'

/** A database that somebody else made, open for looking around in. Nothing is written to it. */
export interface Introspector {
  readonly dialect: Dialect
  /** Executes what it builds, unlike the one of an engine's dialect. */
  readonly kysely: Kysely<Tables>
  /** Columns, key and indexes of a table or view. */
  describe(table: string): Promise<TableShape | undefined>
  /** Unique indexes except for the primary key: the columns of each, in order. */
  uniqueIndexes(table: string): Promise<readonly (readonly string[])[]>
  /** What its maker said of a table; empty where nothing. */
  commentOn(table: string): Promise<string>
  /** How a column is read, by its type and, where that leaves it open, by some of its values. */
  readColumn(columnType: string, sample: readonly unknown[]): ColumnReading
  /** A column for a look at some of its values: only the beginning of what may be long, null for what is never read. */
  sampled(
    column: Expression<unknown>,
    columnType: string,
    characters: number,
  ): Expression<unknown> | RawBuilder<unknown>
  /** The product and its version. */
  version(): Promise<string>
  /** Brings what a read threw into the closed table of errors. */
  translate(error: unknown): StockdbError
  close(): Promise<void>
}
