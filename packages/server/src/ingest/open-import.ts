import { basename } from 'node:path'
import type { Catalogue, Dataset, Notation } from '@stockdb/contract'
import { rolesOf, tableName } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import type { Engine } from '../engine/engine.ts'
import { createMissingTables } from '../engine/migration.ts'
import { withOwnTables } from '../engine/own-tables.ts'
import { meetsByKey } from '../engine/schema.ts'
import { TableGuard } from '../engine/table-guard.ts'
import type { Log } from '../telemetry/log.ts'
import { type ImportProgress, type ImportResult, importFile } from './import-file.ts'
import type { DuplicateRule } from './repeated-keys.ts'
import { SymbolSpellings } from './symbol-spellings.ts'

/** What files are to be imported, and how; plain data, because it may be sent to a server. */
export interface ImportRequest {
  readonly dataset: string
  readonly ignoreUnknown?: boolean | undefined
  readonly onDuplicate?: DuplicateRule | undefined
  /** Values for fields that have no column in the files. */
  readonly constants?: Readonly<Record<string, string>> | undefined
  readonly encoding?: string | undefined
  readonly allowNoNewline?: true | undefined
  readonly plainSymbols?: true | undefined
  readonly notation?: Notation | undefined
}

/** Imports one file after the other into a dataset. */
export interface FileImporter {
  import(file: string, signal: AbortSignal, onProgress: (progress: ImportProgress) => void): Promise<ImportResult>
  close(): Promise<void>
}

/** Prepares the table of a dataset for files, and reads which codes it has. */
export async function openImport(
  engine: Engine,
  catalogue: Catalogue,
  request: ImportRequest,
  log: Log,
  signal: AbortSignal,
): Promise<Pick<FileImporter, 'import'>> {
  const dataset = datasetNamed(catalogue, request.dataset)
  await prepareTable(engine, dataset, log, signal)
  const { stocks: ofStocks } = rolesOf(catalogue)
  const stocks = ofStocks?.dataset.name
  const { constants, ignoreUnknown = false, ...options } = request
  const spellings =
    request.plainSymbols || dataset.symbol === undefined
      ? undefined
      : await SymbolSpellings.read(engine, dataset, signal)
  return {
    import: (file, signal, onProgress) =>
      importFile(engine, file, {
        ...options,
        dataset,
        ignoreUnknown,
        constants: constants && new Map(Object.entries(constants)),
        ofStocks: stocks !== undefined && (dataset.name === stocks || dataset.symbols === stocks),
        bareCode: dataset.name === stocks ? ofStocks?.bareCode : undefined,
        spellings,
        signal,
        onProgress,
        onConflict: (reason) => log.warn(`${basename(file)}: ${reason}`),
      }),
  }
}

/** The dataset that `--dataset` names. */
export function datasetNamed(catalogue: Catalogue, name: string): Dataset {
  const dataset = Object.hasOwn(catalogue, name) ? catalogue[name] : undefined
  if (dataset) return dataset
  throw new StockdbError(
    'INVALID_INPUT',
    `--dataset: got "${name}"; expected one of ${Object.keys(catalogue).join(', ')}`,
  )
}

/**
 * The embedded database gets its table automatically; a database of the user's own is changed only by "stockdb
 * migrate".
 */
async function prepareTable(engine: Engine, dataset: Dataset, log: Log, signal: AbortSignal): Promise<void> {
  if (await engine.managed()) await createMissingTables(engine, withOwnTables({ [dataset.name]: dataset }), signal)
  await new TableGuard(engine, log).check(dataset)
  const table = await engine.describe(tableName(dataset), signal)
  if (!table || meetsByKey(engine.dialect.ddl, dataset, table)) return
  throw new StockdbError(
    'SCHEMA_MISMATCH',
    `the table ${tableName(dataset)} has no primary or unique key (${dataset.key.join(', ')}), so rows that exist already would be inserted again; add one, or import into a table that stockdb created`,
  )
}
