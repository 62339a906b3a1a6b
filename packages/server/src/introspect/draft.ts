import type { Dataset, DateFormat, ExchangeColumn, FieldTypeName, NumberFormat, SymbolFormat } from '@stockdb/contract'

/** The rules of a dataset that are taken over from Tushare's. */
export type Rules = Pick<Dataset, 'symbols' | 'calendar' | 'listing' | 'adjustment' | 'bars' | 'pointInTime'>

/** A column that can be served, and its declaration. */
export interface FieldDraft {
  readonly name: string
  readonly column: string
  /** The type that the database gives. */
  readonly columnType: string
  readonly type: FieldTypeName
  readonly nullable: boolean
  readonly dateFormat?: DateFormat
  readonly numberFormat?: NumberFormat
  readonly symbolFormat?: SymbolFormat
  readonly exchange?: ExchangeColumn
  readonly unit?: string
  readonly description: string
  /** Notes on how it is read, and what a guess is based on. */
  readonly notes: readonly string[]
}

/** A column that cannot be served, and why. */
export interface LeftOut {
  readonly column: string
  readonly columnType: string
  readonly reason: string
}

/** A choice: the database's, or ours; then `guess` gives the reason. */
export interface Choice<Value> {
  readonly value: Value
  readonly guess?: string
}

/** A table that will be declared. */
export interface DatasetDraft {
  readonly name: string
  readonly table: string
  /** How the names of its tables say what is in them, where there are several. */
  readonly tables?: { readonly pattern: string; readonly notation?: 'as-named'; readonly count: number }
  /** How the columns of a wide table are named. */
  readonly wide?: NonNullable<Dataset['wide']>
  readonly isView: boolean
  readonly description: string
  readonly fields: readonly FieldDraft[]
  readonly leftOut: readonly LeftOut[]
  /** Names of fields, as are the roles. */
  readonly key: Choice<readonly string[]>
  readonly symbol?: Choice<string>
  readonly date?: Choice<string>
  /** Why symbols are not looked up in an index, if they are not. */
  readonly scanned?: string
  /** The dataset of Tushare that the table is a copy of. */
  readonly like?: string
  readonly rules?: Rules
  /** What else of the database it follows, if that is there: the calendar of stocks, and the factors of these prices. */
  readonly market?: { readonly calendar: boolean; readonly prices: readonly string[] }
  /** The dataset is only some rows of its table. */
  readonly only?: Readonly<Record<string, string>>
  /** What a person should check. */
  readonly warnings: readonly string[]
}

/** A table that is not declared, and why. */
export interface TableLeftOut {
  readonly table: string
  readonly reason: string
}

/** What introspection found out. */
export interface Draft {
  readonly version: string
  readonly datasets: readonly DatasetDraft[]
  readonly leftOut: readonly TableLeftOut[]
}
