import { daysOf, type MinuteFrequency, minutesOf, plainValues, StockdbError } from '@stockdb/contract'
import type { Engine, ReadQuery } from '../engine/engine.ts'
import { BarBuilder } from '../query/bars/bar-builder.ts'
import { SourceChoice } from '../query/bars/choose-source.ts'
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
  { dataset, query, limit }: Question,
  { plan, period, end, lastDate }: SessionBars,
  signal: AbortSignal,
): Promise<OpenedBars> {
  const [[last] = []] = await collect(engine, lastDate(), signal)
  // Without a row there is no bar to be dated.
  if (typeof last !== 'string') return { query }
  const until = end === undefined || end > last ? last : end
  const periods = new SessionPeriods(period, await sessions.need(dataset.calendar ?? DEFAULT_EXCHANGE), daysOf(until))
  return { query, builder: new BarBuilder(plan, periods, query.columns, { bounds: { limit } }) }
}

async function byMinutes(
  { engine }: Sources,
  { query, limit }: Question,
  bars: MinuteBars,
  signal: AbortSignal,
): Promise<OpenedBars> {
  const { plan, rule, freq, from, first, last, read } = bars
  const length = minutesOf(freq) ?? 1
  if (from !== undefined && length % (minutesOf(from) ?? 1) !== 0)
    throw new StockdbError('INVALID_INPUT', `from: got "${from}"; expected a length that divides ${freq}`)
  const source = from ?? rule.stored ?? (await findSource(engine, bars, limit, signal))
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
  engine: Engine,
  { freq, rule, first = Number.NEGATIVE_INFINITY, last = Number.POSITIVE_INFINITY, choice: queries }: MinuteBars,
  limit = Number.POSITIVE_INFINITY,
  signal: AbortSignal,
): Promise<MinuteFrequency> {
  if (!queries) return freq
  const [, lengths = []] = await collect(engine, queries.sources(), signal)
  // They are some of those that were asked for.
  const stored = [...new Set(Array.from(lengths, (length) => String(length) as MinuteFrequency))]
  if (stored.length < 2) return stored[0] ?? freq
  const choice = new SourceChoice(freq, stored, rule)
  let inHand: string | undefined
  for await (const { batch } of engine.read(queries.moments(stored), signal)) {
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
        if (choice.bars > limit) return choice.found()
      }
      choice.take(String(lengths[row]), at)
    }
  }
  choice.close()
  return choice.found()
}
