import type { MinuteRule } from '@stockdb/contract'
import { datetimeOf, millisecondsOf } from '@stockdb/contract/internal'

const MS_PER_MINUTE = 60_000

/**
 * The range of datetimes that contains all rows of the bars with labels in the given range: rows lie before a label that is
 * an end, and after a label that is a start.
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

/** Databases store years with four digits. */
const within = (ms: number): string =>
  datetimeOf(Math.min(Math.max(ms, millisecondsOf('1000-01-01 00:00:00')), millisecondsOf('9999-12-31 23:59:59.999')))
