import { z } from 'zod'
import type { Adjustable, Dataset, FieldName } from './dataset.ts'
import { keyFields } from './dataset.ts'
import { parseDate } from './dates.ts'
import type { Field, ValueOf } from './fields.ts'
import { fieldTypes } from './fields.ts'
import { limits } from './wire.ts'

/** `none` as stored, `qfq` forward (÷ factor at the anchor), `hfq` backward (× factor). */
export const adjustments = ['none', 'qfq', 'hfq'] as const
export type Adjust = (typeof adjustments)[number]

/** Writes a value into an error message, bounded. */
function show(value: unknown): string {
  const text = typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? String(value))
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

const expecting =
  (expected: string) =>
  (issue: { input?: unknown }): string =>
    issue.input === undefined ? `is missing; expected ${expected}` : `got ${show(issue.input)}; expected ${expected}`

const DATE_EXPECTED = 'a date as YYYY-MM-DD or YYYYMMDD, 1000-01-01 to 9999-12-31'

const dateInput = z.string({ error: expecting(DATE_EXPECTED) }).transform((text, context) => {
  const iso = parseDate(text)
  if (iso !== undefined) return iso
  context.addIssue({ code: 'custom', message: `got ${show(text)}; expected ${DATE_EXPECTED}`, input: text })
  return z.NEVER
})

const SYMBOL_EXPECTED = 'a code such as "600519.SH": 1 to 32 ASCII characters without spaces'

const symbolsInput = z
  .array(
    z.string({ error: expecting(SYMBOL_EXPECTED) }).regex(/^[!-~]{1,32}$/, { error: expecting(SYMBOL_EXPECTED) }),
    {
      error: expecting('a list of codes such as ["600519.SH"]'),
    },
  )
  .max(limits.symbols, { error: `a list holds at most ${limits.symbols} symbols; leave it out to take all` })

const count = (max: number) =>
  z
    .int({ error: expecting(`a whole number from 1 to ${max}`) })
    .min(1, { error: expecting(`a whole number from 1 to ${max}`) })
    .max(max, { error: expecting(`a whole number from 1 to ${max}`) })

const adjustInput = z.enum(adjustments, { error: expecting(`one of ${adjustments.join(', ')}`) })

const adjustmentShape = { adjust: adjustInput.optional(), anchor: dateInput.optional() }

function fieldsInput(dataset: Dataset) {
  const names = Object.keys(dataset.fields)
  const expected = `a field of ${dataset.name}: ${names.join(', ')}`
  return z
    .array(z.enum(names, { error: expecting(expected) }), { error: expecting(`a list of fields of ${dataset.name}`) })
    .max(limits.fields, { error: `a list holds at most ${limits.fields} fields` })
}

function whereInput(dataset: Dataset) {
  const shape = Object.entries(dataset.fields).map(([name, field]) => [name, filterInput(field).optional()] as const)
  return z.strictObject(Object.fromEntries(shape), { error: expecting(`filters by fields of ${dataset.name}`) })
}

/** A value, null, or a list; whatever is wrong with it, the message says all that would do. */
function filterInput({ type }: Field) {
  const one = z.union([fieldTypes[type].check as z.ZodType, z.null()])
  const filter = z.union([one, z.array(one).min(1).max(limits.filterValues)])
  const expected = `${fieldTypes[type].expected}, null, or a list of 1 to ${limits.filterValues} of them`
  return z.unknown().transform((value, context) => {
    const { success, data } = filter.safeParse(value)
    if (success) return data
    context.addIssue({ code: 'custom', message: expecting(expected)({ input: value }), input: value })
    return z.NEVER
  })
}

/**
 * The zod schemas of one dataset's inputs. An unknown argument is refused, never ignored; dates leave the schemas as
 * `YYYY-MM-DD`; fields without repeats.
 */
export function inputsOf(dataset: Dataset) {
  const selection = {
    symbols: symbolsInput.optional(),
    fields: fieldsInput(dataset).optional(),
  }
  // Where prices can not be adjusted the two keys are not there, so that strictObject refuses them as unknown.
  const adjustment = (dataset.adjustment ? adjustmentShape : {}) as typeof adjustmentShape
  return {
    range: z.strictObject({
      ...selection,
      start: dateInput.optional(),
      end: dateInput.optional(),
      limit: count(Number.MAX_SAFE_INTEGER).optional(),
      ...adjustment,
    }),
    at: z.strictObject({
      ...selection,
      date: dateInput,
      lookback: z.boolean({ error: expecting('true or false') }).optional(),
      ...adjustment,
    }),
    latest: z.strictObject({
      ...selection,
      n: count(limits.latestRows).optional(),
      end: dateInput.optional(),
      ...adjustment,
    }),
    list: z.strictObject({
      ...selection,
      where: whereInput(dataset).optional(),
      limit: count(Number.MAX_SAFE_INTEGER).optional(),
    }),
  }
}

