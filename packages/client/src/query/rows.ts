import { isValid, plainValues } from '@stockdb/contract/wire'
import type { IncomingBatch } from '../links/frame-reader.ts'

/** The rows of a batch as objects, `chunkSize` at a time. Null is null, in numbers too. */
export function* rowChunks({ header, batch }: IncomingBatch, chunkSize: number): Generator<Record<string, unknown>[]> {
  const columns = header.fields.map(({ name }, index) => {
    const vector = batch.vectors[index]
    if (!vector) throw new TypeError(`the batch has no column ${name}`)
    return { name, vector, values: plainValues(vector) }
  })
  for (let from = 0; from < batch.numRows; from += chunkSize) {
    const length = Math.min(chunkSize, batch.numRows - from)
    yield Array.from({ length }, (_, at) => {
      const row: Record<string, unknown> = {}
      for (const { name, vector, values } of columns) row[name] = isValid(vector, from + at) ? values[from + at] : null
      return row
    })
  }
}
