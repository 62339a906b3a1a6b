import type { Dataset, FieldName } from '../dataset.ts'
import type { ValueOf } from '../fields.ts'

/** What to do with existing rows: `upsert` changes them, `insert` refuses the whole write. */
export const writeModes = ['upsert', 'insert'] as const
/** What to do with existing rows: `upsert` changes them, `insert` refuses the whole write. */
export type WriteMode = (typeof writeModes)[number]

/**
 * Input of `upsert` in JSON: rows outermost, as in answers.
 *
 * @example
 * ```ts
 * await db.trpc.daily.upsert.mutate({ fields: ['ts_code', 'trade_date', 'close'], items: [['600519.SH', '20240628', 1467.39]], mode: 'insert', meta: { adjust: 'none' } })
 * ```
 */
export interface UpsertInput {
  /** The fields of each row, in the order of its values: the complete key, and any others. */
  readonly fields: readonly string[]
  /** The rows, each a list of values. */
  readonly items: readonly (readonly unknown[])[]
  /**
   * What to do with rows that exist.
   *
   * @default 'upsert'
   */
  readonly mode?: WriteMode | undefined
  /**
   * That of an answer which is written back; prices that were adjusted are refused.
   *
   * @default nothing was adjusted
   */
  readonly meta?: { readonly adjust?: string | undefined } | undefined
}

/** What became of the rows of a write. */
export interface UpsertResult {
  /** Rows that were new. */
  readonly inserted: number
  /** Rows that existed and have other values now. */
  readonly changed: number
  /** Rows that existed with these values. */
  readonly unchanged: number
  /** The number of the write, in the order of commits. */
  readonly sequence: number
  /** The triggers of the table, if it has any: the counts leave out what they do. */
  readonly triggers?: readonly string[]
}

/** Input of `delete`: at least one bound, or `all: true`. Dates are inclusive. */
export interface DeleteInput {
  /**
   * Deletes only rows of these symbols; those of all symbols by default.
   *
   * @example
   * ```ts
   * await db.daily.delete({ symbols: ['600519.SH'], start: '2024-06-28', end: '2024-06-28' })
   * ```
   */
  readonly symbols?: readonly string[] | undefined
  /**
   * The first date, inclusive, as `YYYY-MM-DD` or `YYYYMMDD`; open by default.
   *
   * @example
   * ```ts
   * await db.daily.delete({ start: '2024-06-28', dryRun: true })
   * ```
   */
  readonly start?: string | undefined
  /**
   * The last date, inclusive, as `YYYY-MM-DD` or `YYYYMMDD`; open by default.
   *
   * @example
   * ```ts
   * await db.daily.delete({ end: '1999-12-31', dryRun: true })
   * ```
   */
  readonly end?: string | undefined
  /**
   * Deletes all rows of the dataset; not together with a bound.
   *
   * @default false
   * @example
   * ```ts
   * await db.daily.delete({ all: true })
   * ```
   */
  readonly all?: boolean | undefined
  /**
   * Counts the rows, and deletes none.
   *
   * @default false
   * @example
   * ```ts
   * const { deleted } = await db.daily.delete({ symbols: ['600519.SH'], dryRun: true })
   * ```
   */
  readonly dryRun?: boolean | undefined
}

/** What a deletion came to. */
export interface DeleteResult {
  /** How many rows were deleted, or would be. */
  readonly deleted: number
  /** The number of the write, in the order of commits; of a dry run that of the last write. */
  readonly sequence: number
}

type KeyOf<D extends Dataset> = D['key'][number] & FieldName<D>

/** The value of a field in a row to write: as in frames, and null where the field may be null. */
type Writing<D extends Dataset, F extends FieldName<D>> = D['fields'][F] extends { readonly nullable: false }
  ? ValueOf<D['fields'][F]>
  : ValueOf<D['fields'][F]> | null

/** A row to write: the whole key, and any other fields. Fields that the rows leave out keep their values. */
export type WriteRow<D extends Dataset> = { readonly [F in KeyOf<D>]: Writing<D, F> } & {
  readonly [F in Exclude<FieldName<D>, KeyOf<D>>]?: Writing<D, F> | undefined
}

/** Columns to write, equally long: the whole key, and any other fields. */
export type WriteColumns<D extends Dataset> = { readonly [F in KeyOf<D>]: ArrayLike<Writing<D, F>> } & {
  readonly [F in Exclude<FieldName<D>, KeyOf<D>>]?: ArrayLike<Writing<D, F>> | undefined
}