const exchange = z
  .string({ error: expecting('an exchange such as "SSE"') })
  .regex(/^[!-~]{1,32}$/, { error: expecting('an exchange such as "SSE"') })
  .optional()

/** The zod schemas of the calendar's inputs; the exchange is SSE unless told. */
export const calendarInputs = {
  sessions: z.strictObject({ start: dateInput, end: dateInput, exchange }),
  next: z.strictObject({ date: dateInput, exchange }),
  previous: z.strictObject({ date: dateInput, exchange }),
  offset: z.strictObject({
    date: dateInput,
    n: z
      .int({ error: expecting('a whole number of sessions from -100000 to 100000') })
      .min(-100_000, { error: expecting('a whole number of sessions from -100000 to 100000') })
      .max(100_000, { error: expecting('a whole number of sessions from -100000 to 100000') }),
    exchange,
  }),
}

/** Unknown arguments, and refused ones, that a message names: it is of bounded length whatever came. */
const MAX_NAMED = 5

/** One sentence for a refused input: argument by argument what came and what would be accepted. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, MAX_NAMED)
    .map((issue) => {
      const path = issue.path
        .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
        .join('')
        .replace(/^\./, '')
      if (issue.code === 'unrecognized_keys') {
        return `${path ? `${path}: ` : ''}unknown argument ${issue.keys.slice(0, MAX_NAMED).map(show).join(', ')}`
      }
      return `${path || 'input'}: ${issue.message}`
    })
    .join('; ')
}

/** The fields that an answer holds, in its order: symbol and date first, then what was asked for. */
export function answerFields(dataset: Dataset, asked: readonly string[] | undefined): string[] {
  return [...new Set([...keyFields(dataset), ...(asked ?? Object.keys(dataset.fields))])]
}

/** Arguments that adjust prices; only datasets with an adjustment take them. */
export type AdjustArguments<D extends Dataset> = D extends Adjustable
  ? {
      /** Default `none`. */
      readonly adjust?: Adjust | undefined
      /**
       * The date whose factor qfq divides by; by default the last date of the answer's range. `none` and `hfq` have no
       * use for it.
       */
      readonly anchor?: string | undefined
    }
  : unknown

export interface Selection<F extends string> {
  /** Codes to answer for, at most 10,000; all when left out. An empty list asks for no rows. */
  readonly symbols?: readonly string[] | undefined
  /** Fields besides symbol and date; all when left out. */
  readonly fields?: readonly F[] | undefined
}

/** Input of `range`: dates as `YYYY-MM-DD` or `YYYYMMDD`, both ends inclusive. */
export type RangeInput<D extends Dataset, F extends FieldName<D> = FieldName<D>> = Selection<F> & {
  readonly start?: string | undefined
  readonly end?: string | undefined
  /** Rows at most; `meta.complete` is false when there were more. */
  readonly limit?: number | undefined
} & AdjustArguments<D>

/** Input of `at`: one date; with `lookback` each symbol's last row on or before it. */
export type AtInput<D extends Dataset, F extends FieldName<D> = FieldName<D>> = Selection<F> & {
  readonly date: string
  readonly lookback?: boolean | undefined
} & AdjustArguments<D>

/** Input of `latest`: the last `n` rows (1 unless told) of each symbol, on or before `end`. */
export type LatestInput<D extends Dataset, F extends FieldName<D> = FieldName<D>> = Selection<F> & {
  readonly n?: number | undefined
  readonly end?: string | undefined
} & AdjustArguments<D>

type Filter<F extends Field> = ValueOf<F> | null | readonly (ValueOf<F> | null)[]

/** Input of `list`: `where` takes for each field a value, null, or a list of values any of which will do. */
export type ListInput<D extends Dataset, F extends FieldName<D> = FieldName<D>> = Selection<F> & {
  readonly where?: { readonly [K in FieldName<D>]?: Filter<D['fields'][K]> } | undefined
  readonly limit?: number | undefined
}

export interface SessionsInput {
  readonly start: string
  readonly end: string
  /** SSE unless told. */
  readonly exchange?: string | undefined
}

export interface SessionInput {
  readonly date: string
  readonly exchange?: string | undefined
}

export interface OffsetInput extends SessionInput {
  /** Sessions to go on (positive) or back (negative); 0 is the last session on or before the date. */
  readonly n: number
}
