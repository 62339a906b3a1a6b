import { basename } from 'node:path'
import type { Dataset } from '@stockdb/contract'
import { columnName, type StoredValue, tableName } from '@stockdb/contract/internal'
import type { Engine, MergedKey, UpsertCounts } from '../engine/engine.ts'
import { keepersOf } from '../engine/kept-values.ts'
import { looseKeyFields } from '../engine/merged-keys.ts'
import { ChangeSpan, hasOwnTables, recordChange } from '../engine/record-change.ts'
import { retryConflicts } from '../engine/retry-conflicts.ts'
import { type CsvOptions, readCsv } from './csv-source.ts'
import { ImportError } from './import-error.ts'
import { type DuplicateRule, RepeatedKeys, rowsMayRepeat } from './repeated-keys.ts'
import { RowReader } from './row-reader.ts'
import { refuseSecondKeys } from './second-keys.ts'
import type { SymbolOptions } from './symbol-reader.ts'
import { SymbolSpellings } from './symbol-spellings.ts'
import type { TextOptions } from './text-blocks.ts'

/** Rows written to the database in one go. */
const CHUNK_ROWS = 4_096

export interface ImportOptions extends TextOptions, SymbolOptions {
  readonly dataset: Dataset
  /** Ignores columns that the dataset does not have, instead of failing. */
  readonly ignoreUnknown: boolean
  /**
   * What to do with two rows of the file with the same key but different values; for the default see {@link
   * rowsMayRepeat}.
   */
  readonly onDuplicate?: DuplicateRule | undefined
  /** The text field with the code without its exchange, which follows from the symbol. */
  readonly bareCode?: string | undefined
  /** Values for fields that have no column in the file, written as in a cell. */
  readonly constants?: ReadonlyMap<string, string> | undefined
  readonly signal: AbortSignal
  /** Called now and then with the progress of the import. */
  readonly onProgress: (progress: ImportProgress) => void
  /** Called with a reason for people when the file is read again, because another write was in the way. */
  readonly onConflict?: ((reason: string) => void) | undefined
}

const LOCKED = 'another session holds a lock; trying again'
const CONFLICT = 'another write was in the way; trying again'

/** What happened to the rows of a file; {@link rows} counts all of them. */
export interface ImportResult extends UpsertCounts {
  readonly rows: number
  /** Rows skipped because an earlier row of the file with the same key was kept. */
  readonly kept: number
  /** Notes for people on values that were not taken literally. */
  readonly notes: readonly string[]
}

export interface ImportProgress {
  readonly rows: number
  /** Bytes read of the file as it is on disk. */
  readonly bytes: number
}

/**
 * Loads a CSV file into a dataset's table in one transaction. Rows replace existing rows with the same key, so
 * importing twice changes nothing; a failure leaves nothing behind. If another write conflicts (a deadlock), the file
 * is read again from the beginning. Columns that the file lacks stay unchanged. Throws an `ImportError` for a bad file
 * and a `StockdbError` if the database fails.
 */
export async function importFile(engine: Engine, file: string, options: ImportOptions): Promise<ImportResult> {
  const { dataset, signal, plainSymbols } = options
  const spellings =
    options.spellings ??
    (dataset.symbol === undefined || plainSymbols ? undefined : await SymbolSpellings.read(engine, dataset, signal))
  return retryConflicts(
    async () => {
      try {
        const result = await importOnce(engine, file, { ...options, spellings })
        spellings?.commit()
        return result
      } finally {
        spellings?.forget()
      }
    },
    signal,
    { onConflict: ({ isLockWait }) => options.onConflict?.(isLockWait ? LOCKED : CONFLICT) },
  )
}

