import type { Field } from './fields.ts'
import type { AdjustmentRule } from './rules/adjustment-rule.ts'
import type { BarRule } from './rules/bar-rule.ts'

export type Fields = Readonly<Record<string, Field>>

/**
 * When a row was known, or from when to when it held: what `asOf` asks for, and what keeps the future out of a screen.
 * A dataset without a rule is known at the end of its date.
 */
export type PointInTimeRule =
  | {
      /** Statements: of a period, known from their announcement on, and perhaps announced again. */
      readonly kind: 'announced'
      readonly period: string
      readonly announced: string
      /** The actual date of an announcement that replaces an earlier one; where it is null `announced` holds. */
      readonly actual?: string
      readonly reportType?: string
      /** Among announcements of one day the one with the greater value is the later. */
      readonly update?: string
      /**
       * Whether an announcement supersedes earlier ones of its period, which is the default: `asOf` then answers one row per
       * period. With `false` all of them are answered, as for dividends, whose plans and stages exist side by side.
       */
      readonly supersedes?: boolean
    }
  | {
      /** Whole sets, published now and then: the last one on or before a date holds. */
      readonly kind: 'published'
    }
  | {
      /** Rows that hold from one date to another, which is null while they still do. */
      readonly kind: 'interval'
      readonly from: string
      readonly to: string
      /** Whether a row still holds on the day `to` itself. */
      readonly endInclusive: boolean
      /** Fields that describe today only. Like `to`, which lies in the future while a row holds, they are null as of a date. */
      readonly currentOnly?: readonly string[]
      /** What says of a past date what a field of `currentOnly` says of today: `dataset.field`, by field. Errors name it. */
      readonly instead?: Readonly<Record<string, string>>
    }
  | {
      /** Rows of a day that are published after it, on the morning of the next. */
      readonly kind: 'next-day'
    }
  | {
      /** Only today's state is stored; nothing is known of the past except the fields that never change. */
      readonly kind: 'current'
      readonly immutable: readonly string[]
      /** What says of a past date what a field says of today: `dataset.field`, by field. Errors name it. */
      readonly instead?: Readonly<Record<string, string>>
    }

/** Where it says from when to when a symbol is listed. */
export interface ListingRule {
  /** The dataset with a row for each symbol, such as `stock_basic`. */
  readonly dataset: string
  /** Its field with the first day. */
  readonly from: string
  /** Its field with the first day on which the symbol is listed no more; null while it is. */
  readonly to: string
}

/** A named, typed table or view of the database that the server serves. */
export interface Dataset {
  /** Name of the dataset: in paths, in the client, and of its table unless `table` says otherwise. */
  readonly name: string
  /** Name of the table in the database, any that the database allows. */
  readonly table?: string
  /**
   * Whether stockdb creates and alters the table, which is the default. With `false` the table is only read, as it is, and
   * codes are compared byte by byte whatever its collation says.
   */
  readonly managed?: boolean
  /**
   * `'scan'` makes `latest`, and `at` with look-back, read the table once from end to end instead of seeking each symbol in an
   * index: right where no index begins with the symbol, and where the column's collation treats different codes as equal.
   */
  readonly latest?: 'scan'
  /**
   * Fixes fields: the dataset stands for the rows of its table that have these values, in every procedure, in `db.query` and
   * in `meta.datasets`, but not in `sql.run`. `{ interval: 'd' }` makes a dataset of daily bars of a table in which bars of
   * several lengths stand. Of texts, codes, whole numbers and bools.
   */
  readonly only?: Readonly<Record<string, string | number | bigint | boolean>>
  readonly description: string
  readonly fields: Fields
  /** The fields that tell rows apart, in the order of the clustered key. In a key a null equals a null. */
  readonly key: readonly string[]
  /**
   * What becomes of rows that share a key, where the database lets them in: of tables without a primary or unique key over it,
   * to which a file was appended twice. Without it they are an error, `DUPLICATE_KEY`. `'identical'` takes copies that are
   * equal in every field that is read for one row, and others are an error. `{ keep: 'last', order: 'update_time' }` takes
   * the row with the greatest value of a field (`'first'`: the least), and it is an error where two differing rows share it.
   */
  readonly onDuplicate?: OnDuplicate
  /** The field that `symbols` selects by. */
  readonly symbol?: string
  /**
   * The dataset that lists the symbols which this one may have rows of, such as `stock_basic`. A symbol that is asked for
   * and has no row anywhere is known if it stands there; without a list, or where the catalogue has none of this name, only
   * symbols with a row are known.
   */
  readonly symbols?: string
  /** The field that `start`, `end` and `date` select by, a date or a datetime; a dataset without one answers `list`. */
  readonly date?: string
  /** The exchange whose trading days, in `trade_cal`, are the days of the rows; none where rows come now and then. */
  readonly calendar?: string
  /**
   * The list whose symbols are all expected to have rows while they are listed; coverage counts what is missing. None where
   * symbols come and go, as in `margin_detail`.
   */
  readonly listing?: ListingRule
  readonly adjustment?: AdjustmentRule
  readonly bars?: BarRule
  readonly pointInTime?: PointInTimeRule
}

/** What becomes of rows that share a key. */
export type OnDuplicate =
  | 'identical'
  | {
      readonly keep: 'first' | 'last'
      /** The field by which first and last are told: a date, a datetime or a number. A null comes before all values. */
      readonly order: string
    }

/** All datasets of one server, by name. */
export type Catalogue = Readonly<Record<string, Dataset>>
