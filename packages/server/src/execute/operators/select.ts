import type { Batch } from '@stockdb/contract/wire'
import type { Operator } from './operator.ts'

/** Keeps the first columns; the others were read to compute them. */
export const select = (fields: number): Operator => ({
  push: (batch: Batch) => [
    batch.vectors.length === fields ? batch : { ...batch, vectors: batch.vectors.slice(0, fields) },
  ],
})
