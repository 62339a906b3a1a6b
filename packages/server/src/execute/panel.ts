import type { Dataset } from '@stockdb/contract'
import { dateOf, daysOf } from '@stockdb/contract/internal'
import {
  type Adjust,
  type Fill,
  type FrameChunk,
  type FrameField,
  type FrameSource,
  limits,
  type MissingFactor,
  StockdbError,
} from '@stockdb/contract/wire'
import type { Snapshot } from '../engine/engine.ts'
import { MissingFactorCount } from '../plan/adjust/missing-factors.ts'
import { CodeOrder } from '../plan/code-order.ts'
import { DenseRows, type RowBefore } from '../plan/dense-rows.ts'
import type { Filters } from '../plan/filters.ts'
import { panelNumbers } from '../plan/panel-numbers.ts'
import { type Planner, type QueryPlan, readTogether } from '../plan/planner.ts'
import { SessionDays } from '../plan/session-days.ts'
import type { Delistings } from './delistings.ts'
import { executeFrom, type SharedParts } from './execute.ts'
import { expectationsFor, nothingExpected } from './expectations.ts'
import { neededCalendar } from './known-calendar.ts'
import { LastDates } from './last-dates.ts'
import { openAdjuster } from './open-adjuster.ts'
import { notLast, readAtOnce } from './reading.ts'
import type { Sources } from './sources.ts'

/** A panel's input, checked by its schema. */
export interface CheckedPanel {
  readonly symbols?: readonly string[] | undefined
  readonly start: string
  readonly end: string
  readonly fields: readonly string[]
  readonly fill?: Fill | undefined
  readonly maxFill?: number | undefined
  readonly adjust?: Adjust | undefined
  readonly anchor?: string | undefined
  readonly missingFactor?: MissingFactor | undefined
  readonly where?: Filters | undefined
  readonly unknownSymbols?: 'error' | 'ignore' | undefined
}

/** What a panel takes besides its rows. */
export interface PanelParts {
  /** Tells when stocks were delisted, which ends their filling. */
  readonly delistings: Delistings | undefined
  /** Makes an answer fail that was asked for symbols which nobody knows. */
  readonly known: (frame: FrameSource) => FrameSource
}

/**
 * Answers with numbers of which every symbol has one a trading day. Throws `OUT_OF_CALENDAR` when the calendar does not
 * reach over the whole range, `INVALID_INPUT` when the panel is too large.
 */
export async function executePanel(
  sources: Sources,
  planner: Planner,
  dataset: Dataset,
  input: CheckedPanel,
  { delistings, known }: PanelParts,
  signal: AbortSignal,
): Promise<FrameSource> {
  const { fill = 'none', maxFill, ...asked } = input
  const { start, end, fields } = asked
  const calendar = await neededCalendar(sources.sessions, dataset.calendar)
  const days = daysBetween(calendar.need(), start, end)
  const symbols = asked.symbols && [...new Set(asked.symbols)].sort()
  const width = fields.length
  const numbers = (symbols?.length ?? 0) * days.days.length * width
  if (numbers > limits.panelNumbers) {
    throw new StockdbError(
      'INVALID_INPUT',
      `the panel has ${symbols?.length} symbols × ${days.days.length} trading days × ${width} fields = ${numbers} numbers; expected at most ${limits.panelNumbers}: ask for fewer symbols, fields or days`,
    )
  }
  const question = planner.range(dataset, asked)
  const expectations = await expectationsFor(sources, question, calendar)
  const filled = fill === 'previous'
  const readAsOne = filled
    ? [
        dataset,
        ...(question.adjustment ? [question.adjustment.factors] : []),
        ...(delistings ? [delistings.dataset] : []),
      ]
    : readTogether(question)
  return readAtOnce(sources.engine, readAsOne, signal, async (reading) => {
    const { adjustment } = question
    const adjusting = await openAdjuster(reading, question, new LastDates(reading, question, signal), signal, filled)
    // The rows before the range are adjusted as those in it, and counted with them.
    const missing = adjustment && new MissingFactorCount(adjustment.plan.missing, adjustment.plan.rule)
    const frame = known(await executeFrom(reading, question, expectations, signal, { adjusting, missing }))
    const shared = { adjusting: adjusting?.ofAnyRows ? adjusting : undefined, missing }
    const before = filled
      ? await lastRows(reading, beforeStart(planner, dataset, asked, frame.header.meta.anchor), shared, signal, (day) =>
          sessionsSince(calendar.need(), day, start, maxFill),
        )
      : undefined
    const filledUntil = filled && delistings ? daysOfAll(await delistings.read(reading, symbols, signal)) : new Map()
    const dense = new DenseRows({
      ...{ days, symbols, before, filledUntil, maxFill },
      width: frame.header.fields.length - 2,
      names: frame.header.fields.map(({ name }) => name),
      maxRows: Math.floor(limits.panelNumbers / width),
    })
    const sessions = Array.from(days.days, dateOf)
    return {
      header: {
        fields: frame.header.fields.map(
          (field): FrameField =>
            field.type === 'int32' || field.type === 'int64' ? { ...field, type: 'float64', nullable: true } : field,
        ),
        meta: {
          ...frame.header.meta,
          arguments: { ...frame.header.meta.arguments, fill, ...(maxFill === undefined ? {} : { maxFill }) },
          fill,
          sessions,
        },
      },
      chunks: denseChunks(frame, dense, dataset.managed === false ? new CodeOrder(dataset, 0) : undefined),
    }
  })
}

