import type { Field } from '@stockdb/contract'
import type { Bounds } from '../bounds/settings.ts'
import type { ReadColumn } from './engine.ts'
import type { SqlGrammar } from './sql-grammar.ts'

/** A statement that was checked, and written out by us. */
export interface AdHocStatement {
  readonly sql: string
  readonly parameters: readonly (string | number | bigint | boolean | null)[]
  /** What logs and traces show of it. */
  readonly shown: string
}

/** All rows of a statement, in the form that batches are filled from. */
export interface AdHocAnswer {
  readonly columns: readonly ReadColumn[]
  readonly rows: readonly (readonly unknown[])[]
  /** What the rows take, roughly. */
  readonly bytes: number
}

/** The field that the catalogue declares for a column of a table, if it does. */
export type FieldOfColumn = (table: string, column: string) => Field | undefined

/** What bounds a statement. */
export type AdHocBounds = Pick<
  Bounds,
  | 'sqlConnections'
  | 'queueLength'
  | 'queueWaitMs'
  | 'queueBurstMs'
  | 'sqlTimeoutMs'
  | 'maxSqlRows'
  | 'maxSqlBytes'
  | 'maxTempDiskBytes'
>

/**
 * Runs statements that callers wrote, apart from everything else that is asked of the database: nothing that one of them
 * did to its connection is left for the next one.
 */
export interface AdHoc {
  readonly grammar: SqlGrammar
  /** The name by which the tables of the database may be qualified. */
  readonly schema: string
  /**
   * Runs a statement in a read-only transaction, within the bounds on time, rows and bytes. The answer is read to its end
   * before any of it is sent: a caller who reads slowly holds no transaction open. Throws `QUERY_REFUSED` when the
   * database does not take the statement, `QUERY_TIMEOUT`, `TOO_MANY_ROWS`, and the signal's reason.
   */
  run(statement: AdHocStatement, signal: AbortSignal): Promise<AdHocAnswer>
  close(): Promise<void>
}
