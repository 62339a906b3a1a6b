// The path of a new user with an existing database: the installed server introspects and serves its tables, and
// a script in an empty folder with the installed client gets their types and rows.
import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'

type Run = (program: string, args: readonly string[], cwd: string) => string

const READY_TIMEOUT_MS = 60_000

const script = `import { connect } from '@stockdb/client'
import type { catalogue } from './stockdb.config.ts'

const db = await connect<typeof catalogue>(process.argv[2] ?? '')
const bars = await db.日线.range({ symbols: ['600519.SH'], start: '2024-01-03', fields: ['收盘价'] })
const closes: Float64Array = bars.columns.收盘价
// @ts-expect-error: not requested
bars.columns.成交量
// @ts-expect-error: of another catalogue
if (process.argv.length > 9) db.daily
console.log(JSON.stringify([bars.columns.日期, [...closes]]))
`

const compilerOptions = {
  ...{ strict: true, noEmit: true, module: 'NodeNext', target: 'ES2024', types: [], lib: ['ES2024', 'DOM'] },
  ...{ allowImportingTsExtensions: true, verbatimModuleSyntax: true, skipLibCheck: true },
}

/** Throws if a step fails; `server` and `client` are folders with the tarballs installed. */
export async function walkOwnTablePath(run: Run, server: string, client: string): Promise<void> {
  const file = join(server, 'own.sqlite')
  const database = new DatabaseSync(file)
  database.exec(`create table "日线" ("代码" text, "日期" text, "收盘价" real, "成交量" integer);
    insert into "日线" values ('600519.SH', '20240102', 1685.01, 1), ('600519.SH', '20240103', 1694, 2), ('000001.SZ', '20240103', 9.2, 3)`)
  database.close()
  run('npx', ['--no-install', 'stockdb', 'introspect', '--database', `sqlite:${file}`], server)
  copyFileSync(join(server, 'stockdb.config.ts'), join(client, 'stockdb.config.ts'))
  writeFileSync(join(client, 'script.ts'), `declare const process: { argv: string[] }\n${script}`)
  writeFileSync(join(client, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['script.ts'] }))
  run('tsc', ['-p', client], client)
  const serving = spawn(
    process.execPath,
    [
      'node_modules/@stockdb/server/bin/stockdb.js',
      'serve',
      '--database',
      `sqlite:${file}`,
      '--port',
      '0',
      '--config',
      'stockdb.config.ts',
    ],
    { cwd: server, stdio: ['ignore', 'pipe', 'ignore'] },
  )
  try {
    const answer = run('node', ['script.ts', await urlOf(serving)], client).trim()
    const expected = JSON.stringify([['2024-01-03'], [1694]])
    if (answer !== expected) throw new Error(`the script got ${answer}, not ${expected}`)
  } finally {
    serving.kill('SIGTERM')
  }
}

/** Resolves to its address once it listens. */
export async function urlOf(serving: ChildProcess): Promise<string> {
  if (!serving.stdout) throw new Error('stockdb serve has no standard output')
  const timer = setTimeout(() => serving.kill('SIGKILL'), READY_TIMEOUT_MS)
  try {
    for await (const line of createInterface({ input: serving.stdout })) {
      const url = /^stockdb listening on (http:\S+)$/.exec(line)?.[1]
      if (url !== undefined) return url
    }
  } finally {
    clearTimeout(timer)
  }
  throw new Error('stockdb serve ended before it was ready')
}
