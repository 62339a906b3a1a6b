import { tableName } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { Command, Option } from 'commander'
import { createMissingTables, type MigrationStep, planMigration } from '../engine/migration.ts'
import { openEngine } from '../engine/open.ts'
import { withOwnTables } from '../engine/own-tables.ts'
import { describeDifference } from '../engine/schema.ts'
import { createCommandLog } from '../telemetry/command-log.ts'
import { type ConfigOptions, catalogueOf, configOption } from './catalogue-file.ts'
import { absentFile, announceNewFile, requireFile } from './database-file.ts'
import { type DatabaseOptions, databaseAddress, databaseOption, dataOption } from './options.ts'

export function migrateCommand(): Command {
  return new Command('migrate')
    .description("Create the catalogue's missing tables, and report where existing ones differ from their declaration.")
    .addOption(databaseOption())
    .addOption(dataOption())
    .addOption(configOption())
    .addOption(new Option('--apply', 'also alter tables that differ'))
    .addOption(
      new Option(
        '--adopt <table>',
        'also alter this table, which stockdb did not create; repeatable; alters only with --apply',
      ).argParser((table: string, before: readonly string[] = []) => [...before, table]),
    )
    .addOption(
      new Option('--dry-run', 'change nothing, only show what would be done, with its statements').conflicts('apply'),
    )
    .action(migrate)
}

async function migrate(
  options: DatabaseOptions & ConfigOptions & { apply?: true; dryRun?: true; adopt?: readonly string[] },
): Promise<void> {
  const catalogue = withOwnTables(await catalogueOf(options))
  const adopted = new Set(options.adopt)
  const owned = Object.values(catalogue)
    .filter(({ managed }) => managed !== false)
    .map(tableName)
  const unknown = options.adopt?.find((table) => !owned.includes(table))
  if (unknown !== undefined)
    throw new StockdbError(
      'INVALID_INPUT',
      `--adopt: got "${unknown}"; expected a table of a managed dataset: ${owned.join(', ')}`,
    )
  if (options.dryRun) requireFile(options.database)
  const absent = absentFile(options.database)
  const engine = openEngine(databaseAddress(options), createCommandLog())
  // Its output is one line per dataset.
  announceNewFile(absent, process.stderr)
  const never = new AbortController().signal
  try {
    const steps = await planMigration(engine, catalogue, never, adopted)
    if (!options.dryRun) await createMissingTables(engine, catalogue, never)
    for (const step of steps) {
      if ((step.kind === 'alter' || step.kind === 'none') && options.apply) await engine.define(step.statements, never)
      process.stdout.write(report(step, options))
    }
    const differing = steps.filter(({ kind }) => kind === 'alter').length
    if (differing > 0 && !options.apply) {
      process.stdout.write(
        `${differing} table${differing > 1 ? 's differ' : ' differs'}; "stockdb migrate --apply" runs the statements above\n`,
      )
    }
  } finally {
    await engine.close()
  }
}

function report(
  { dataset, kind, differences, statements }: MigrationStep,
  { apply, dryRun }: { apply?: true; dryRun?: true },
): string {
  if (kind === 'unmanaged') return `${dataset.name}: not created by stockdb, left unchanged\n`
  if (kind === 'unmarked') {
    const points = differences.map((difference) => `  ${describeDifference(difference)}\n`).join('')
    return `${dataset.name}: differs, but was not created by stockdb, left unchanged; --adopt ${tableName(dataset)} alters it\n${points}`
  }
  if (kind === 'none') return `${dataset.name}: as declared\n`
  const wouldRun = statements.map((statement) => `  would run: ${statement}\n`).join('')
  if (kind === 'create') return `${dataset.name}: ${dryRun ? `missing, would be created\n${wouldRun}` : 'created\n'}`
  const points = differences.map((difference) => `  ${describeDifference(difference)}\n`).join('')
  return `${dataset.name}: ${apply ? 'altered' : 'differs, left unchanged'}\n${points}${apply ? '' : wouldRun}`
}
