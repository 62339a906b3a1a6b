import type { Field } from './fields.ts'
import type { AdjustmentRule } from './rules/adjustment-rule.ts'
import type { BarRule } from './rules/bar-rule.ts'
import type { CheckRule } from './rules/check-rule.ts'
import type { TablesRule, WideRule } from './rules/tables-rule.ts'

/** The fields of a dataset by name. */
export type Fields = Readonly<Record<string, Field>>

/**
 * When a row was known or in force: the rule behind `asOf` and screens.
 *
 * A dataset without a rule is known at the end of its date.
 *
 * @example
 * ```ts
 * import type { PointInTimeRule } from '@stockdb/contract'
 * const statements: PointInTimeRule = { kind: 'announced', period: 'end_date', announced: 'ann_date', actual: 'f_ann_date' }
 * const constituents: PointInTimeRule = { kind: 'published' }
 * const names: PointInTimeRule = { kind: 'interval', from: 'start_date', to: 'end_date', endInclusive: true }
 * ```
 */
export type PointInTimeRule =
  | {
      /** Statements: each is about a period, known from its announcement, and may be announced again. */
      readonly kind: 'announced'
      /** The date field with the end of the period. */
      readonly period: string
      /** The date field with the first announcement. */
      readonly announced: string
      /** The date field with the actual announcement of a correction; if it is null, `announced` applies. */
      readonly actual?: string
      /** The field with the kind of report; `asOf` then takes `report_type`, `1` (consolidated) by default. */
      readonly reportType?: string
      /** The field that orders announcements of one day; the greater value is later. */
      readonly update?: string
      /**
       * Whether an announcement replaces earlier ones of its period, so that `asOf` returns one row per period.
       *
       * `false` keeps all of them, as for dividends, which have several plans and stages at a time.
       *
       * @default true
       */
      readonly supersedes?: boolean
    }
  | {
      /** Complete sets, published from time to time: the last one on or before a date applies. */
      readonly kind: 'published'
    }
  | {
      /** Rows in force from one date to another, which is null while they are current. */
      readonly kind: 'interval'
      /** The date field with the first day. */
      readonly from: string
      /** The date field with the last day, or with the first day after it; see `endInclusive`. */
      readonly to: string
      /** Whether a row is still in force on the day `to`. */
      readonly endInclusive: boolean
      /** Fields with current values only. Like `to`, they are null in answers as of a date. */
      readonly currentOnly?: readonly string[]
      /** Alternatives to `currentOnly` fields with past values, as `dataset.field`; error messages suggest them. */
      readonly instead?: Readonly<Record<string, string>>
    }
  | {
      /** Rows published on the morning after their day. */
      readonly kind: 'next-day'
    }
  | {
      /** Only the current state is stored; for past dates only the `immutable` fields are known. */
      readonly kind: 'current'
      /** The fields that never change, such as the listing date. */
      readonly immutable: readonly string[]
      /** Alternatives with past values, as `dataset.field`, by field; error messages suggest them. */
      readonly instead?: Readonly<Record<string, string>>
    }

/**
 * Where to find the listing period of a symbol.
 *
 * @example
 * ```ts
 * import type { ListingRule } from '@stockdb/contract'
 * const listing: ListingRule = { dataset: 'stock_basic', from: 'list_date', to: 'delist_date' }
 * ```
 */
export interface ListingRule {
  /** The dataset with one row for each symbol, such as `stock_basic`. */
  readonly dataset: string
  /** Its date field with the first day of the listing. */
  readonly from: string
  /** Its date field with the first day after the listing; null while the symbol is listed. */
  readonly to: string
}

/**
 * The declaration of a table or view that the server serves; pass it to `defineDataset`.
 *
 * @example
 * ```ts
 * import { date, defineDataset, float64, symbol } from '@stockdb/contract'
 * const factor = defineDataset({
 *   name: 'my_factor',
 *   description: 'A factor of my own, by stock and day',
 *   fields: { code: symbol.required('Code'), day: date.required('Day'), value: float64('The factor') },
 *   key: ['code', 'day'], symbol: 'code', date: 'day',
 * })
 * ```
 */
