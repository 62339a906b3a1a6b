import { z } from 'zod'
import type { Dataset, FieldName, KeyFieldName, Known } from '../dataset.ts'
import { fieldTypes } from '../fields.ts'
import { limits } from '../wire.ts'
import {
  argumentsInput,
  count,
  dateInput,
  expecting,
  momentInput,
  symbolsShape,
  type UnknownSymbols,
} from './arguments.ts'
import { answerFields, fieldsInput, type Selection } from './dataset-inputs.ts'

/** The report that statements are answered from unless told: the consolidated one. */
export const DEFAULT_REPORT_TYPE = '1'

const sameDayInput = z.boolean({ error: expecting('true or false') })

const badReportType = expecting(`a report type such as "${DEFAULT_REPORT_TYPE}"`)

/** A kind of report, as text or number. */
export const reportTypeInput = z.union([z.string().min(1).max(32), z.number()], { error: badReportType })

/** A kind of report, as the dataset's field has it, or as the other of text and number. */
function reportTypeOf(dataset: Dataset, name: string) {
  const type = dataset.fields[name]?.type ?? 'text'
  return reportTypeInput.transform((given, context): string => {
    const text = String(given)
    if (fieldTypes[type].read(text) !== undefined) return text
    context.addIssue({ code: 'custom', message: badReportType({ input: given }), input: given })
    return z.NEVER
  })
}

/** What an input of `asOf` holds once it is checked; which of it a dataset takes its rule says. */
export interface CheckedAsOf {
  readonly date: string
  readonly symbols?: string[] | undefined
  readonly unknownSymbols?: UnknownSymbols | undefined
  readonly fields?: string[] | undefined
  readonly periods?: number | undefined
  readonly report_type?: string | undefined
  readonly sameDay?: boolean | undefined
}

/**
 * The zod schema of a dataset's `asOf`. Throws a `TypeError` if its rows are neither announced, nor published, nor of
 * a time.
 */
export function asOfInputOf(dataset: Dataset): z.ZodType<CheckedAsOf> {
  const { known } = dataset
  if (!isKnown(dataset)) throw new TypeError(`dataset ${dataset.name} has no rule by which asOf could be answered`)
  const byMoment =
    known?.kind === 'published' && dataset.date !== undefined && dataset.fields[dataset.date]?.type === 'datetime'
  const statements = known?.kind === 'announced' ? known : undefined
  // Where a dataset has no use for an argument its key is not there, so that it is refused as unknown.
  const only = <Shape extends z.ZodRawShape>(takes: boolean, shape: Shape): Shape => (takes ? shape : ({} as Shape))
  return argumentsInput({
    date: byMoment ? momentInput('23:59:59.999') : dateInput,
    ...only(dataset.symbol !== undefined, symbolsShape),
    fields: fieldsInput(dataset).optional(),
    ...only(statements !== undefined, { periods: count(limits.periods).optional(), sameDay: sameDayInput.optional() }),
    ...only(statements?.reportType !== undefined, {
      report_type: reportTypeOf(dataset, statements?.reportType ?? '').optional(),
    }),
  })
}

/** Whether a dataset answers `asOf`. */
export function isKnown(dataset: Dataset): dataset is Dataset & Known {
  return ['announced', 'published', 'interval'].includes(dataset.known?.kind ?? '')
}

/** The fields that an answer of `asOf` holds: those of every answer, for statements their period, then what was asked for. */
export function asOfFields(dataset: Dataset, asked: readonly string[] | undefined): string[] {
  const fields = answerFields(dataset, asked)
  return dataset.known?.kind === 'announced' && !fields.includes(dataset.known.period)
    ? answerFields(dataset, [dataset.known.period, ...fields])
    : fields
}

/** The type of the fields of every answer of `asOf`. */
export type AsOfKeyFieldName<D extends Dataset> =
  | KeyFieldName<D>
  | (D extends { readonly known: { readonly kind: 'announced'; readonly period: infer P } } ? P & FieldName<D> : never)

type Announced = { readonly known: { readonly kind: 'announced' } }
type Reported = { readonly known: { readonly kind: 'announced'; readonly reportType: string } }

/**
 * Input of `asOf`: what was known on `date`.
 *
 * Statements: of each symbol the newest `periods` periods (1 unless told), each in the version that was announced last
 * before the date (of `dividend` all rows, for its plans and their stages stand beside each other); with `sameDay` the
 * date's own announcements count as well. Sets that are published now and then: the
 * rows of each symbol's last date on or before it. Rows that hold for a time: those that hold on it, with nulls for their
 * end and for what is so today, which were not known on it.
 */
export type AsOfInput<D extends Dataset, F extends FieldName<D> = FieldName<D>> = (D extends {
  readonly symbol: string
}
  ? Selection<F>
  : Omit<Selection<F>, 'symbols' | 'unknownSymbols'>) & { readonly date: string } & (D extends Announced
    ? {
        /** How many periods of each symbol, 1 unless told. */
        readonly periods?: number | undefined
        /** Whether announcements of the date itself count; they usually come after the close. Default false. */
        readonly sameDay?: boolean | undefined
      }
    : unknown) &
  (D extends Reported
    ? {
        /** Which report, `1` (consolidated) unless told. */
        readonly report_type?: string | number | undefined
      }
    : unknown)
