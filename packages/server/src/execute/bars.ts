import { daysOf, minutesOf } from '@stockdb/contract/internal'
import { type MinuteFrequency, plainValues, StockdbError } from '@stockdb/contract/wire'
import type { ReadQuery, RowSource } from '../engine/engine.ts'
import { BarBuilder } from '../plan/bars/bar-builder.ts'
import { SourceChoice } from '../plan/bars/choose-source.ts'
import { MinutePeriods } from '../plan/bars/minute-periods.ts'
import { SessionPeriods } from '../plan/bars/session-periods.ts'
import type { MinuteBars, QueryPlan, SessionBars } from '../plan/planner.ts'
import { collect } from './collect.ts'
import type { KnownCalendar } from './known-calendar.ts'
import type { LastDates } from './last-dates.ts'

/** What is read for bars, and what puts them together. */
export interface OpenedBars {
  readonly query: ReadQuery
  /** Absent where the bars are stored as they were asked for. */
  readonly builder?: BarBuilder
  /** Length of the stored bars, where there are several. */
  readonly from?: MinuteFrequency
}

/** Finds out what bars are made of: the last day and the trading calendar, or which lengths are stored. */
export function openBars(
  source: RowSource,
  question: QueryPlan,
  calendar: KnownCalendar,
  lastDates: LastDates,
  signal: AbortSignal,
): Promise<OpenedBars> | OpenedBars {
  const { bars, query } = question
  switch (bars?.kind) {
    case 'sessions':
      return bySessions(question, bars, calendar, lastDates)
    case 'minutes':
      return byMinutes(source, question, bars, signal)
    default:
      return { query }
  }
}

async function bySessions(
  { query, limit }: QueryPlan,
  { plan, period, end, lastDate }: SessionBars,
  calendar: KnownCalendar,
  lastDates: LastDates,
): Promise<OpenedBars> {
  const last = await lastDates.ofTable(lastDate)
  // Without a row there is no bar to be dated.
  if (last === undefined) return { query }
  const until = end === undefined || end > last ? last : end
  const periods = new SessionPeriods(period, calendar.need(), daysOf(until))
  return { query, builder: new BarBuilder(plan, periods, query.columns, { bounds: { limit } }) }
}

async function byMinutes(
  rowSource: RowSource,
  { dataset, query, limit }: QueryPlan,
  bars: MinuteBars,
  signal: AbortSignal,
): Promise<OpenedBars> {
  const { plan, rule, freq, from, first, last, read } = bars
  const length = minutesOf(freq) ?? 1
  if (from !== undefined && length % (minutesOf(from) ?? 1) !== 0)
    throw new StockdbError('INVALID_INPUT', `from: got "${from}"; expected a length that divides ${freq}`)
  const source =
    from ?? rule.stored ?? (await findSource(rowSource, bars, dataset.managed === false ? undefined : limit, signal))
  if (source === freq) return { query, from: source }
  const rows = read(source)
  return {
    query: rows,
    from: source,
    builder: new BarBuilder(plan, new MinutePeriods(length, rule), rows.columns, {
      constants: rule.frequency === undefined ? {} : { [rule.frequency]: freq },
      bounds: { first, last, limit },
    }),
  }
}

/**
 * The longest stored length that has every bar that there is, of those that the answer needs. Where only one is stored,
 * which an index tells, nothing is compared.
 */
async function findSource(
  source: RowSource,
  { freq, rule, first = Number.NEGATIVE_INFINITY, last = Number.POSITIVE_INFINITY, choice: queries }: MinuteBars,
  limit = Number.POSITIVE_INFINITY,
  signal: AbortSignal,
): Promise<MinuteFrequency> {
  if (!queries) return freq
  const [codes = [], lengths = []] = await collect(source, queries.sources(), signal)
  // They are some of those that were asked for.
  const stored = [...new Set(Array.from(lengths, (length) => String(length) as MinuteFrequency))]
  if (stored.length < 2) return stored[0] ?? freq
  const choice = new SourceChoice(freq, stored, rule)
  for (const symbols of groupsOf([...new Set(Array.from(codes, String))].sort(), limit)) {
    await compareMoments(source, queries.moments(stored, symbols), choice, [first, last], signal)
    if (choice.bars > limit) break
  }
  return choice.found()
}

/**
 * The symbols at once where the answer has no limit; else groups in the order of the answer, each as long as all before
 * it: a read that is left before its end costs its connection.
 */
function* groupsOf(symbols: readonly string[], limit: number): Generator<readonly string[] | undefined> {
  if (limit === Number.POSITIVE_INFINITY) yield undefined
  else
    for (let from = 0, size = 1; from < symbols.length; from += size, size = from)
      yield symbols.slice(from, from + size)
}

async function compareMoments(
  source: RowSource,
  query: ReadQuery,
  choice: SourceChoice,
  [first, last]: readonly [number, number],
  signal: AbortSignal,
): Promise<void> {
  let inHand: string | undefined
  for await (const { batch } of source.read(query, signal)) {
    const [symbols = [], lengths = []] = batch.vectors.slice(0, 2).map(plainValues)
    const times = batch.vectors[2]
    if (times?.type !== 'datetime') throw new TypeError('bars of minutes have a time')
    for (let row = 0; row < batch.numRows; row++) {
      const at = Number(times.values[row])
      // What surrounds the range is read so that the bars at its edges are whole.
      if (!choice.isWithin(at, first, last)) continue
      const symbol = String(symbols[row])
      if (symbol !== inHand) {
        if (inHand !== undefined) choice.close()
        inHand = symbol
      }
      choice.take(String(lengths[row]), at)
    }
  }
  choice.close()
}
