import type { Batch } from '@stockdb/contract/wire'
import type { ChangeFields } from '../plan/change-fields.ts'
import { requireFinite } from './finite.ts'
import { floatVector } from './nulls.ts'

/**
 * Recomputes the changes of a batch, in its own memory: change = close − previous close, percent change = change ÷ previous
 * close × scale, both null where either close is, and the second where the previous close is 0. A batch without the two closes keeps its changes as they are, and so do the rows that are
 * marked in `left`.
 */
export function recomputeChanges(
  batch: Batch,
  names: readonly string[],
  { change, percentChange, close, previousClose, percentScale = 100 }: ChangeFields,
  left?: Uint8Array | undefined,
): Batch {
  const floats = (name: string | undefined): Float64Array | undefined => {
    const vector = name === undefined ? undefined : batch.vectors[names.indexOf(name)]
    return vector?.type === 'float64' ? vector.values : undefined
  }
  const [closes, previous] = [floats(close), floats(previousClose)]
  const [changes, percents] = [floats(change), floats(percentChange)]
  if (!closes || !previous) return batch
  for (let row = 0; row < batch.numRows; row++) {
    if (left?.[row]) continue
    const difference = (closes[row] as number) - (previous[row] as number)
    if (changes) changes[row] = difference
    // Divided by zero is null, as everywhere.
    if (percents)
      percents[row] = previous[row] === 0 ? Number.NaN : (difference / (previous[row] as number)) * percentScale
  }
  if (changes) requireFinite(changes, change ?? close)
  if (percents) requireFinite(percents, percentChange ?? close)
  // What was stored may have been null where what is computed is not, and the other way round.
  const vectors = batch.vectors.map((vector) =>
    vector.type === 'float64' && (vector.values === changes || vector.values === percents)
      ? floatVector(vector.values)
      : vector,
  )
  return { ...batch, vectors }
}
