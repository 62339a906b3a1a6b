import { existsSync } from 'node:fs'
import { StockdbError } from '@stockdb/contract/wire'
import { Command, Option } from 'commander'
import { openIntrospector } from '../engine/open.ts'
import { replaceFile } from '../engine/replace-file.ts'
import { catalogueSource } from '../introspect/catalogue-source.ts'
import type { Choice, DatasetDraft, Draft } from '../introspect/draft.ts'
import { introspect, NO_INDEX } from '../introspect/introspect.ts'
import { requireFile } from './database-file.ts'
import { isCommonJs } from './module-type.ts'
import { type DatabaseOptions, databaseAddress, databaseOption, dataOption } from './options.ts'

interface IntrospectOptions extends DatabaseOptions {
  readonly out: string
  readonly tables?: readonly string[]
  readonly force?: true
}

export function introspectCommand(): Command {
  return new Command('introspect')
    .description('Write a typed catalogue of the tables in a database, for "serve --config". Only reads the database.')
    .addOption(databaseOption())
    .addOption(dataOption())
    .addOption(
      new Option('--out <file>', 'file to write; stockdb.config.mts if package.json says "type": "commonjs"').default(
        isCommonJs('.') ? 'stockdb.config.mts' : 'stockdb.config.ts',
        'stockdb.config.ts',
      ),
    )
    .addOption(
      new Option(
        '--tables <names>',
        'tables and views to include, separated by commas, * for any characters; all by default',
      ).argParser((names: string) => names.split(',').map((name) => name.trim())),
    )
    .addOption(new Option('--force', 'overwrite the file if it exists'))
    .action(writeConfig)
}

async function writeConfig(options: IntrospectOptions): Promise<void> {
  const { out, tables, force } = options
  requireFile(options.database)
  const database = openIntrospector(databaseAddress(options))
  let draft: Draft
  try {
    draft = await introspect(database, tables)
  } catch (error) {
    throw database.translate(error)
  } finally {
    await database.close()
  }
  if (draft.datasets.length === 0) {
    throw new StockdbError(
      'INVALID_INPUT',
      '--database: got a database without a table that can be served; nothing was written',
    )
  }
  write(out, catalogueSource(draft), force ?? false)
  process.stdout.write(report(draft, out))
}

function write(file: string, source: string, force: boolean): void {
  const refused = (reason: string, cause?: unknown) =>
    new StockdbError('INVALID_INPUT', `--out: ${reason}`, cause === undefined ? undefined : { cause })
  if (!force && existsSync(file)) throw refused(`${file} already exists; --force overwrites it`)
  try {
    replaceFile(file, source)
  } catch (error) {
    throw refused(`cannot write ${file} (${(error as NodeJS.ErrnoException).code})`, error)
  }
}

/** What was found, what was guessed, and what to do next. */
function report({ datasets, leftOut, version }: Draft, out: string): string {
  const count = datasets.reduce((sum, { tables }) => sum + (tables?.count ?? 1), 0)
  return [
    `${version}: ${count} ${count === 1 ? 'table' : 'tables'}${count === datasets.length ? '' : `, as ${datasets.length} datasets,`} written to ${out}`,
    ...datasets.flatMap(reportDataset),
    ...leftOut.map(({ table, reason }) => `${table}: left out: ${reason}`),
    `Check what is marked "guessed" in ${out}, then serve the same database: npx stockdb serve --database … --config ${out}`,
    '',
  ].join('\n')
}

const stored = (form: string | undefined): string => (form === undefined ? '' : ` kept as ${form}`)

function reportDataset(draft: DatasetDraft): string[] {
  const { name, table, tables, fields, leftOut, key, symbol, date, scanned, like, rules, warnings } = draft
  const show = (role: string, choice: Choice<string | readonly string[]> | undefined) =>
    choice ? [`${role} ${[choice.value].flat().join(', ')}${choice.guess ? ' (guessed)' : ''}`] : []
  const brought = [...(like === undefined ? [] : ['units']), ...Object.keys(rules ?? {})].join(', ')
  const known = brought === '' ? [] : [`  ${like === undefined ? 'with' : `like Tushare's ${like}:`} ${brought}`]
  const roles = [...show('symbol', symbol), ...show('date', date), ...show('key', key)]
  return [
    `${name}${tables ? ` (${tables.count} tables ${tables.pattern})` : table === name ? '' : ` (table ${JSON.stringify(table)})`}: ${fields.length} fields; ${roles.join('; ')}`,
    ...known,
    ...fields
      .filter(({ notes }) => notes.length > 0)
      .map(
        ({ name: field, type, dateFormat, numberFormat, symbolFormat, notes }) =>
          `  ${field}: ${type}${stored(dateFormat ?? symbolFormat ?? numberFormat)}; ${notes.join('; ')}`,
      ),
    ...leftOut.map(
      ({ column, columnType, reason }) => `  left out: ${JSON.stringify(column)}, ${columnType}: ${reason}`,
    ),
    ...(scanned === undefined || scanned === NO_INDEX ? [] : [`  latest reads the whole table: ${scanned}`]),
    ...(key.guess ? [`  key: ${key.guess}`] : []),
    ...warnings.map((warning) => `  look: ${warning}`),
  ]
}
