import { type Plain, plainValues, StockdbError } from '@stockdb/contract/wire'
import type { ReadQuery, RowSource } from '../engine/engine.ts'
import { withoutRepeats } from './read-rows.ts'

/** Rows that a read inside the server may have; what answers a caller is streamed instead. */
const MAX_ROWS = 1_000_000

/** Reads a whole result into columns of plain values, for small reads that a procedure needs itself. */
export async function collect(source: RowSource, query: ReadQuery, signal: AbortSignal): Promise<Plain[]> {
  const columns = query.columns.map((): (string | number | bigint | boolean | null)[] => [])
  for await (const { batch } of withoutRepeats(source.read(query, signal), query)) {
    if ((columns[0]?.length ?? 0) + batch.numRows > MAX_ROWS)
      throw new StockdbError('INTERNAL', 'an internal read is too long')
    batch.vectors.forEach((vector, index) => {
      for (const value of plainValues(vector)) columns[index]?.push(value)
    })
  }
  return columns
}
