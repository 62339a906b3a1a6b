import type { ReadBatch, ReadQuery } from '../engine/engine.ts'
import { Repeats } from './repeats/repeats.ts'

/**
 * The batches of a read, without repeats of its key where the database lets them in: a repeat throws `DUPLICATE_KEY`, or is
 * left out, as the dataset says. Rows behind a limit are not looked at.
 */
export function withoutRepeats(
  batches: AsyncIterable<ReadBatch>,
  { repeats, columns }: ReadQuery,
  limit?: number,
): AsyncIterable<ReadBatch> {
  return repeats ? looked(batches, new Repeats(repeats, columns, limit)) : batches
}

async function* looked(batches: AsyncIterable<ReadBatch>, repeats: Repeats): AsyncGenerator<ReadBatch> {
  for await (const { batch, last } of batches) yield { batch: repeats.take(batch), last }
}
