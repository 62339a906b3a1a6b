import { dateOf, daysOf } from '@stockdb/contract/internal'
import type { Batch, FrameTrailer } from '@stockdb/contract/wire'
import { limits, StockdbError } from '@stockdb/contract/wire'
import type { DenseStep } from '../../plan/step.ts'
import { DenseRows, type RowBefore } from '../panel/dense-rows.ts'
import { panelNumbers } from '../panel/panel-numbers.ts'
import { collectRead, type Run } from '../run.ts'
import { SessionDays } from '../session-days.ts'
import type { Operator } from './operator.ts'

/** Gives every symbol a row on each trading day. */
export class Dense implements Operator {
  readonly #rows: DenseRows

  constructor(rows: DenseRows) {
    this.#rows = rows
  }

  *push(batch: Batch, last: boolean): Generator<Batch, void, undefined> {
    yield* this.#rows.take(batch)
    if (last) yield* this.#rows.end()
  }

  end(trailer: FrameTrailer): FrameTrailer {
    const { coverage } = trailer
    return coverage ? { ...trailer, coverage: { ...coverage, cellsFilled: this.#rows.filled } } : trailer
  }
}

/** Reads the values that fill gaps, and until when. `before` yields the rows before the range. */
export async function openDense(
  run: Run,
  step: DenseStep,
  names: readonly string[],
  sessions: SessionDays,
  days: SessionDays,
  before: AsyncIterable<Batch> | undefined,
): Promise<Dense> {
  const { symbols, delisted, maxFill, fields } = step
  const width = fields.length
  const known = before && (await lastRows(before, names, (day) => sessionsSince(sessions, day, step.start, maxFill)))
  return new Dense(
    new DenseRows({
      ...{ days, symbols, before: known, maxFill, width, names },
      filledUntil: delisted ? await readDelistings(run, delisted.fields, delisted) : new Map(),
      maxRows: Math.floor(limits.panelNumbers / width),
    }),
  )
}

async function readDelistings(
  run: Run,
  [symbol = '', date = '']: readonly string[],
  read: NonNullable<DenseStep['delisted']>,
): Promise<ReadonlyMap<string, number>> {
  const columns = await collectRead(run, read)
  const at = (name: string): number => read.fields.indexOf(name)
  const [codes = [], dates = []] = [columns[at(symbol)], columns[at(date)]]
  const found = new Map<string, number>()
  for (const [row, code] of Array.from(codes).entries()) {
    const day = dates[row]
    if (typeof day === 'string') found.set(String(code), daysOf(day))
  }
  return found
}

async function lastRows(
  batches: AsyncIterable<Batch>,
  names: readonly string[],
  sessionsSince: (day: number) => number,
): Promise<ReadonlyMap<string, RowBefore>> {
  const rows = new Map<string, RowBefore>()
  for await (const batch of batches) {
    const [symbols, dates] = batch.vectors
    if (symbols?.type !== 'symbol' || dates?.type !== 'date') throw new TypeError('a panel needs a symbol and a date')
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

/** The trading days between a row and the range. Throws if the calendar does not reach back to the row and this matters. */
function sessionsSince(sessions: SessionDays, day: number, start: string, maxFill: number | undefined): number {
  const before = daysOf(start) - 1
  const known = sessions.count(Math.max(day + 1, sessions.first), before) ?? 0
  if (maxFill === undefined || known >= maxFill || day + 1 >= sessions.first) return known
  throw new StockdbError(
    'OUT_OF_CALENDAR',
    `maxFill: got ${maxFill}, which counts trading days from the row of ${dateOf(day)} on, but ${sessions.calendar} begins on ${dateOf(sessions.first)}`,
  )
}

/**
 * The trading days of a panel. Throws `OUT_OF_CALENDAR` if the calendar does not cover them, and `INVALID_INPUT` if the panel
 * would have too many numbers.
 */
export function daysOfPanel({ start, end, symbols, fields }: DenseStep, sessions: SessionDays): SessionDays {
  const days = daysBetween(sessions, start, end)
  const width = fields.length
  const numbers = (symbols?.length ?? 0) * days.days.length * width
  if (numbers <= limits.panelNumbers) return days
  throw new StockdbError(
    'INVALID_INPUT',
    `the panel has ${symbols?.length} symbols × ${days.days.length} trading days × ${width} fields = ${numbers} numbers; expected at most ${limits.panelNumbers}: ask for fewer symbols, fields or days`,
  )
}

function daysBetween(sessions: SessionDays, start: string, end: string): SessionDays {
  const [first, last] = [daysOf(start), daysOf(end)]
  if (sessions.count(first, last) === undefined) {
    const [from, until] = [dateOf(sessions.first), dateOf(sessions.last)]
    throw new StockdbError(
      'OUT_OF_CALENDAR',
      `a panel needs a trading calendar: got "${start}" to "${end}", but ${sessions.calendar} reaches from ${from} to ${until}`,
    )
  }
  return new SessionDays(first, last, sessions.between(first, last), sessions.asOf, sessions.calendar)
}
