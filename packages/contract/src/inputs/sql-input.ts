import type { BIGINT_TAG } from './query-input.ts'

/** Input of `sql.run`: a statement, and a value for each `?`. */
export interface SqlInput {
  /**
   * One SELECT in the database's own SQL.
   *
   * @example
   * ```ts
   * await db.trpc.sql.run.query({ sql: 'select count(*) as days from trade_cal' })
   * ```
   */
  readonly sql: string
  /**
   * The values of the `?`, in order.
   *
   * @default none
   * @example
   * ```ts
   * await db.trpc.sql.run.query({ sql: 'select close from daily where ts_code = ?', params: ['600519.SH'] })
   * ```
   */
  readonly params?: readonly SqlParam[] | undefined
}

/** A value for a `?`. */
export type SqlValue = string | number | bigint | boolean | null

/** The same as JSON, which has no bigint. */
export type SqlParam = Exclude<SqlValue, bigint> | { readonly [BIGINT_TAG]: string }
