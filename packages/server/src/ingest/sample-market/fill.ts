import type { StoredValue } from '@stockdb/contract/internal'
import type { Engine } from '../../engine/engine.ts'
import type { SampleTable } from './table.ts'

/** Rows written to the database in one go. */
const CHUNK_ROWS = 4_096

/**
 * Writes the tables of a sample market in one transaction: all of them or nothing; running it again changes nothing.
 * Resolves to the row count of each dataset by name. Throws a `StockdbError` if the database fails.
 */
export async function fillSample(
  engine: Engine,
  tables: readonly SampleTable[],
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const transaction = await engine.begin(signal)
  try {
    for (const { dataset, rows } of tables) {
      const fields = Object.keys(dataset.fields)
      let count = 0
      for (const chunk of chunks(rows)) {
        await transaction.upsert(dataset, fields, chunk)
        count += chunk.length
      }
      counts.set(dataset.name, count)
    }
    await transaction.commit()
    return counts
  } catch (error) {
    await transaction.rollback()
    throw error
  }
}

function* chunks(rows: SampleTable['rows']): Generator<(readonly StoredValue[])[]> {
  let chunk: (readonly StoredValue[])[] = []
  for (const row of rows) {
    chunk.push(row)
    if (chunk.length < CHUNK_ROWS) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}
