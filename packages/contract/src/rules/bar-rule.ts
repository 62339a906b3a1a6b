import { type Declaration, dateTypeOf, refuseRepeats } from './declaration.ts'

/**
 * How the rows of a dataset combine into bars of longer periods.
 *
 * @example
 * ```ts
 * import type { BarRule } from '@stockdb/contract'
 * const bars: BarRule = { first: ['open'], max: ['high'], min: ['low'], last: ['close'], sum: ['vol', 'amount'] }
 * ```
 */
export interface BarRule {
  /** Fields whose first value in the period a bar has. */
  readonly first: readonly string[]
  /** Fields whose greatest value a bar has. */
  readonly max: readonly string[]
  /** Fields whose least value a bar has. */
  readonly min: readonly string[]
  /** Fields whose last value a bar has. */
  readonly last: readonly string[]
  /** Fields whose sum a bar has. */
  readonly sum: readonly string[]
  /** Fields to recompute: the close minus the previous bar's close, and that change in percent. */
  readonly change?: {
    readonly change: string
    readonly percentChange: string
    readonly close: string
    readonly previousClose: string
  }
  /** How the trading day is divided; required if rows have a time, refused if they have a date. */
  readonly minutes?: MinuteRule
}

/**
 * How bars within a day are identified and aligned.
 *
 * @example
 * ```ts
 * import type { MinuteRule } from '@stockdb/contract'
 * const minutes: MinuteRule = { stored: '1min', sessions: [['09:30', '11:30'], ['13:00', '15:00']], label: 'end' }
 * ```
 */
export type MinuteRule = SessionRule & (ByField | OfOneLength)

interface SessionRule {
  /** The sessions of a day, `HH:MM`: bars start at each session; bars outside all sessions follow the clock. */
  readonly sessions: readonly (readonly [open: string, close: string])[]
  /** Whether the time of a bar is its end, as in Tushare's tables, or its start. */
  readonly label: 'start' | 'end'
}

/** A table with bars of several lengths. */
interface ByField {
  /** The field with the length of a row's bar: `1min`, `5min`, … */
  readonly frequency: string
  readonly stored?: undefined
}

/** A table with bars of one length, without a column for it. */
interface OfOneLength {
  /** The length of every row's bar, such as `1min`. */
  readonly stored: `${number}min`
  readonly frequency?: undefined
}

const LENGTH_FORM = /^[1-9]\d{0,3}min$/
const CLOCK_FORM = /^(?:[01]\d|2[0-3]):[0-5]\d$/

/** Throws a `TypeError` for an invalid rule. */
export function checkBars(rule: BarRule, declaration: Declaration): void {
  const { need, fail } = declaration
  const { first, max, min, last, sum, change, minutes } = rule
  const reduced = [...first, ...max, ...min, ...last, ...sum]
  for (const name of reduced) need('bars', name, 'float64', 'int32', 'int64')
  refuseRepeats(declaration, 'bars', reduced)
  // Changes of other number types would not be recomputed: a bar would have the change of its last row.
  for (const name of Object.values(change ?? {})) need('bars', name, 'float64')
  if (!declaration.symbol || !declaration.date) fail('bars require symbol and date fields')
  const type = dateTypeOf(declaration)
  if (type === 'datetime' && !minutes) fail('bars of rows with a time require bars.minutes')
  if (type === 'date' && minutes) fail(`bars.minutes requires rows with a time, but ${declaration.date} is a date`)
  if (minutes) checkMinutes(minutes, declaration)
}

function checkMinutes({ frequency, stored, sessions, label }: MinuteRule, { need, fail }: Declaration): void {
  if ((frequency === undefined) === (stored === undefined))
    fail('bars.minutes takes either frequency, the field with the length of a row, or stored, the length of all rows')
  if (frequency !== undefined) need('bars', frequency, 'symbol', 'text')
  if (stored !== undefined && !LENGTH_FORM.test(stored))
    fail(`bars.minutes.stored: got "${stored}"; expected a length such as "1min"`)
  if (label !== 'start' && label !== 'end') fail(`bars.minutes.label: got ${String(label)}; expected "start" or "end"`)
  let before = ''
  for (const [open, close] of sessions) {
    if (!CLOCK_FORM.test(open) || !CLOCK_FORM.test(close) || open >= close || open < before)
      fail(`bars.minutes.sessions: got ${open} to ${close}; expected times as HH:MM, in ascending order`)
    before = close
  }
}
