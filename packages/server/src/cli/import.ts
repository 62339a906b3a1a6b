import type { Catalogue, Dataset, Notation } from '@stockdb/contract'
import { notations, rolesOf, tableName } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Engine } from '../engine/engine.ts'
import { createMissingTables } from '../engine/migration.ts'
import { openEngine } from '../engine/open.ts'
import { withOwnTables } from '../engine/own-tables.ts'
import { hasKey } from '../engine/schema.ts'
import { TableGuard } from '../engine/table-guard.ts'
import { importFile } from '../ingest/import-file.ts'
import { type DuplicateRule, duplicateRules } from '../ingest/repeated-keys.ts'
import type { SymbolOptions } from '../ingest/symbol-reader.ts'
import { SymbolSpellings } from '../ingest/symbol-spellings.ts'
import { isEncoding } from '../ingest/text-blocks.ts'
import { createCommandLog } from '../telemetry/command-log.ts'
import type { Log } from '../telemetry/log.ts'
import { type ConfigOptions, catalogueOf, configOption } from './catalogue-file.ts'
import { absentFile, tellOfNewFile } from './database-file.ts'
import { type DatabaseOptions, databaseAddress, databaseOption, dataOption } from './options.ts'
import { showProgress } from './progress.ts'

interface ImportCommandOptions extends DatabaseOptions, ConfigOptions {
  readonly dataset: string
  readonly ignoreUnknown?: true
  readonly onDuplicate?: DuplicateRule
  readonly set?: ReadonlyMap<string, string>
  readonly encoding?: string
  readonly allowNoNewline?: true
  readonly plainSymbols?: true
  readonly symbols?: Notation
}

export function importCommand(): Command {
  return new Command('import')
    .description(
      'Load CSV files, gzipped or not, into a dataset. Each file is loaded completely or not at all; loading it twice changes nothing.',
    )
    .argument(
      '<file...>',
      'CSV files with a header of column names, separated by commas or tabs; dates as YYYYMMDD or YYYY-MM-DD',
    )
    .addOption(new Option('--dataset <name>', 'dataset to load into').makeOptionMandatory())
    .addOption(new Option('--ignore-unknown', 'ignore columns that the dataset does not have'))
    .addOption(
      new Option(
        '--on-duplicate <rule>',
        'what to do with rows of one file that have the same key but different values; by default statements and the like are refused, and other datasets keep the last',
      ).choices(duplicateRules),
    )
    .addOption(
      new Option(
        '--set <field=value>',
        'value for a field that has no column in the file, such as freq=1min',
      ).argParser(parseConstant),
    )
    .addOption(
      new Option(
        '--encoding <name>',
        'encoding of the files, such as gb18030, gbk, big5 or utf-16le; by default UTF-8, or UTF-16 with a byte order mark',
      ).argParser(parseEncoding),
    )
    .addOption(new Option('--allow-no-newline', 'accept files whose last row has no line end, which may be truncated'))
    .addOption(
      new Option(
        '--symbols <notation>',
        'rewrite codes of mainland China in this notation; six digits alone are read as a stock',
      ).choices(notations),
    )
    .addOption(
      new Option(
        '--plain-symbols',
        'accept codes as they are: those that look like numbers, such as 1 or 7203, and other spellings of a stock, such as sz000001',
      ).conflicts('symbols'),
    )
    .addOption(databaseOption())
    .addOption(dataOption())
    .addOption(configOption())
    .action(importFiles)
}

function find(catalogue: Catalogue, name: string): Dataset {
  const dataset = Object.hasOwn(catalogue, name) ? catalogue[name] : undefined
  if (dataset) return dataset
  throw new StockdbError(
    'INVALID_INPUT',
    `--dataset: got "${name}"; expected one of ${Object.keys(catalogue).join(', ')}`,
  )
}

function parseEncoding(label: string): string {
  if (isEncoding(label)) return label
  throw new InvalidArgumentError('Expected an encoding, such as gb18030, gbk, big5, utf-8 or utf-16le.')
}

function parseConstant(text: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const [name = '', ...rest] = text.split('=')
  if (name === '' || rest.length === 0) throw new InvalidArgumentError('Expected field=value, such as freq=1min.')
  return new Map([...before, [name, rest.join('=')]])
}

async function importFiles(files: readonly string[], options: ImportCommandOptions): Promise<void> {
  const catalogue = await catalogueOf(options)
  const dataset = find(catalogue, options.dataset)
  const stocks = rolesOf(catalogue).stocks?.dataset.name
  const log = createCommandLog()
  const absent = absentFile(options.database)
  const engine = openEngine(databaseAddress(options), log)
  tellOfNewFile(absent, process.stdout)
  const interrupted = new AbortController()
  const onSignal = (): void =>
    interrupted.abort(new StockdbError('CANCELLED', 'interrupted; nothing of this file was imported'))
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  try {
    await prepareTable(engine, dataset, log, interrupted.signal)
    const symbols: SymbolOptions = {
      plainSymbols: options.plainSymbols,
      notation: options.symbols,
      ofStocks: stocks !== undefined && (dataset.name === stocks || dataset.symbols === stocks),
      spellings:
        options.plainSymbols || dataset.symbol === undefined
          ? undefined
          : await SymbolSpellings.read(engine, dataset, interrupted.signal),
    }
    for (const file of files) await importOne(engine, file, { ...options, ...symbols, dataset }, interrupted.signal)
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    await engine.close()
  }
}

/**
 * The embedded database gets its table automatically; a database of the user's own is changed only by "stockdb
 * migrate".
 */
async function prepareTable(engine: Engine, dataset: Dataset, log: Log, signal: AbortSignal): Promise<void> {
  if (await engine.managed()) await createMissingTables(engine, withOwnTables({ [dataset.name]: dataset }), signal)
  await new TableGuard(engine, log).check(dataset)
  const table = await engine.describe(tableName(dataset), signal)
  if (!table || hasKey(engine.dialect.ddl, dataset, table)) return
  throw new StockdbError(
    'SCHEMA_MISMATCH',
    `the table ${tableName(dataset)} has no primary key (${dataset.key.join(', ')}), so rows that exist already would be inserted again; add one, or import into a table that stockdb created`,
  )
}

const count = (rows: number): string => rows.toLocaleString('en')

async function importOne(
  engine: Engine,
  file: string,
  {
    dataset,
    ignoreUnknown,
    set,
    ...options
  }: Omit<ImportCommandOptions, 'dataset' | 'plainSymbols' | 'symbols'> & SymbolOptions & { readonly dataset: Dataset },
  signal: AbortSignal,
): Promise<void> {
  const startedAt = performance.now()
  const progress = showProgress(file)
  try {
    const result = await importFile(engine, file, {
      dataset,
      ignoreUnknown: ignoreUnknown ?? false,
      constants: set,
      onDuplicate: options.onDuplicate,
      encoding: options.encoding,
      allowNoNewline: options.allowNoNewline,
      plainSymbols: options.plainSymbols,
      notation: options.notation,
      ofStocks: options.ofStocks,
      spellings: options.spellings,
      signal,
      onProgress: (state) => progress.update(state),
    })
    progress.stop()
    const seconds = (performance.now() - startedAt) / 1000
    for (const note of result.notes) process.stdout.write(`${file}: ${note}\n`)
    process.stdout.write(
      `${file}: ${count(result.rows)} rows into ${dataset.name} in ${seconds.toFixed(1)} s: ${count(result.inserted)} new, ${count(result.changed)} changed, ${count(result.unchanged)} unchanged, ${count(result.kept)} kept\n`,
    )
  } finally {
    progress.stop()
  }
}
