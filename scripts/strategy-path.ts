// The path of someone who starts with nothing: the packages in an `npm init -y` folder, the README's first script there, and
// a strategy folder made by `stockdb init`, used by the commands that it prints.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { urlOf } from './own-table-path.ts'
import { root } from './programs.ts'

type Run = (program: string, args: readonly string[], cwd: string, env?: Readonly<Record<string, string>>) => string

const README_ADDRESS = 'http://127.0.0.1:7788'

/** Throws if a step fails. */
export async function walkStrategyPath(run: Run, folder: string, tarballs: readonly string[]): Promise<void> {
  const start = join(folder, 'from-nothing')
  mkdirSync(start)
  run('npm', ['init', '-y'], start)
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs], start)
  run('npx', ['--no-install', 'stockdb', 'init', 'strategies'], start)
  const strategies = join(start, 'strategies')
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], strategies)
  run('npm', ['run', 'check'], strategies)
  run('npm', ['run', 'demo'], strategies)
  const serving = spawn(process.execPath, ['node_modules/@stockdb/server/bin/stockdb.js', 'serve', '--port', '0'], {
    cwd: strategies,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  try {
    const url = await urlOf(serving)
    const answer = run('npm', ['run', 'strategy'], strategies, { STOCKDB_URL: url })
    if (!/from 2024-12-04 to 2024-12-31/.test(answer) || !/0\d{5}\.SYN/.test(answer))
      throw new Error(`the strategy printed:\n${answer}`)
    writeFileSync(join(start, 'first.mts'), firstScript().replace(README_ADDRESS, url))
    const first = run('node', ['first.mts'], start)
    if (!first.includes('highest close 13.98')) throw new Error(`the README's first script printed:\n${first}`)
    // What introspect writes is loaded in this folder too, whose scripts are CommonJS.
    const database = `sqlite:${join(strategies, 'stockdb-data', 'stockdb.sqlite')}`
    run('npx', ['--no-install', 'stockdb', 'introspect', '--tables', 'daily', '--database', database], start)
    writeFileSync(
      join(start, 'own.mts'),
      "import { catalogue } from './stockdb.config.mts'\nconsole.log(Object.keys(catalogue))",
    )
    const own = run('node', ['own.mts'], start)
    if (!own.includes("[ 'daily' ]")) throw new Error(`the catalogue has ${own}`)
  } finally {
    serving.kill('SIGTERM')
  }
}

/** The first block of TypeScript in the README. */
function firstScript(): string {
  const script = /```ts\n(.*?)```/s.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1]
  if (script === undefined) throw new Error('the README has no script')
  return script
}
