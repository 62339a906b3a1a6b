import type { ReadBatch, ReadQuery, Snapshot } from '../../engine/engine.ts'
import type { ApartRead } from '../../plan/adjust/factors-apart.ts'
import { fieldOf } from '../../plan/columns.ts'
import { datasetOf } from '../../plan/plan-context.ts'
import { readFewFactorSteps } from '../operators/read-factor-steps.ts'
import { queryOf, type Run } from '../run.ts'
import { SteppedFactors } from './stepped-factors.ts'

/** The most factor changes in memory, at 16 bytes each: where there are more, the database joins them. */
const MOST_STEPS = 1_000_000

/**
 * Reads factors and then rows, and joins them: the same batches as those of `query`, which has the database do it. Both are read in
 * one state of the database, which ends with the last row.
 */
export async function* joinHere(
  run: Run,
  state: Snapshot,
  read: ApartRead,
  query: ReadQuery,
  mostSteps = MOST_STEPS,
): AsyncGenerator<ReadBatch, void, undefined> {
  const { factor: factorsOf, apart: _, ...plain } = read
  const { symbols, start, end } = plain
  const dataset = datasetOf(run.cache, read.dataset)
  const { factor = '' } = dataset.adjustment ?? {}
  const steps = await readFewFactorSteps(
    run,
    { read: 'factors', dataset: factorsOf, factor, symbols },
    { since: start, until: end },
    mostSteps,
  )
  if (!steps) {
    yield* state.readLast(query, run.signal)
    return
  }
  const rows = queryOf(run, plain)
  const at = (role: 'symbol' | 'date'): number => read.fields.indexOf(fieldOf(dataset, role))
  const factors = new SteppedFactors(steps, { symbol: at('symbol'), date: at('date') }, {})
  let memory = new Float64Array()
  for await (const { batch, last } of state.readLast(rows, run.signal)) {
    const { numRows, vectors } = batch
    if (memory.length < numRows) memory = new Float64Array(numRows)
    const values = memory.subarray(0, numRows)
    factors.fill(batch, values)
    const joined = { type: 'float64', values, validity: undefined, nullCount: 0 } as const
    yield { batch: { numRows, vectors: [...vectors, joined] }, last }
  }
}
