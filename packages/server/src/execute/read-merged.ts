import type { Engine, RowSource } from '../engine/engine.ts'
import { datasetOf } from '../plan/plan-context.ts'
import type { QueryCache } from '../plan/prepared-query.ts'
import type { RepeatRead } from '../plan/read-types.ts'
import { requireUnique } from './require-unique.ts'

/**
 * Reads from tables in which keys may repeat: looks for repeats first, in the same state of the database where its tables
 * keep one, and gives the cache of queries that read one row of each key.
 */
export async function readMerged<Result>(
  { engine, cache }: { readonly engine: Engine; readonly cache: QueryCache },
  checks: readonly RepeatRead[],
  signal: AbortSignal,
  read: (source: RowSource, cache: QueryCache) => Promise<Result>,
): Promise<Result> {
  if (checks.length === 0) return read(engine, cache)
  const datasets = checks.flatMap(({ dataset }) => cache.tablesOf(datasetOf(cache, dataset)))
  for (const dataset of datasets) {
    if (!(await engine.keepsTransactions(dataset, signal)))
      return read(engine, cache.merging(await requireUnique({ source: engine, cache, signal }, checks)))
  }
  const snapshot = await engine.snapshot(datasets, signal)
  try {
    return await read(snapshot, cache.merging(await requireUnique({ source: snapshot, cache, signal }, checks)))
  } finally {
    snapshot.end()
  }
}
