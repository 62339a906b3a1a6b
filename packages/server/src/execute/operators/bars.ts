import { daysOf } from '@stockdb/contract/internal'
import type { Batch } from '@stockdb/contract/wire'
import type { ReadColumn } from '../../engine/engine.ts'
import type { BarsStep } from '../../plan/step.ts'
import { BarBuilder } from '../bars/bar-builder.ts'
import { MinutePeriods } from '../bars/minute-periods.ts'
import { type Periods, SessionPeriods } from '../bars/session-periods.ts'
import type { KnownCalendar } from '../known-calendar.ts'
import { plannedValue, type Run } from '../run.ts'
import type { Operator } from './operator.ts'

/** Aggregates rows to longer bars. */
export class Bars implements Operator {
  readonly #builder: BarBuilder
  /** The last batch of rows, and which of them are in bars within the range. */
  rows: Batch = { numRows: 0, vectors: [] }

  constructor({ plan, constants, first, last, limit }: BarsStep, periods: Periods, columns: readonly ReadColumn[]) {
    this.#builder = new BarBuilder(plan, periods, columns, { constants, range: { first, last, limit } })
  }

  get used(): BarBuilder['used'] {
    return this.#builder.used
  }

  push(batch: Batch, last: boolean): readonly Batch[] {
    this.rows = batch
    return [this.#builder.take(batch, last)]
  }
}

/** `undefined` if the table has no rows: there is no bar to date. */
export function openBars(
  run: Run,
  step: BarsStep,
  columns: readonly ReadColumn[],
  calendar: KnownCalendar,
): Bars | undefined {
  const { periods } = step
  if (periods.of === 'minutes') return new Bars(step, new MinutePeriods(periods.minutes, periods.rule), columns)
  const { period, end } = periods
  const last = plannedValue(run, periods.lastDate)
  if (last === undefined) return undefined
  const until = end === undefined || end > last ? last : end
  return new Bars(step, new SessionPeriods(period, calendar.need(), daysOf(until)), columns)
}
