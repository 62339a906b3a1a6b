import type { Adjustable, Dataset, FieldName } from '../dataset.ts'
import { keyFields } from '../dataset.ts'
import { fieldTypes } from '../field-types.ts'
import type { Field, ValueOf } from '../fields.ts'
import { limits } from '../protocol.ts'
import { type Argument, date as day, ifHas, moment, oneOf, optional } from './argument-kinds.ts'
import { type DateArgument, type SymbolArguments, symbolArguments } from './arguments.ts'

/** `none` as stored, `qfq` forward (÷ factor at the anchor), `hfq` backward (× factor). */
export const adjustments = ['none', 'qfq', 'hfq'] as const
/** How to adjust prices: `none` as stored, `qfq` to the factor at the anchor, `hfq` times the factor. */
export type Adjust = (typeof adjustments)[number]

/**
 * What to do with a row without a factor on or before its day, or the anchor: `error` refuses the answer and names the
 * symbols, `skip` drops the row, `raw` leaves it unadjusted.
 */
export const missingFactorModes = ['error', 'skip', 'raw'] as const
/** What to do with a row without a factor on or before its day, or the anchor. */
export type MissingFactor = (typeof missingFactorModes)[number]

/** The fields of an answer, in order: symbol and date first, then the requested ones. */
export function answerFields(dataset: Dataset, asked: readonly string[] | undefined): string[] {
  return [...new Set([...keyFields(dataset), ...(asked ?? Object.keys(dataset.fields))])]
}

/** Arguments that adjust prices, on datasets with an adjustment. */
export type AdjustArguments<D extends Dataset> = D extends Adjustable
  ? {
      /**
       * How to adjust prices: `none`, `qfq` (÷ the factor at the anchor) or `hfq` (× the factor).
       *
       * @default 'none'
       * @example
       * ```ts
       * await db.daily.range({ symbols: ['600519.SH'], fields: ['close'], adjust: 'hfq' })
       * ```
       */
      readonly adjust?: Adjust | undefined
      /**
       * The date whose factor `qfq` divides by; `none` and `hfq` do not use it.
       *
       * @default the last date of the range
       * @example
       * ```ts
       * await db.daily.range({ symbols: ['600519.SH'], end: '2024-06-28', adjust: 'qfq', anchor: '2024-01-02' })
       * ```
       */
      readonly anchor?: DateArgument | undefined
      /**
       * What to do with a row without a factor on or before its day, or the anchor.
       *
       * `error` refuses the answer with `MISSING_FACTOR`, which names the symbols; `skip` drops the row; `raw` leaves
       * it unadjusted. `meta.missingFactor` counts what was skipped or left raw.
       *
       * @default 'error'
       * @example
       * ```ts
       * await db.daily.range({ start: '2024-01-01', fields: ['close'], adjust: 'qfq', missingFactor: 'skip' })
       * ```
       */
      readonly missingFactor?: MissingFactor | undefined
    }
  : unknown

/** How the arguments that adjust prices are checked. @internal */
export const adjust = (dataset: Dataset) =>
  ifHas(dataset.adjustment !== undefined, {
    adjust: optional(oneOf(adjustments)),
    anchor: optional(day()),
    missingFactor: optional(oneOf(missingFactorModes)),
  })

/** The arguments that select symbols and fields. */
export interface Selection<F extends string> extends SymbolArguments {
  /**
   * The fields to read besides symbol and date; all by default, none for an empty list.
   *
   * @example
   * ```ts
   * const { columns } = await db.daily.latest({ fields: ['close', 'vol'] }) // columns.open does not compile
   * ```
   */
  readonly fields?: readonly F[] | undefined
}

/** How the arguments that select symbols are checked. @internal */
export const symbols = (dataset: Dataset) => ifHas(dataset.symbol !== undefined, symbolArguments())

/** How the argument that selects fields is checked. @internal */
export const fields = (dataset: Dataset) => ({ fields: optional(fieldsArgument(dataset)) })

/** A list of fields of a dataset. @internal */
export const fieldsArgument = (dataset: Dataset): Argument<string[]> => ({
  kind: 'list',
  of: fieldArgument(dataset, Object.keys(dataset.fields), 'a field'),
  most: limits.fields,
  expected: `a list of fields of ${dataset.name}`,
  tooLong: `a list holds at most ${limits.fields} fields`,
})

/** One of some fields of a dataset. @internal */
export const fieldArgument = ({ name }: Dataset, names: readonly string[], what: string): Argument<string> =>
  oneOf(names, `${what} of ${name}: ${names.join(', ')}`)

type Filter<F extends Field> = ValueOf<F> | null | readonly (ValueOf<F> | null)[]

/** The argument that filters rows by values. */
export interface WhereArgument<D extends Dataset> {
  /**
   * Filters rows: for each field a value, null, or a list of 1 to 1,000 of them.
   *
   * Filters apply to stored values: before the last rows are selected, gaps filled, bars built or prices adjusted.
   *
   * @default all rows
   * @example
   * ```ts
   * await db.stock_basic.list({ where: { exchange: 'SSE', list_status: ['L', 'P'] } })
   * ```
   */
  readonly where?: { readonly [K in FieldName<D>]?: Filter<D['fields'][K]> | undefined } | undefined
}

/** How the argument that filters rows is checked. @internal */
export const where = (dataset: Dataset) => ({ where: optional(filters(dataset)) })

const filters = ({ name, fields }: Dataset): Argument<Record<string, unknown>> => ({
  kind: 'arguments',
  of: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, optional(filter(field))])),
  expected: `filters by fields of ${name}`,
})

/** A value, null, or a list; the message for any mistake lists all valid forms. */
function filter({ type }: Field): Argument {
  const { fromJson, expected: one } = fieldTypes[type]
  const readOne = (value: unknown): unknown => (value === null ? null : fromJson(value))
  return {
    kind: 'read',
    from: 'anything',
    expected: `${one}, null, or a list of 1 to ${limits.filterValues} of them`,
    read: (given) => (Array.isArray(given) ? listOf(given, readOne) : readOne(given)),
  }
}

/** The values of a list of 1 to 1,000, each read by `read`; `undefined` if the length or a value is invalid. @internal */
export function listOf<Value>(
  values: readonly unknown[],
  read: (value: unknown) => Value | undefined,
): Value[] | undefined {
  if (values.length === 0 || values.length > limits.filterValues) return undefined
  const all = values.map(read)
  return all.includes(undefined) ? undefined : (all as Value[])
}

/** How the first date of a range is checked: of rows with a time it may be a moment. @internal */
export const start = (dataset: Dataset) => ({ start: optional(edge(dataset, 'first')) })
/** How the last date of a range is checked. @internal */
export const end = (dataset: Dataset) => ({ end: optional(edge(dataset, 'last')) })
/** How a date of its own is checked. @internal */
export const date = (dataset: Dataset) => ({ date: edge(dataset, 'last') })

const edge = (dataset: Dataset, which: 'first' | 'last'): Argument<string> =>
  hasMoments(dataset) ? moment(which) : day(which)

/** Whether the rows of a dataset have a time. @internal */
export const hasMoments = ({ date, fields }: Dataset): boolean =>
  date !== undefined && fields[date]?.type === 'datetime'
