/** What `stockdb init` needs to know of the place. */
export interface StrategyFolder {
  /** Name of the project, valid for npm. */
  readonly name: string
  /** How npm gets each of the packages: a version, or `file:` and a path. */
  readonly packages: Readonly<Record<string, string>>
  /** What a `package.json` that is there already says. */
  readonly manifest?: Readonly<Record<string, unknown>> | undefined
}

const SCRIPTS = {
  demo: 'stockdb demo',
  serve: 'stockdb serve',
  strategy: 'node strategy.ts',
  check: 'tsc',
}

const TOOLS = { '@types/node': '^24.0.0', typescript: '^5.9.0 || ^7.0.0' }

/** The files of a strategy folder, by name. */
export function strategyFiles(folder: StrategyFolder): Readonly<Record<string, string>> {
  return {
    'package.json': json(manifestOf(folder)),
    'tsconfig.json': json({
      compilerOptions: {
        ...{ strict: true, noEmit: true, target: 'ES2024', module: 'NodeNext', types: ['node'] },
        // Node runs the scripts itself, by leaving out their types.
        ...{ allowImportingTsExtensions: true, erasableSyntaxOnly: true, verbatimModuleSyntax: true },
        skipLibCheck: true,
      },
      include: ['*.ts'],
    }),
    'strategy.ts': strategy,
    '.gitignore': 'node_modules/\nstockdb-data/\n.env\n',
  }
}

/** Keeps what a manifest has, and adds what it lacks. The scripts are ES modules, and `npm init -y` says "commonjs". */
function manifestOf({ name, packages, manifest = { name, private: true } }: StrategyFolder): object {
  const { scripts, dependencies, devDependencies, ...rest } = manifest
  const { test, ...own } = Object(scripts) as Record<string, string>
  const kept = test?.includes('no test specified') ? own : Object(scripts)
  return {
    ...rest,
    type: 'module',
    scripts: { ...SCRIPTS, ...kept },
    dependencies: { ...packages, ...Object(dependencies) },
    devDependencies: { ...TOOLS, ...Object(devDependencies) },
  }
}

const json = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`

const strategy = `import { connect } from '@stockdb/client'

// The server of "npm run serve", or the one that STOCKDB_URL and STOCKDB_TOKEN name.
process.env.STOCKDB_URL ??= 'http://127.0.0.1:7788'
const db = await connect()

// Which stocks rose most in the last 20 trading days that the database has?
const daily = (await db.meta.datasets()).find(({ name }) => name === 'daily')
const end = daily?.coverage?.lastDate
if (!end) throw new Error('the dataset daily has no rows yet')
const start = await db.calendar.offset({ date: end, n: -19 })
const bars = await db.daily.range({ start, end, fields: ['close'], adjust: 'qfq' })
const { dates, symbols, values } = bars.pivot('close')
const first = values[0] ?? []
const last = values.at(-1) ?? []
const rises = symbols
  .map((symbol, at) => ({ symbol, rise: ((last[at] ?? NaN) / (first[at] ?? NaN) - 1) * 100 }))
  .filter(({ rise }) => !Number.isNaN(rise))
  .sort((a, b) => b.rise - a.rise)

console.log(\`from \${dates[0]} to \${dates.at(-1)}, in percent\`)
console.table(rises.slice(0, 5))
`
