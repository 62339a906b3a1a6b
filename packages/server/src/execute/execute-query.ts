import type { FrameChunk, FrameField, FrameSource, Vector } from '@stockdb/contract/wire'
import type { Engine } from '../engine/engine.ts'
import { noNumber } from '../engine/query-refusals.ts'
import type { TreeQuery } from '../plan/tree/compile-tree.ts'
import { ownQueryHeader } from './own-query-header.ts'

/** Answers a query of a caller's own, batch by batch. */
export function executeQuery(engine: Engine, treeQuery: TreeQuery, signal: AbortSignal): FrameSource {
  return { header: ownQueryHeader('query', treeQuery.fields), chunks: chunks(engine, treeQuery, signal) }
}

async function* chunks(
  engine: Engine,
  { query, fields, computed }: TreeQuery,
  signal: AbortSignal,
): AsyncGenerator<FrameChunk> {
  let rows = 0
  for await (const { batch, last } of engine.read(query, signal)) {
    for (const at of computed) checkNumbers(batch.vectors[at] as Vector, fields[at] as FrameField)
    rows += batch.numRows
    yield last ? { batch, trailer: { rows, complete: true } } : { batch }
  }
}

/**
 * Throws if a number is invalid. What MySQL says of most of them, SQLite does not: its numbers become infinite, or null;
 * and MySQL lets the sum of a window stand at the greatest double.
 */
function checkNumbers({ values, nullCount }: Vector, { name, nullable }: FrameField): void {
  let fits = nullable || nullCount === 0
  // What stands for a null is not a number, and passes.
  for (const value of values as Float64Array) if (Math.abs(value) >= Number.MAX_VALUE) fits = false
  if (!fits) throw noNumber(`the column "${name}"`)
}
