import { basename } from 'node:path'
import type { Dataset, StoredValue } from '@stockdb/contract'
import type { Engine } from '../engine/engine.ts'
import { readCsv } from './csv-source.ts'
import { ImportError } from './import-error.ts'
import { RowReader } from './row-reader.ts'

/** Rows that are handed to the database at once. */
const CHUNK_ROWS = 4_096

export interface ImportOptions {
  readonly dataset: Dataset
  /** Leaves out columns that the dataset does not have, instead of failing. */
  readonly ignoreUnknown: boolean
  readonly signal: AbortSignal
  /** Told now and then how far the import is. */
  readonly onProgress: (progress: ImportProgress) => void
}

export interface ImportProgress {
  readonly rows: number
  /** Bytes read of the file as it lies on disk. */
  readonly bytes: number
}

/**
 * Loads a CSV file into a dataset's table, in one transaction: rows with a key that is there replace it, so importing
 * twice changes nothing, and a failure leaves nothing behind. Columns that the file lacks stay as they are. Resolves
 * to the number of rows; throws an `ImportError` for a bad file, a `StockdbError` when the database fails.
 */
export async function importFile(engine: Engine, file: string, options: ImportOptions): Promise<number> {
  const { dataset, ignoreUnknown, signal, onProgress } = options
  let bytes = 0
  let rows = 0
  let reader: RowReader | undefined
  let chunk: StoredValue[][] = []
  const transaction = await engine.begin(signal)
  try {
    const flush = async (fields: readonly string[]): Promise<void> => {
      await transaction.upsert(dataset, fields, chunk)
      rows += chunk.length
      chunk = []
      onProgress({ rows, bytes })
    }
    const count = (more: number): void => {
      bytes += more
    }
    for await (const record of readCsv(file, signal, count)) {
      if (!reader) {
        reader = new RowReader(file, dataset, record, ignoreUnknown)
        continue
      }
      chunk.push(reader.read(record))
      if (chunk.length === CHUNK_ROWS) await flush(reader.fields)
    }
    if (!reader)
      throw new ImportError(basename(file), undefined, 'it is empty; expected a header line with column names')
    if (chunk.length > 0) await flush(reader.fields)
    await transaction.commit()
    return rows
  } catch (error) {
    await transaction.rollback()
    throw error
  }
}
