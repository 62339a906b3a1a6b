import type { StockdbError } from '@stockdb/contract'
import type { Kysely } from 'kysely'
import type { Tables } from '../engine/dialect.ts'
import type { TableShape } from '../engine/table-shape.ts'

/** A database that somebody else made, open for looking around in. Nothing is written to it. */
export interface ForeignDatabase {
  readonly kind: 'mysql' | 'sqlite'
  /** Reads by itself, unlike the one of an engine's dialect. */
  readonly kysely: Kysely<Tables>
  /** Columns, key and indexes of a table or view. */
  describe(table: string): Promise<TableShape | undefined>
  /** Unique indexes but for the primary key: the columns of each, in order. */
  uniqueIndexes(table: string): Promise<readonly (readonly string[])[]>
  /** What its maker said of a table; empty where nothing. */
  commentOn(table: string): Promise<string>
  /** The product and its version. */
  version(): Promise<string>
  /** Brings what a read threw into the closed table of errors. */
  translate(error: unknown): StockdbError
  close(): Promise<void>
}
