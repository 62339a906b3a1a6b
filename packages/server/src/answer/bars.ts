import { daysOf, type MinuteFrequency, minutesOf, StockdbError } from '@stockdb/contract'
import type { ReadQuery } from '../engine/engine.ts'
import { BarBuilder } from '../query/bars/bar-builder.ts'
import { chooseSource } from '../query/bars/choose-source.ts'
import { MinutePeriods } from '../query/bars/minute-periods.ts'
import { SessionPeriods } from '../query/bars/session-periods.ts'
import type { MinuteBars, Question, SessionBars } from '../query/question.ts'
import { collect } from './collect.ts'
import { DEFAULT_EXCHANGE } from './sessions.ts'
import type { Sources } from './sources.ts'

/** What is read for bars, and what puts them together. */
export interface OpenedBars {
  readonly query: ReadQuery
  /** Absent where the bars are stored as they were asked for. */
  readonly builder?: BarBuilder
  /** Length of the stored bars, where there are several. */
  readonly from?: MinuteFrequency
}

/** Finds out what bars are made of: the last day and the trading calendar, or which lengths are stored. */
export function openBars(sources: Sources, question: Question, signal: AbortSignal): Promise<OpenedBars> | OpenedBars {
  const { bars, query } = question
  switch (bars?.kind) {
    case 'sessions':
      return bySessions(sources, question, bars, signal)
    case 'minutes':
      return byMinutes(sources, question, bars, signal)
    default:
      return { query }
  }
}

async function bySessions(
  { engine, sessions }: Sources,
  { dataset, query }: Question,
  { plan, period, end, lastDate }: SessionBars,
  signal: AbortSignal,
): Promise<OpenedBars> {
  const [[last] = []] = await collect(engine, lastDate(), signal)
  // Without a row there is no bar to be dated.
  if (typeof last !== 'string') return { query }
  const until = end === undefined || end > last ? last : end
  const periods = new SessionPeriods(period, await sessions.need(dataset.calendar ?? DEFAULT_EXCHANGE), daysOf(until))
  return { query, builder: new BarBuilder(plan, periods, query.columns) }
}

async function byMinutes(
  { engine }: Sources,
  { query }: Question,
  { plan, rule, freq, from, sources, read }: MinuteBars,
  signal: AbortSignal,
): Promise<OpenedBars> {
  const length = minutesOf(freq) ?? 1
  if (from !== undefined && length % (minutesOf(from) ?? 1) !== 0)
    throw new StockdbError('INVALID_INPUT', `from: got "${from}"; expected a length that divides ${freq}`)
  const source = from ?? chooseSource(freq, spansOf(await collect(engine, sources(), signal)))
  if (source === freq) return { query, from: source }
  const rows = read(source)
  const constants = { [rule.frequency]: freq }
  return {
    query: rows,
    from: source,
    builder: new BarBuilder(plan, new MinutePeriods(length, rule), rows.columns, constants),
  }
}

function spansOf([symbols = [], lengths = [], firsts = [], lasts = []]: Awaited<ReturnType<typeof collect>>) {
  return Array.from(symbols, (symbol, at) => ({
    symbol: String(symbol),
    // One of those that were asked for.
    length: String(lengths[at]) as MinuteFrequency,
    first: daysOf(String(firsts[at]).slice(0, 10)),
    last: daysOf(String(lasts[at]).slice(0, 10)),
  }))
}
