import { dateOf, daysOf } from '@stockdb/contract/internal'
import type { Batch, FrameTrailer } from '@stockdb/contract/wire'
import { plainValues } from '@stockdb/contract/wire'
import type { ReadColumn } from '../../engine/engine.ts'
import { FACTOR_COLUMN } from '../../plan/adjust/factor.ts'
import type { LatestRead } from '../../plan/read-types.ts'
import type { AdjustStep, FactorHistory, RowsBefore } from '../../plan/step.ts'
import { Adjuster } from '../adjust/adjuster.ts'
import type { MissingFactorCount } from '../adjust/missing-factors.ts'
import { JoinedFactors, type RowFactors } from '../adjust/row-factors.ts'
import { SteppedFactors } from '../adjust/stepped-factors.ts'
import { collectRead, plannedValue, queryOf, type Run } from '../run.ts'
import type { Operator } from './operator.ts'
import { readFactorSteps } from './read-factor-steps.ts'

/** Makes the factors of rows with these columns. */
type FactorsFor = (at: Places) => RowFactors

interface Places {
  readonly symbol: number
  readonly date: number
  readonly factor: number
}

/** Adjusts prices. */
export class Adjust implements Operator {
  readonly #adjuster: Adjuster
  readonly factorsFor: FactorsFor

  constructor(step: AdjustStep, columns: readonly ReadColumn[], factorsFor: FactorsFor, missing?: MissingFactorCount) {
    const names = columns.map(({ name }) => name)
    const { symbol, date } = step
    const at = { symbol: names.indexOf(symbol), date: names.indexOf(date), factor: names.indexOf(FACTOR_COLUMN) }
    this.factorsFor = factorsFor
    this.#adjuster = new Adjuster(step, names, { symbol, date }, factorsFor(at), missing)
  }

  get missing(): MissingFactorCount {
    return this.#adjuster.missing
  }

  push(batch: Batch, last: boolean): readonly Batch[] {
    const adjusted = this.#adjuster.take(batch)
    if (!this.#adjuster.refuses) return [adjusted]
    // The rest is read as well, so that the error names all symbols.
    if (last) throw this.#adjuster.missing.error()
    return []
  }

  end(trailer: FrameTrailer): FrameTrailer {
    const missingFactor = this.missing.report()
    return missingFactor ? { ...trailer, missingFactor } : trailer
  }
}

/** Reads what adjusting needs besides the rows. `outer` adjusts the rows of the enclosing plan. */
export function openAdjust(
  run: Run,
  step: AdjustStep,
  columns: readonly ReadColumn[],
  outer?: Adjust,
): Adjust | Promise<Adjust> {
  const made = (factorsFor: FactorsFor): Adjust => new Adjust(step, columns, factorsFor, outer?.missing)
  const anchor = step.anchor === undefined ? undefined : plannedValue(run, step.anchor)
  const { factors } = step
  switch (factors.from) {
    case 'rows':
      // Without an anchor nothing is read.
      if (!factors.atAnchor && !step.before) return made(joined(new Map(), new Map()))
      return openJoined(run, step, anchor, factors.atAnchor).then(made)
    case 'history':
      return openHistory(run, step, anchor, factors).then(made)
    case 'outer plan':
      if (!outer) throw new TypeError('there is no outer plan')
      return new Adjust(step, columns, outer.factorsFor, outer.missing)
  }
}

async function openJoined(
  run: Run,
  { before }: AdjustStep,
  anchor: string | undefined,
  atAnchor: LatestRead | undefined,
): Promise<FactorsFor> {
  const [symbols = [], factors = []] = anchor === undefined || !atAnchor ? [] : await collectRead(run, atAnchor)
  // A symbol whose factor is null has a null here.
  const anchors = new Map(Array.from(symbols, (symbol, row) => [String(symbol), Number(factors[row] ?? Number.NaN)]))
  const rows = before ? await readBefore(run, before) : new Map<string, RowBefore>()
  const factorBefore = new Map(Array.from(rows, ([symbol, { factor }]) => [symbol, factor]))
  return joined(anchors, factorBefore)
}

/** The factors of the rows themselves, those at the anchor and those of the rows before, by symbol. */
const joined =
  (anchors: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>): FactorsFor =>
  (at) =>
    new JoinedFactors(at.factor, anchors, before)

async function openHistory(
  run: Run,
  step: AdjustStep,
  anchor: string | undefined,
  history: FactorHistory,
): Promise<FactorsFor> {
  const rows = step.before ? await readBefore(run, step.before) : new Map<string, RowBefore>()
  const until = lastDayNeeded(step, history, anchor)
  const since = firstDayNeeded(step, history, anchor)
  const steps = await readFactorSteps(run, history.read, { since, until })
  const daysBefore = new Map(Array.from(rows, ([symbol, { day }]) => [symbol, day]))
  return (at) =>
    new SteppedFactors(steps, at, { daysBefore, ...(anchor === undefined ? {} : { anchor: daysOf(anchor) }) })
}

interface RowBefore {
  readonly day: number
  /** NaN if there is none, or it is not joined. */
  readonly factor: number
}

/** The row before each symbol's first row of the answer. */
async function readBefore(run: Run, { read, skip }: RowsBefore): Promise<Map<string, RowBefore>> {
  const found = new Map<string, RowBefore & { last: number; dates: number }>()
  for await (const { batch } of run.source.read(queryOf(run, read), run.signal)) {
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

/** The first day for which a factor is needed; `undefined` for any day. */
function firstDayNeeded(
  { ofRowBefore }: AdjustStep,
  { start }: FactorHistory,
  anchor: string | undefined,
): string | undefined {
  if (start === undefined || ofRowBefore) return undefined
  // Bars of minutes take rows from somewhat before it.
  const first = dateOf(daysOf(start) - 1)
  return anchor !== undefined && anchor < first ? anchor : first
}

/** The last day for which a factor is needed; `undefined` if unknown. */
function lastDayNeeded(step: AdjustStep, { end }: FactorHistory, anchor: string | undefined): string | undefined {
  // A given anchor does not say where the rows end; a default one does.
  if (end === undefined) return typeof step.anchor === 'string' ? undefined : anchor
  return anchor !== undefined && anchor > end ? anchor : end
}
