import type { Dataset } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import type { Engine } from '@stockdb/server'

/** Writes rows through the engine in one transaction; values are in the order of `fields`, by default all fields. */
export async function writeRows(
  engine: Engine,
  dataset: Dataset,
  rows: readonly (readonly StoredValue[])[],
  fields: readonly string[] = Object.keys(dataset.fields),
): Promise<void> {
  const transaction = await engine.begin(new AbortController().signal)
  try {
    await transaction.upsert(dataset, fields, rows)
    await transaction.commit()
  } catch (error) {
    await transaction.rollback()
    throw error
  }
}
