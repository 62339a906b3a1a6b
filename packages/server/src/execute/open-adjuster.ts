import { dateOf, daysOf } from '@stockdb/contract/internal'
import { plainValues } from '@stockdb/contract/wire'
import type { ReadQuery, RowSource } from '../engine/engine.ts'
import { Adjuster } from '../plan/adjust/adjuster.ts'
import { FACTOR_COLUMN } from '../plan/adjust/factor.ts'
import type { MissingFactorCount } from '../plan/adjust/missing-factors.ts'
import { JoinedFactors, type RowFactors } from '../plan/adjust/row-factors.ts'
import { SteppedFactors } from '../plan/adjust/stepped-factors.ts'
import type { Adjustment, QueryPlan, RowsBefore } from '../plan/planner.ts'
import { collect } from './collect.ts'
import { readFactorSteps } from './factor-steps.ts'
import type { LastDates } from './last-dates.ts'
import { withoutRepeats } from './read-rows.ts'

/** What adjusts the rows of an answer. */
export interface OpenedAdjuster {
  /** The date whose factor qfq divides by; absent when the answer has no row, and no end was given. */
  readonly anchor?: string
  /** Whether it adjusts the rows before those of the question, too. */
  readonly ofAnyRows: boolean
  /** Made when it is known which columns are read; `missing` counts the rows without a factor, of other answers too. */
  readonly adjusterFor: (columns: ReadQuery['columns'], missing?: MissingFactorCount) => Adjuster
}

/**
 * Reads what adjusting takes besides the rows: the anchor and its factors, or all factors where they are not joined to the
 * rows; with those before the first row if `withRowsBefore`.
 */
export async function openAdjuster(
  source: RowSource,
  { dataset, adjustment }: QueryPlan,
  lastDates: LastDates,
  signal: AbortSignal,
  withRowsBefore = false,
): Promise<OpenedAdjuster | undefined> {
  const { symbol, date } = dataset
  if (!adjustment || symbol === undefined || date === undefined) return undefined
  const anchor =
    adjustment.plan.adjust === 'qfq' ? (adjustment.anchor ?? (await lastDates.ofAnswer(adjustment))) : undefined
  const open = adjustment.joined ? openJoined : openStepped
  const factorsFor = await open(
    source,
    withRowsBefore ? { ...adjustment, start: undefined } : adjustment,
    anchor,
    signal,
  )
  return {
    ...(anchor === undefined ? {} : { anchor }),
    ofAnyRows: withRowsBefore && !adjustment.joined && !adjustment.plan.ofRowBefore,
    adjusterFor: (columns, missing) => {
      const names = columns.map(({ name }) => name)
      const at = { symbol: names.indexOf(symbol), date: names.indexOf(date), factor: names.indexOf(FACTOR_COLUMN) }
      return new Adjuster(adjustment.plan, names, { symbol, date }, factorsFor(at), missing)
    },
  }
}

interface Places {
  readonly symbol: number
  readonly date: number
  readonly factor: number
}

async function openJoined(
  source: RowSource,
  { anchorFactors, rowsBefore }: Adjustment,
  anchor: string | undefined,
  signal: AbortSignal,
): Promise<(at: Places) => RowFactors> {
  const [symbols = [], factors = []] = anchor === undefined ? [] : await collect(source, anchorFactors(anchor), signal)
  // A null came for a symbol whose factor is null.
  const atAnchor = new Map(Array.from(symbols, (symbol, row) => [String(symbol), Number(factors[row] ?? Number.NaN)]))
  const before = rowsBefore ? await readBefore(source, rowsBefore, signal) : new Map<string, RowBefore>()
  const factorBefore = new Map(Array.from(before, ([symbol, { factor }]) => [symbol, factor]))
  return (at) => new JoinedFactors(at.factor, atAnchor, factorBefore)
}

async function openStepped(
  source: RowSource,
  adjustment: Adjustment,
  anchor: string | undefined,
  signal: AbortSignal,
): Promise<(at: Places) => RowFactors> {
  const { factorRows, rowsBefore, symbols } = adjustment
  const before = rowsBefore ? await readBefore(source, rowsBefore, signal) : new Map<string, RowBefore>()
  const until = lastDayNeeded(adjustment, anchor)
  const since = firstDayNeeded(adjustment, anchor)
  const steps = await readFactorSteps(
    adjustment.factors,
    (wanted) => {
      const query = factorRows(wanted)
      return withoutRepeats(source.read(query, signal), query)
    },
    { symbols, since, until },
  )
  const daysBefore = new Map(Array.from(before, ([symbol, { day }]) => [symbol, day]))
  return (at) =>
    new SteppedFactors(steps, at, { daysBefore, ...(anchor === undefined ? {} : { anchor: daysOf(anchor) }) })
}

interface RowBefore {
  readonly day: number
  /** NaN where there is none, or it is not joined. */
  readonly factor: number
}

/** Of each symbol the row before the first one of the answer. */
async function readBefore(
  source: RowSource,
  { query, skip }: RowsBefore,
  signal: AbortSignal,
): Promise<Map<string, RowBefore>> {
  const found = new Map<string, RowBefore & { last: number; dates: number }>()
  for await (const { batch } of source.read(query(), signal)) {
    const [symbols = [], days = [], factors = []] = batch.vectors.map(plainValues)
    for (let row = 0; row < batch.numRows; row++) {
      const [symbol, day] = [String(symbols[row]), daysOf(String(days[row]))]
      const known = found.get(symbol)
      if (!known) found.set(symbol, { day, factor: Number(factors[row] ?? Number.NaN), last: day, dates: 1 })
      else if (known.last !== day) {
        known.last = day
        known.dates++
      }
    }
  }
  return new Map([...found].filter(([, { dates }]) => dates > skip))
}

/** The first day that a factor is looked up for; `undefined` where it may be any. */
function firstDayNeeded({ start, plan }: Adjustment, anchor: string | undefined): string | undefined {
  if (start === undefined || plan.ofRowBefore) return undefined
  // Bars of minutes take rows from somewhat before it.
  const first = dateOf(daysOf(start) - 1)
  return anchor !== undefined && anchor < first ? anchor : first
}

/** The last day of which a factor is needed; `undefined` where there is no telling. */
function lastDayNeeded({ end, anchor: given }: Adjustment, anchor: string | undefined): string | undefined {
  // An anchor that was given says nothing of where the rows end; one that was found is where they end.
  if (end === undefined) return given === undefined ? anchor : undefined
  return anchor !== undefined && anchor > end ? anchor : end
}
