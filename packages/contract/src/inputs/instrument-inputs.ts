import type { Catalogue, Dataset, FieldName } from '../dataset.ts'
import { bool, symbol, text } from '../fields.ts'
import { limits } from '../protocol.ts'
import type { catalogueRoles } from '../roles.ts'
import type { TushareRoles } from '../tushare/roles.ts'
import { count, date, optional, textOfLength } from './argument-kinds.ts'
import { type DateArgument, type SymbolArguments, symbolArguments } from './arguments.ts'
import { fieldsArgument } from './dataset-arguments.ts'

/** The fields of `instruments` as of the date, which are not stored in this form. */
const namedFields = {
  name: text('Short name on the date', { length: 64 }),
  name_source: text.required('Source of the name: namechange, or stock_basic, which has only the current name'),
  is_st: bool('Whether the name contains ST: special treatment, a warning of the exchange'),
}

/** The fields of answers of `instruments`, besides those of the list of stocks. */
export const instrumentFields = {
  list: namedFields,
  search: {
    ts_code: symbol.required('Code of the stock with its exchange, such as 600519.SH'),
    ...namedFields,
    match: text.required('Where the text matched: code, pinyin, name, or former name'),
    former_name: text('The matching former name, if any', { length: 64 }),
  },
} as const

/** The list of stocks: the dataset declared for the role, else Tushare's by name. */
export type Stocks<C extends Catalogue> = C extends {
  readonly [catalogueRoles]: { readonly stocks: { readonly dataset: infer N extends keyof C } }
}
  ? C[N]
  : C extends { readonly [N in TushareRoles['stocks']['dataset']]: infer D extends Dataset }
    ? D
    : never

/** Its fields that never change. */
export type TimelessName<D extends Dataset> = D extends {
  readonly pointInTime: { readonly kind: 'current'; readonly immutable: readonly (infer T)[] }
}
  ? T & FieldName<D>
  : never

/** The default fields of `instruments.list`: those of `stock_basic` that never change. */
export function immutableFields(dataset: Dataset): readonly string[] {
  return dataset.pointInTime?.kind === 'current' ? dataset.pointInTime.immutable : []
}

/** Input of `instruments.list`: the stocks listed on a date. */
export interface InstrumentListInput<D extends Dataset, F extends FieldName<D> = FieldName<D>> extends SymbolArguments {
  /**
   * The date, `YYYY-MM-DD` or `YYYYMMDD`.
   *
   * @default today, by the clock of China
   * @example
   * ```ts
   * await db.instruments.list({ asOf: '2015-06-12' })
   * ```
   */
  readonly asOf?: DateArgument | undefined
  /**
   * Fields of `stock_basic` besides the code; fields other than the default ones are current values.
   *
   * @default the fields that never change
   * @example
   * ```ts
   * await db.instruments.list({ asOf: '2015-06-12', fields: ['list_date'] })
   * ```
   */
  readonly fields?: readonly F[] | undefined
  /**
   * The most rows to answer; `meta.complete` is false if there were more.
   *
   * @default all
   * @example
   * ```ts
   * await db.instruments.list({ asOf: '2015-06-12', limit: 100 })
   * ```
   */
  readonly limit?: number | undefined
}

/** Input of `instruments.search`. */
export interface InstrumentSearchInput {
  /**
   * The beginning of a code or pinyin, or a part of a name; no character is a wildcard.
   *
   * @example
   * ```ts
   * await db.instruments.search({ text: 'gzmt' }) // 贵州茅台, by its pinyin
   * ```
   */
  readonly text: string
  /**
   * Searches only stocks listed on the date, under their names of that time.
   *
   * @default all stocks under all their names
   * @example
   * ```ts
   * await db.instruments.search({ text: '深发展', asOf: '2010-01-04' })
   * ```
   */
  readonly asOf?: DateArgument | undefined
  /**
   * The maximum number of rows, at most 1,000.
   *
   * @default 20
   * @example
   * ```ts
   * await db.instruments.search({ text: '银行', limit: 100 })
   * ```
   */
  readonly limit?: number | undefined
}

/** What the procedures of `instruments` take; they answer with frames. */
export interface InstrumentInputs<D extends Dataset> {
  list: InstrumentListInput<D> | undefined
  search: InstrumentSearchInput
}

/** How their arguments are checked. @internal */
export const instrumentArguments = (stocks: Dataset) => ({
  list: {
    asOf: optional(date()),
    ...symbolArguments(),
    fields: optional(fieldsArgument(stocks)),
    limit: optional(count(Number.MAX_SAFE_INTEGER)),
  },
  search: {
    text: textOfLength(limits.searchText, ': the beginning of a code, of a name, or of its pinyin'),
    asOf: optional(date()),
    limit: optional(count(limits.searchRows)),
  },
})
