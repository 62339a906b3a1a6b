import type { Dataset, FieldName, KeyFieldName, PointInTime } from '../dataset.ts'
import { fieldTypes } from '../field-types.ts'
import { limits } from '../protocol.ts'
import { type Argument, count, date, flag, ifHas, moment, optional } from './argument-kinds.ts'
import type { DateArgument, UnknownSymbols } from './arguments.ts'
import { answerFields, hasMoments, type Selection } from './dataset-arguments.ts'

/** The report type of statements by default: consolidated. */
export const DEFAULT_REPORT_TYPE = '1'

/** A checked input of `asOf`; the dataset's rule determines which properties it has. */
export interface CheckedAsOf {
  readonly date: string
  readonly symbols?: string[] | undefined
  readonly unknownSymbols?: UnknownSymbols | undefined
  readonly fields?: string[] | undefined
  readonly periods?: number | undefined
  readonly report_type?: string | undefined
  readonly sameDay?: boolean | undefined
}

/** Whether a dataset answers `asOf`. */
export function isPointInTime(dataset: Dataset): dataset is Dataset & PointInTime {
  return ['announced', 'published', 'interval'].includes(dataset.pointInTime?.kind ?? '')
}

/** The fields of an answer of `asOf`: those of every answer, the period of statements, then the requested ones. */
export function asOfFields(dataset: Dataset, asked: readonly string[] | undefined): string[] {
  const fields = answerFields(dataset, asked)
  return dataset.pointInTime?.kind === 'announced' && !fields.includes(dataset.pointInTime.period)
    ? answerFields(dataset, [dataset.pointInTime.period, ...fields])
    : fields
}

/** The type of the fields that every answer of `asOf` has. */
export type AsOfKeyFieldName<D extends Dataset> =
  | KeyFieldName<D>
  | (D extends { readonly pointInTime: { readonly kind: 'announced'; readonly period: infer P } }
      ? P & FieldName<D>
      : never)

type Announced = { readonly pointInTime: { readonly kind: 'announced' } }
type Reported = { readonly pointInTime: { readonly kind: 'announced'; readonly reportType: string } }

/** Input of `asOf`: a date, symbols, fields, periods and report type. */
export type AsOfInput<D extends Dataset, F extends FieldName<D> = FieldName<D>> = (D extends {
  readonly symbol: string
}
  ? Selection<F>
  : Omit<Selection<F>, 'symbols' | 'unknownSymbols'>) & {
  /**
   * The date, `YYYY-MM-DD` or `YYYYMMDD`: only what was known on it is answered.
   *
   * @example
   * ```ts
   * await db.income.asOf({ date: '2024-04-30', symbols: ['600519.SH'] })
   * ```
   */
  readonly date: DateArgument
} & (D extends Announced
    ? {
        /**
         * The number of periods of each symbol to read, newest first.
         *
         * @default 1
         * @example
         * ```ts
         * await db.income.asOf({ date: '2024-04-30', symbols: ['600519.SH'], periods: 8, fields: ['revenue'] })
         * ```
         */
        readonly periods?: number | undefined
        /**
         * Whether announcements of the date itself count; they usually come after the close.
         *
         * @default false
         * @example
         * ```ts
         * await db.income.asOf({ date: '2024-04-03', symbols: ['600519.SH'], sameDay: true })
         * ```
         */
        readonly sameDay?: boolean | undefined
      }
    : unknown) &
  (D extends Reported
    ? {
        /**
         * The report type by Tushare's number; 1 is consolidated.
         *
         * @default '1'
         * @example
         * ```ts
         * await db.income.asOf({ date: '2024-04-30', symbols: ['600519.SH'], report_type: '6' }) // the parent company
         * ```
         */
        readonly report_type?: string | number | undefined
      }
    : unknown)

/** How the date of `asOf` is checked. @internal */
export const dateKnown = (dataset: Dataset) => ({
  date: dataset.pointInTime?.kind === 'published' && hasMoments(dataset) ? moment('last') : date(),
})

const statementsOf = ({ pointInTime }: Dataset) => (pointInTime?.kind === 'announced' ? pointInTime : undefined)

/** How its arguments for statements are checked. @internal */
export const periods = (dataset: Dataset) =>
  ifHas(statementsOf(dataset) !== undefined, { periods: optional(count(limits.periods)), sameDay: optional(flag()) })

/** How its report type is checked: a text or a number that the dataset's field can have. @internal */
export function reportType(dataset: Dataset) {
  const name = statementsOf(dataset)?.reportType
  const { read } = fieldTypes[dataset.fields[name ?? '']?.type ?? 'text']
  return ifHas(name !== undefined, {
    report_type: optional(reportTypeArgument((text) => read(text) !== undefined)),
  })
}

/** A report type, as text or number. @internal */
export const reportTypeArgument = (fits: (text: string) => boolean = () => true): Argument<string> => ({
  kind: 'read',
  from: 'text or number',
  expected: `a report type such as "${DEFAULT_REPORT_TYPE}"`,
  read: (given) => (fits(String(given)) ? String(given) : undefined),
})