async function importOnce(engine: Engine, file: string, options: ImportOptions): Promise<ImportResult> {
  const { dataset, signal, onProgress } = options
  const rule = options.onDuplicate ?? (rowsMayRepeat(dataset) ? 'refuse' : 'keep-last')
  let bytes = 0
  let rows = 0
  let kept = 0
  const counts = { inserted: 0, changed: 0, unchanged: 0 }
  let reader: RowReader | undefined
  let repeated: RepeatedKeys | undefined
  let chunk: StoredValue[][] = []
  let lines: number[] = []
  const { ddl } = engine.dialect
  const table = await engine.describe(tableName(dataset), signal)
  const loose = table ? looseKeyFields(engine.dialect, dataset, table) : []
  const keepers = table ? keepersOf(engine.dialect, dataset, table) : undefined
  // A database that no server writes to may lack the tables, and then nobody can listen either.
  const recorded = await hasOwnTables(engine, signal)
  let span: ChangeSpan | undefined
  const transaction = await engine.begin(signal)
  try {
    const flush = async (fields: readonly string[]): Promise<void> => {
      const { inserted, changed, unchanged } = await transaction.upsert(dataset, fields, chunk)
      counts.inserted += inserted
      counts.changed += changed
      counts.unchanged += unchanged
      const looseOfFile = loose.filter((name) => fields.includes(name))
      if (looseOfFile.length > 0) {
        const merged = await transaction.findMerged(dataset, fields, chunk, looseOfFile)
        if (merged) throw mergedRow(file, lines[merged.row], dataset, fields, chunk[merged.row] ?? [], merged)
      }
      span?.add(chunk)
      rows += chunk.length
      chunk = []
      lines = []
      onProgress({ rows, bytes })
    }
    const count = (more: number): void => {
      bytes += more
    }
    const reading = { ...options, emptyTexts: Object.values(dataset.fields).some(({ type }) => type === 'text') }
    for await (const record of readCsv(file, reading, signal, count)) {
      if (!reader) {
        reader = new RowReader(file, dataset, record, { ...options, keepers })
        span = new ChangeSpan(dataset, reader.fields)
        if (ddl.upsertsByAnyUniqueIndex) refuseSecondKeys(ddl, dataset, reader.fields, table)
        if (rule !== 'keep-last') repeated = new RepeatedKeys(dataset, reader.fields)
        continue
      }
      const values = reader.read(record)
      const earlier = repeated && conflictOf(repeated, file, values, record.line)
      if (repeated && earlier !== undefined) {
        if (rule === 'keep-first') {
          kept++
          continue
        }
        const first = await valuesAt(file, reading, reader, earlier)
        const reason = `it has the key of line ${earlier} ${repeated.describe(first, values)}`
        throw new ImportError(
          basename(file),
          record.line,
          `${reason}; --on-duplicate keep-first or keep-last chooses one`,
        )
      }
      chunk.push(values)
      lines.push(record.line)
      if (chunk.length === CHUNK_ROWS) await flush(reader.fields)
    }
    if (!reader)
      throw new ImportError(basename(file), undefined, 'it is empty; expected a header line with column names')
    if (chunk.length > 0) await flush(reader.fields)
    if (recorded && span && rows > 0) {
      const change = { dataset, span: span.span, ...counts, deleted: 0, by: 'stockdb import', at: new Date() }
      await recordChange(engine.dialect, transaction, change)
    }
    await transaction.commit()
    return { rows: rows + kept, ...counts, kept, notes: reader.notes }
  } catch (error) {
    await transaction.rollback()
    throw error
  }
}

/** The table treats two codes as equal: the row would replace the row of the other code. */
function mergedRow(
  file: string,
  line: number | undefined,
  dataset: Dataset,
  fields: readonly string[],
  row: readonly StoredValue[],
  { stored }: MergedKey,
): ImportError {
  const own = Object.fromEntries(dataset.key.map((name) => [name, row[fields.indexOf(name)] ?? null]))
  const show = (key: Readonly<Record<string, StoredValue>>): string =>
    Object.entries(key)
      .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
      .join(', ')
  const columns = Object.keys(stored)
    .map((name) => columnName(dataset, name))
    .join(', ')
  return new ImportError(
    basename(file),
    line,
    `its key (${show(own)}) would replace the row of another key (${show({ ...own, ...stored })}), because the table ${tableName(dataset)} treats the two as equal; expected one spelling, or a collation of ${columns} that compares bytes`,
  )
}

function conflictOf(
  repeated: RepeatedKeys,
  file: string,
  values: readonly StoredValue[],
  line: number,
): number | undefined {
  try {
    return repeated.conflictOf(values, line)
  } catch (error) {
    if (error instanceof RangeError) throw new ImportError(basename(file), line, error.message, { cause: error })
    throw error
  }
}

/** Reads a row of the file again: only its position is remembered. */
async function valuesAt(
  file: string,
  options: ImportOptions & CsvOptions,
  reader: RowReader,
  line: number,
): Promise<StoredValue[]> {
  for await (const record of readCsv(file, options, options.signal, () => {}))
    if (record.line === line) return reader.read(record)
  throw new ImportError(basename(file), line, 'the file changed while it was read')
}
