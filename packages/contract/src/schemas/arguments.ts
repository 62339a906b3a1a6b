import { z } from 'zod'
import { parseDateArgument } from '../date-argument.ts'
import { parseDatetime } from '../dates.ts'
import { SYMBOL_FORM } from '../field-types.ts'
import { unknownSymbolsChoices } from '../inputs/arguments.ts'
import { limits } from '../protocol.ts'
import { show } from '../show.ts'
import { severalSymbols } from '../symbols/similar-symbols.ts'

/** The message of a refused argument: what it got, and what is expected. */
export const expecting =
  (expected: string) =>
  (issue: { input?: unknown }): string =>
    issue.input === undefined ? `is missing; expected ${expected}` : `got ${show(issue.input)}; expected ${expected}`

/** Names for a message, limited in number and length. */
const MAX_NAMED = 5

/** Arguments of Tushare's API, and our names for them. */
const TUSHARE_WORDS: Readonly<Record<string, string>> = {
  ts_code: 'symbols',
  start_date: 'start',
  end_date: 'end',
  trade_date: 'date',
  adj: 'adjust',
}

/** An object with only these arguments; the message about an unknown one lists them. */
export const argumentsInput = <Shape extends z.ZodRawShape>(
  shape: Shape,
  expected = `an object of arguments: ${Object.keys(shape).join(', ')}`,
) =>
  z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return expecting(expected)(issue)
      const unknown = (issue.keys as readonly string[]).slice(0, MAX_NAMED).map(show)
      const meant = Object.entries(TUSHARE_WORDS).flatMap(([word, ours]) =>
        issue.keys.includes(word) && Object.hasOwn(shape, ours) ? [`${word} is ${ours} here`] : [],
      )
      const hint = meant.length > 0 ? `; ${meant.join(', ')}` : ''
      return `unknown argument ${unknown.join(', ')}; expected ${Object.keys(shape).join(', ')}${hint}`
    },
  })

const DATE_EXPECTED = 'a date as YYYY-MM-DD or YYYYMMDD, 1000-01-01 to 9999-12-31'

const dateAt = (edge?: 'first' | 'last') =>
  z.string({ error: expecting(DATE_EXPECTED) }).transform((text, context) => {
    const iso = parseDateArgument(text, edge)
    if (iso !== undefined) return iso
    context.addIssue({ code: 'custom', message: `got ${show(text)}; expected ${DATE_EXPECTED}`, input: text })
    return z.NEVER
  })

/** A date in any format of `parseDateArgument`; the output is `YYYY-MM-DD`. */
export const dateInput = dateAt()

/** The ends of a range, each of which may be a month. */
export const startInput = dateAt('first')
export const endInput = dateAt('last')

const SYMBOL_EXPECTED = 'a code such as "600519.SH": 1 to 32 ASCII characters without spaces'

/** Suggestion for a text that contains several codes. */
function splitHint(input: unknown): string {
  const several = typeof input === 'string' ? severalSymbols(input.replaceAll(' ', ',')) : undefined
  return several?.every((code) => SYMBOL_FORM.test(code)) ? ` — did you mean ${show(several)}?` : ''
}

/** One code. */
export const symbolInput = z
  .string({ error: expecting(SYMBOL_EXPECTED) })
  .regex(SYMBOL_FORM, { error: (issue) => `${expecting(SYMBOL_EXPECTED)(issue)}${splitHint(issue.input)}` })

/** A list of codes. */
export const symbolsInput = z
  .array(symbolInput, { error: expecting('a list of codes such as ["600519.SH"]') })
  .max(limits.symbols, { error: `a list holds at most ${limits.symbols} symbols; leave it out to take all` })

/** What to do with unknown symbols. */
export const unknownSymbolsInput = z.enum(unknownSymbolsChoices, {
  error: expecting(`one of ${unknownSymbolsChoices.join(', ')}`),
})

/** The arguments that select symbols. */
export const symbolsShape = { symbols: symbolsInput.optional(), unknownSymbols: unknownSymbolsInput.optional() }

/** A whole number from 1 to `max`. */
export const count = (max: number) =>
  z
    .int({ error: expecting(`a whole number from 1 to ${max}`) })
    .min(1, { error: expecting(`a whole number from 1 to ${max}`) })
    .max(max, { error: expecting(`a whole number from 1 to ${max}`) })

/** A datetime, or a date that stands for its first or last millisecond; the output is a datetime. */
export const momentInput = (ofDay: '00:00:00' | '23:59:59.999') => {
  const expected = `${DATE_EXPECTED}, or with a time as YYYY-MM-DD HH:MM:SS`
  return z.string({ error: expecting(expected) }).transform((text, context) => {
    const day = parseDateArgument(text, ofDay === '00:00:00' ? 'first' : 'last')
    const moment = day === undefined ? parseDatetime(text) : `${day} ${ofDay}`
    if (moment !== undefined) return moment
    context.addIssue({ code: 'custom', message: `got ${show(text)}; expected ${expected}`, input: text })
    return z.NEVER
  })
}

/** Refuses a range that starts after its end. */
export const inOrder = <Range extends z.ZodType<{ start?: string | undefined; end?: string | undefined }>>(
  range: Range,
) =>
  range.refine(({ start, end }) => start === undefined || end === undefined || start <= end, {
    path: ['start'],
    error: ({ input }) => {
      const { start, end } = input as { start: string; end: string }
      return `got "${start}", which is after end "${end}"`
    },
  })
