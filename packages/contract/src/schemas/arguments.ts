import { z } from 'zod'
import { show } from '../show.ts'

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
