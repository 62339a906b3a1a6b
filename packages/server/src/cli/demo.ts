import { tushare } from '@stockdb/contract'
import { tableName } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { Command, Option } from 'commander'
import type { Engine } from '../engine/engine.ts'
import { createMissingTables } from '../engine/migration.ts'
import { openEngine } from '../engine/open.ts'
import { TableGuard } from '../engine/table-guard.ts'
import { fillSample } from '../ingest/sample-market/fill.ts'
import { findOccupied, findRealRows } from '../ingest/sample-market/occupancy.ts'
import { SAMPLE_SUFFIX, sampleMarket } from '../ingest/sample-market/sample-market.ts'
import { createCommandLog } from '../telemetry/command-log.ts'
import type { Log } from '../telemetry/log.ts'
import { type DatabaseOptions, databaseAddress, databaseOption, dataOption, withoutPassword } from './options.ts'

interface DemoOptions extends DatabaseOptions {
  readonly ifEmpty?: true
}

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'Fill a database with a synthetic stock market, to try things out. Refuses if there is real data; running it twice changes nothing.',
    )
    .addOption(databaseOption())
    .addOption(dataOption())
    .addOption(new Option('--if-empty', 'do nothing if the database already holds any rows'))
    .action(demo)
}

async function demo(options: DemoOptions): Promise<void> {
  const log = createCommandLog()
  const engine = openEngine(databaseAddress(options), log)
  const interrupted = new AbortController()
  const onSignal = (): void => interrupted.abort(new StockdbError('CANCELLED', 'interrupted; nothing was written'))
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  try {
    const occupied = options.ifEmpty && (await findOccupied(engine, interrupted.signal))
    if (occupied) {
      process.stdout.write(`${occupied} already holds rows: nothing was changed\n`)
      return
    }
    await prepareTables(engine, log, interrupted.signal)
    const counts = await fillSample(engine, sampleMarket(), interrupted.signal)
    process.stdout.write(report(counts, options))
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    await engine.close()
  }
}

/** Creates the tables of the sample market; creates nothing if the market is then refused. */
async function prepareTables(engine: Engine, log: Log, signal: AbortSignal): Promise<void> {
  const guard = new TableGuard(engine, log)
  for (const dataset of Object.values(tushare)) {
    if (await engine.describe(tableName(dataset), signal)) await guard.check(dataset)
  }
  const real = await findRealRows(engine, signal)
  if (real !== undefined) {
    throw new StockdbError(
      'INVALID_INPUT',
      `this database is not the sample market's: ${real}. Synthetic rows are never mixed with other data; name an empty database with --database or --data`,
    )
  }
  await createMissingTables(engine, tushare, signal)
}

function report(counts: ReadonlyMap<string, number>, options: DatabaseOptions): string {
  const numbers = [...counts].map(([name, rows]) => [name, rows.toLocaleString('en')] as const)
  const [nameWidth, rowsWidth] = [0, 1].map((at) => Math.max(...numbers.map((pair) => pair[at]?.length ?? 0))) as [
    number,
    number,
  ]
  return [
    ...numbers.map(([name, rows]) => `${name.padEnd(nameWidth)}  ${rows.padStart(rowsWidth)} rows`),
    `All of it is synthetic: the codes end in ${SAMPLE_SUFFIX}, and nothing describes a real security.`,
    `Next: npx stockdb serve${serveArguments(options)}`,
    '',
  ].join('\n')
}

/** The arguments of `stockdb serve` for the same database; the reader fills in the password. */
function serveArguments({ database, data }: DatabaseOptions): string {
  if (database !== undefined) return ` --database ${withoutPassword(database)}`
  return data === './stockdb-data' ? '' : ` --data ${data}`
}
