import type { Catalogue, Dataset } from '@stockdb/contract'
import { hasMembers, memberDataset, tableName } from '@stockdb/contract/internal'
import { Command, Option } from 'commander'
import type { Account } from '../engine/accounts.ts'
import { deadline } from '../engine/deadline.ts'
import type { Engine } from '../engine/engine.ts'
import { membersOf } from '../engine/inspect-members.ts'
import { accountsOf, openEngine } from '../engine/open.ts'
import { withOwnTables } from '../engine/own-tables.ts'
import { createCommandLog } from '../telemetry/command-log.ts'
import { type ConfigOptions, catalogueOf, configOption } from './catalogue-file.ts'
import { databaseOption, factorSchemaName } from './options.ts'

const LOOK_TIMEOUT_MS = 60_000
const HOST_FORM = /^[A-Za-z0-9.:%_/-]{1,255}$/

export function grantsCommand(): Command {
  return new Command('grants')
    .description(
      'Print SQL that creates two least-privilege database accounts for the server, one of them read-only. Changes nothing itself.',
    )
    .addOption(databaseOption().makeOptionMandatory())
    .addOption(configOption())
    .addOption(
      new Option(
        '--factor-schema <name>',
        'the other database in which "serve" creates tables of factors; the accounts get rights on it',
      )
        .env('STOCKDB_FACTOR_SCHEMA')
        .argParser(factorSchemaName),
    )
    .addOption(new Option('--from <host>', 'host that the server connects from, as the database sees it').default('%'))
    .action(grants)
}

interface GrantsOptions extends ConfigOptions {
  readonly database: string
  readonly from: string
  readonly factorSchema?: string
}

async function grants({ database, from, factorSchema, ...config }: GrantsOptions): Promise<void> {
  const accounts = accountsOf(database)
  if (!HOST_FORM.test(from)) throw new Error(`--from: got "${from}"; expected a host, such as 10.0.0.5, localhost or %`)
  const declared = withOwnTables(await catalogueOf(config))
  const several = Object.values(declared).filter(hasMembers)
  let catalogue = declared
  const engine = openEngine(database, createCommandLog())
  const known = new Set<string>()
  try {
    const signal = deadline(LOOK_TIMEOUT_MS)
    catalogue = await eachTable(engine, declared, signal)
    for (const table of Object.values(catalogue).map(tableName)) {
      if (await engine.describe(table, signal)) known.add(table)
    }
  } finally {
    await engine.close()
  }
  const url = new URL(database)
  const target = {
    ...{ host: from, factorSchema },
    database: decodeURIComponent(url.pathname.slice(1)),
    catalogue,
    exists: (table: string) => known.has(table),
  }
  const { read, write } = accounts.least()
  const address = ({ name, password }: Account): string =>
    `${url.protocol}//${name}:${password}@${url.host}${url.pathname}`
  const comments = [
    'Run this as an administrator of the database; every call prints new passwords.',
    ...(several.length > 0
      ? [`Tables of ${several.map(({ name }) => name).join(', ')} that are added later need their own grants.`]
      : []),
    ...(known.size === 0 ? ['There are no tables yet: run "npx stockdb migrate" first.'] : []),
    'Tables that an administrator creates later with "npx stockdb migrate" need their own grants.',
    `Then: npx stockdb serve --database ${address(read)} --write-database ${address(write)}`,
    'or, to serve only reads, without --write-database. Both can be set in STOCKDB_DATABASE and STOCKDB_WRITE_DATABASE.',
    '"db.<dataset>.delete" also takes DELETE on the table of its dataset.',
    factorSchema === undefined
      ? `"db.factors.define" makes tables: GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX ON ${target.database}.* lets it; --factor-schema keeps them in another database.`
      : `"serve" must be given --factor-schema ${factorSchema} too.`,
  ]
  const statements = [read, write].flatMap((account) => accounts.statements(account, target))
  process.stdout.write(
    [...comments.map((line) => `-- ${line}`), ...statements.map((statement) => `${statement};`)]
      .join('\n')
      .concat('\n'),
  )
}

/** The catalogue with each table of a dataset with several as a dataset of its own. */
async function eachTable(engine: Engine, catalogue: Catalogue, signal: AbortSignal): Promise<Catalogue> {
  const found: Record<string, Dataset> = {}
  for (const [name, dataset] of Object.entries(catalogue)) {
    if (!hasMembers(dataset)) found[name] = dataset
    else
      for (const member of await membersOf(engine, dataset, signal))
        found[`${name} ${member.table}`] = memberDataset(dataset, member)
  }
  return found
}
