import type { Catalogue, Notation } from '@stockdb/contract'
import { notations } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { Command, InvalidArgumentError, Option } from 'commander'
import { lockedFileOf, openEngine } from '../engine/open.ts'
import { datasetNamed, type FileImporter, type ImportRequest, openImport } from '../ingest/open-import.ts'
import { type DuplicateRule, duplicateRules } from '../ingest/repeated-keys.ts'
import { isEncoding } from '../ingest/text-blocks.ts'
import { importThrough } from '../ingest/through-server/import-through.ts'
import { createCommandLog } from '../telemetry/command-log.ts'
import { type ConfigOptions, catalogueOf, configOption } from './catalogue-file.ts'
import { absentFile, announceNewFile } from './database-file.ts'
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
  datasetNamed(catalogue, options.dataset)
  const interrupted = new AbortController()
  const onSignal = (): void =>
    interrupted.abort(new StockdbError('CANCELLED', 'interrupted; nothing of this file was imported'))
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  try {
    const importer = await openImporter(catalogue, options, interrupted.signal)
    try {
      for (const file of files) await importOne(importer, file, options.dataset, interrupted.signal)
    } finally {
      await importer.close()
    }
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}

/** Imports in this process, or in that of the server that has the database for itself. */
async function openImporter(
  catalogue: Catalogue,
  options: ImportCommandOptions,
  signal: AbortSignal,
): Promise<FileImporter> {
  const { set, symbols, ignoreUnknown, onDuplicate, encoding, allowNoNewline, plainSymbols } = options
  const request: ImportRequest = {
    ...{ dataset: options.dataset, ignoreUnknown, onDuplicate, encoding, allowNoNewline, plainSymbols },
    ...{ notation: symbols, constants: set && Object.fromEntries(set) },
  }
  const address = databaseAddress(options)
  const ownFile = lockedFileOf(address)
  const through = ownFile === undefined ? undefined : await importThrough(ownFile, request, signal)
  if (through) {
    process.stdout.write(`through the server that has the database, process ${through.pid}\n`)
    return through
  }
  const log = createCommandLog()
  const absent = absentFile(options.database)
  const engine = openEngine(address, log)
  announceNewFile(absent, process.stdout)
  try {
    const opened = await openImport(engine, catalogue, request, log, signal)
    return { ...opened, close: () => engine.close() }
  } catch (error) {
    await engine.close()
    throw error
  }
}

const count = (rows: number): string => rows.toLocaleString('en')

async function importOne(importer: FileImporter, file: string, dataset: string, signal: AbortSignal): Promise<void> {
  const startedAt = performance.now()
  const progress = showProgress(file)
  try {
    const result = await importer.import(file, signal, (state) => progress.update(state))
    progress.stop()
    const seconds = (performance.now() - startedAt) / 1000
    for (const note of result.notes) process.stdout.write(`${file}: ${note}\n`)
    process.stdout.write(
      `${file}: ${count(result.rows)} rows into ${dataset} in ${seconds.toFixed(1)} s: ${count(result.inserted)} new, ${count(result.changed)} changed, ${count(result.unchanged)} unchanged, ${count(result.kept)} kept\n`,
    )
  } finally {
    progress.stop()
  }
}
