import type { Field } from '@stockdb/contract'
import type { Bounds } from '../bounds/settings.ts'
import type { ReadColumn } from './engine.ts'
import type { SqlGrammar } from './sql-grammar.ts'

/** A statement after checks and rewriting. */
export interface AdHocStatement {
  readonly sql: string
  readonly parameters: readonly (string | number | bigint | boolean | null)[]
  /** Form for logs and traces. */
  readonly shown: string
}

/** All rows of a statement, in the form that batches are filled from. */
export interface AdHocAnswer {
  readonly columns: readonly ReadColumn[]
  readonly rows: readonly (readonly unknown[])[]
  /** Approximate size of the rows. */
  readonly bytes: number
}

/** The declared field of a column of a table, if any. */
export type FieldOfColumn = (table: string, column: string) => Field | undefined

/** Limits of a statement. */
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
 * Runs callers' own statements, separately from all other database work: no change to a connection is left for the next
 * statement.
 */
export interface AdHoc {
  readonly grammar: SqlGrammar
  /** The schema name that may qualify the tables. */
  readonly schema: string
  /**
   * Runs a statement in a read-only transaction, within the bounds on time, rows and bytes. The answer is read
   * completely before it is sent, so that slow callers hold no transaction open. Throws `QUERY_REFUSED` if the database
   * rejects the statement, `QUERY_TIMEOUT`, `TOO_MANY_ROWS`, and the signal's reason.
   */
  run(statement: AdHocStatement, signal: AbortSignal): Promise<AdHocAnswer>
  close(): Promise<void>
}