/** Each symbol's last row before the range, adjusted to the same anchor. */
function beforeStart(planner: Planner, dataset: Dataset, asked: CheckedPanel, anchor: string | undefined): QueryPlan {
  const { symbols, start, fields, adjust, missingFactor, where } = asked
  const date = dateOf(daysOf(start) - 1)
  const before = { symbols, fields, adjust, missingFactor, where, anchor: asked.anchor ?? anchor }
  return planner.at(dataset, { ...before, date, lookback: true })
}

async function lastRows(
  reading: Snapshot,
  question: QueryPlan,
  shared: SharedParts,
  signal: AbortSignal,
  sessionsSince: (day: number) => number,
): Promise<ReadonlyMap<string, RowBefore>> {
  const rows = new Map<string, RowBefore>()
  const { header, chunks } = await executeFrom(notLast(reading), question, nothingExpected, signal, shared)
  const names = header.fields.map(({ name }) => name)
  for await (const { batch } of chunks) {
    const [symbols, dates] = batch.vectors
    if (symbols?.type !== 'symbol' || dates?.type !== 'date') throw new TypeError('a panel takes a symbol and a date')
    const columns = panelNumbers(batch, names)
    for (let row = 0; row < batch.numRows; row++) {
      rows.set(symbols.dictionary[symbols.values[row] as number] as string, {
        values: Float64Array.from(columns, (column) => column[row] as number),
        sessions: sessionsSince(dates.values[row] as number),
      })
    }
  }
  return rows
}

/** Trading days between a row and the range. Where the calendar does not reach back to the row it says so, if that makes a difference. */
function sessionsSince(sessions: SessionDays, day: number, start: string, maxFill: number | undefined): number {
  const before = daysOf(start) - 1
  const known = sessions.count(Math.max(day + 1, sessions.first), before) ?? 0
  if (maxFill === undefined || known >= maxFill || day + 1 >= sessions.first) return known
  throw new StockdbError(
    'OUT_OF_CALENDAR',
    `maxFill: got ${maxFill}, which counts trading days from the row of ${dateOf(day)} on, but trade_cal begins on ${dateOf(sessions.first)}`,
  )
}

function daysBetween(sessions: SessionDays, start: string, end: string): SessionDays {
  const [first, last] = [daysOf(start), daysOf(end)]
  if (sessions.count(first, last) === undefined) {
    const [from, until] = [dateOf(sessions.first), dateOf(sessions.last)]
    throw new StockdbError(
      'OUT_OF_CALENDAR',
      `a panel takes a trading calendar: got "${start}" to "${end}", but trade_cal reaches from ${from} to ${until}`,
    )
  }
  const days = sessions.days.subarray(sessions.indexFrom(first), sessions.indexFrom(last + 1))
  return new SessionDays(first, last, days, sessions.asOf)
}

const daysOfAll = (dates: ReadonlyMap<string, string>): ReadonlyMap<string, number> =>
  new Map([...dates].map(([symbol, date]) => [symbol, daysOf(date)]))

async function* denseChunks(
  { chunks }: FrameSource,
  dense: DenseRows,
  order: CodeOrder | undefined,
): AsyncGenerator<FrameChunk> {
  let rows = 0
  for await (const { batch, trailer } of chunks) {
    order?.check(batch)
    for (const made of dense.take(batch)) {
      rows += made.numRows
      yield { batch: made }
    }
    if (!trailer) continue
    let waiting: FrameChunk['batch'] | undefined
    for (const made of dense.end()) {
      if (waiting) yield { batch: waiting }
      rows += made.numRows
      waiting = made
    }
    const coverage = trailer.coverage && { ...trailer.coverage, cellsFilled: dense.filled }
    if (waiting) yield { batch: waiting, trailer: { ...trailer, rows, ...(coverage ? { coverage } : {}) } }
    return
  }
}