export interface Dataset {
  /**
   * The name in paths and in the client, and of the table unless `table` names it.
   *
   * A lower-case letter, then letters, digits and underscores; at most 63 characters.
   */
  readonly name: string
  /**
   * The name of the table in the database; any that the database allows.
   *
   * @default `name`
   * @example
   * ```ts
   * import type { Dataset } from '@stockdb/contract'
   * const part: Partial<Dataset> = { name: 'my_factor', table: '我的因子' }
   * ```
   */
  readonly table?: string
  /** The tables, where there is one per stock or per year; calls read only those that they need. See {@link TablesRule}. */
  readonly tables?: TablesRule
  /** The columns of a table with one column per symbol. See {@link WideRule}. */
  readonly wide?: WideRule
  /**
   * Whether stockdb creates and alters the table.
   *
   * With `false` it only reads the table, and compares codes byte by byte whatever their collation.
   *
   * @default true
   * @example
   * ```ts
   * import type { Dataset } from '@stockdb/contract'
   * const part: Partial<Dataset> = { table: 'prices_of_my_own', managed: false }
   * ```
   */
  readonly managed?: boolean
  /**
   * Whether `upsert` and `delete` may write to a table that stockdb does not manage.
   *
   * The database must enforce the key. Tables that stockdb manages can always be written.
   *
   * @default false
   * @example
   * ```ts
   * import type { Dataset } from '@stockdb/contract'
   * const part: Partial<Dataset> = { managed: false, writable: true }
   * ```
   */
  readonly writable?: boolean
  /**
   * `'scan'` makes `latest`, and `at` with `lookback`, read the whole table once instead of seeking each symbol.
   *
   * Use it if no index begins with the symbol, or if the column's collation treats different codes as equal.
   *
   * @default seek each symbol in the index
   * @example
   * ```ts
   * import type { Dataset } from '@stockdb/contract'
   * const part: Partial<Dataset> = { managed: false, latest: 'scan' }
   * ```
   */
  readonly latest?: 'scan'
  /**
   * Fixed values of fields: the dataset consists of the rows that have them.
   *
   * This holds in every procedure, in `db.query` and in `meta.datasets`, but not in `sql.run`. It takes texts, codes, whole numbers
   * and bools.
   *
   * @example
   * ```ts
   * import type { Dataset } from '@stockdb/contract'
   * const part: Partial<Dataset> = { table: 'bars_of_all_lengths', only: { interval: 'd' } } // daily bars only
   * ```
   */
  readonly only?: Readonly<Record<string, string | number | bigint | boolean>>
  /** One line of description, shown in `meta.datasets`, the documentation and the console. */
  readonly description: string
  /**
   * The fields by name, in the order of answers.
   *
   * @example
   * ```ts
   * import { date, float64, symbol } from '@stockdb/contract'
   * const fields = { code: symbol.required('Code'), day: date.required('Day'), close: float64('Close', { unit: 'CNY' }) }
   * ```
   */
  readonly fields: Fields
  /**
   * The fields that identify a row, in the order of the clustered key.
   *
   * In a key, nulls are equal.
   *
   * @example
   * ```ts
   * import type { Dataset } from '@stockdb/contract'
   * const part: Partial<Dataset> = { key: ['code', 'day'], symbol: 'code', date: 'day' }
   * ```
   */
  readonly key: readonly string[]
  /**
   * What to do with rows that share a key, in tables without a primary or unique key.
   *
   * `'identical'` merges rows that are equal in every field; other repeats are errors. `{ keep: 'last', order: 'field' }`
   * takes the row with the greatest value of a field (`'first'`: the least); different rows with the same value are an error.
   *
   * @default repeated keys are an error, `DUPLICATE_KEY`
   * @example
   * ```ts
   * import type { Dataset } from '@stockdb/contract'
   * const part: Partial<Dataset> = { onDuplicate: { keep: 'last', order: 'update_time' } }
   * ```
   */
  readonly onDuplicate?: OnDuplicate
  /**
   * The field that `symbols` selects by; a `symbol` field that is never null.
   *
   * @example
   * ```ts
   * import type { Dataset } from '@stockdb/contract'
   * const part: Partial<Dataset> = { symbol: 'ts_code', date: 'trade_date' }
   * ```
   */
  readonly symbol?: string
  /**
   * The dataset that lists the symbols which may have rows here, such as `stock_basic`.
   *
   * A requested symbol without any row is known if this list has it. Without a list, only symbols with a row are known.
   *
   * @example
   * ```ts
   * import type { Dataset } from '@stockdb/contract'
   * const part: Partial<Dataset> = { symbol: 'ts_code', symbols: 'stock_basic' }
   * ```
   */
  readonly symbols?: string
  /**
   * The field that `start`, `end` and `date` select by: a date or datetime that is never null.
   *
   * A dataset without a date answers `list` instead of `range`, `at` and `latest`.
   *
   * @example
   * ```ts
   * import type { Dataset } from '@stockdb/contract'
   * const part: Partial<Dataset> = { symbol: 'ts_code', date: 'trade_date' }
   * ```
   */
  readonly date?: string
  /**
   * The exchange whose trading days the rows follow; leave it out if rows are irregular.
   *
   * The trading days come from the catalogue's calendar, by default `trade_cal`.
   *
   * @example
   * ```ts
   * import type { Dataset } from '@stockdb/contract'
   * const part: Partial<Dataset> = { date: 'trade_date', calendar: 'SSE' } // `panel` and coverage need it
   * ```
   */
  readonly calendar?: string
  /**
   * The list whose symbols should have rows while listed; coverage counts the missing ones.
   *
   * Leave it out if symbols come and go, as in `margin_detail`.
   *
   * @example
   * ```ts
   * import type { Dataset } from '@stockdb/contract'
   * const part: Partial<Dataset> = { listing: { dataset: 'stock_basic', from: 'list_date', to: 'delist_date' } }
   * ```
   */
  readonly listing?: ListingRule
  /** How prices follow splits and dividends; calls then take `adjust`. See {@link AdjustmentRule}. */
  readonly adjustment?: AdjustmentRule
  /** How rows combine into longer bars; `range` then takes `freq`. See {@link BarRule}. */
  readonly bars?: BarRule
  /** What must hold in every row that is written, such as high ≥ low. See {@link CheckRule}. */
  readonly checks?: readonly CheckRule[]
  /** When a row was known; the dataset may then answer `asOf`. See {@link PointInTimeRule}. */
  readonly pointInTime?: PointInTimeRule
}

/**
 * What to do with rows that share a key; see {@link Dataset.onDuplicate}.
 *
 * @example
 * ```ts
 * import type { OnDuplicate } from '@stockdb/contract'
 * const newest: OnDuplicate = { keep: 'last', order: 'update_time' }
 * ```
 */
export type OnDuplicate =
  | 'identical'
  | {
      /** Which of the rows to read: the first or the last in the order of `order`. */
      readonly keep: 'first' | 'last'
      /** The field to order by: a date, a datetime or a number outside the key. Null comes first. */
      readonly order: string
    }

/** All datasets of one server, by name. */
export type Catalogue = Readonly<Record<string, Dataset>>
