import type { Engine, RowSource } from '../engine/engine.ts'
import type { Merged } from '../engine/repeat-plan.ts'
import type { RepeatCheck } from '../plan/planner.ts'
import { demandUnique } from './demand-unique.ts'

/**
 * Reads from tables in which keys may repeat: looks for repeats first, in the same state of the database where its tables
 * keep one, and says which datasets are to be merged.
 */
export async function readMerged<Result>(
  engine: Engine,
  checks: readonly RepeatCheck[],
  signal: AbortSignal,
  read: (source: RowSource, merged: Merged | undefined) => Promise<Result>,
): Promise<Result> {
  if (checks.length === 0) return read(engine, undefined)
  const datasets = checks.map(({ dataset }) => dataset)
  for (const dataset of datasets) {
    if (!(await engine.keepsTransactions(dataset, signal)))
      return read(engine, await demandUnique(engine, checks, signal))
  }
  const snapshot = await engine.snapshot(datasets, signal)
  try {
    return await read(snapshot, await demandUnique(snapshot, checks, signal))
  } finally {
    snapshot.end()
  }
}
