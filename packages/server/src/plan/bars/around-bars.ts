import type { MinuteRule } from '@stockdb/contract'
import { datetimeOf, millisecondsOf } from '@stockdb/contract/internal'

const MS_PER_MINUTE = 60_000

/**
 * A range of moments, as datetimes, that holds all rows of those bars whose labels are in the range given: an end that is
 * a label has its rows before it, a start that is one behind it.
 */
export function aroundBars(
  { label }: MinuteRule,
  minutes: number,
  { start, end }: { readonly start?: string | undefined; readonly end?: string | undefined },
): { start: string | undefined; end: string | undefined } {
  const moved = (text: string | undefined, by: number): string | undefined =>
    text === undefined ? undefined : within(millisecondsOf(text) + by * MS_PER_MINUTE)
  return label === 'end' ? { start: moved(start, -minutes), end } : { start, end: moved(end, minutes) }
}

/** Databases have four digits for a year. */
const within = (ms: number): string =>
  datetimeOf(Math.min(Math.max(ms, millisecondsOf('1000-01-01 00:00:00')), millisecondsOf('9999-12-31 23:59:59.999')))
