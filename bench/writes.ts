/**
 * Measures writes: many rows at once, commits of eight writers, and subscribers of changes, beside what the databases do alone, all in
 * one run. `npm run bench:writes`; `--rows 50000 --seconds 3 --subscribers 200 --stalled 10` makes it shorter; `--only bulk` (or
 * `commits`, `listeners`) runs one part. A complete run replaces its section in bench/README.md.
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPrivateServer } from '@stockdb/testing/private-server'
import { createConnection } from 'mysql2/promise'
import { CLI } from './server.ts'
import { type BulkResult, loadData, mysql2Upserts, nodeSqlite, throughStockdb } from './writes/bulk.ts'
import { mysql2Commits, stockdbCommits } from './writes/commits.ts'
import { measureListeners } from './writes/listeners.ts'
import { writeFileOf } from './writes/rows.ts'

const MEMORY_MB = 250
const TIMES_LOAD_DATA = 3
const TIMES_MYSQL2 = 1.3
const STALLED_KB = 50
const DELAY_MS = 250
const FULL_ROWS = 1_000_000

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: String(FULL_ROWS) },
    seconds: { type: 'string', default: '30' },
    subscribers: { type: 'string', default: '1000' },
    stalled: { type: 'string', default: '50' },
    only: { type: 'string' },
  },
})
const [rows, ms] = [Number(values.rows), Number(values.seconds) * 1_000]
const wanted = (part: string): boolean => values.only === undefined || values.only === part
const lines: string[] = []
const tell = (line: string): void => {
  lines.push(line)
  console.log(line)
}
const verdict = (isReached: boolean): string => (isReached ? 'reached' : 'MISSED')

const folder = await mkdtemp(join(tmpdir(), 'stockdb-bench-'))
const mysql = await startPrivateServer(['--local-infile=1'])
try {
  const admin = await createConnection(`${mysql.url}/mysql`)
  await admin.query('create database bench')
  const [[{ version } = { version: '' }]] = (await admin.query('select version() as version')) as unknown as [
    { version: string }[],
  ]
  await admin.end()
  const database = `${mysql.url}/bench`
  const sqlite = `sqlite:${join(folder, 'bench.sqlite')}`
  const duckdb = `duckdb:${join(folder, 'bench.duckdb')}`
  for (const address of [database, sqlite]) execFileSync(process.execPath, [CLI, 'migrate', '--database', address])
  tell(`Node ${process.version}, database ${version}, ${cpus().length} × ${cpus()[0]?.model}`)
  if (wanted('bulk')) await bulk(database, sqlite, duckdb)
  if (wanted('commits')) await commits(database, sqlite)
  if (wanted('listeners')) await listeners(database)
} finally {
  await mysql.stop()
  await rm(folder, { recursive: true, force: true })
}
if (values.only === undefined && rows === FULL_ROWS) {
  const readme = new URL('./README.md', import.meta.url)
  const [before = '', , after = ''] = (await readFile(readme, 'utf8')).split(/<!-- \/?writes -->\n/)
  const date = new Date().toISOString().slice(0, 10)
  await writeFile(
    readme,
    `${before}<!-- writes -->\n\`\`\`\n${date}\n${lines.join('\n')}\n\`\`\`\n<!-- /writes -->\n${after}`,
  )
}

async function bulk(database: string, sqlite: string, duckdb: string): Promise<void> {
  tell(`\n${rows.toLocaleString('en')} rows of daily from one client, in one transaction`)
  const file = join(folder, 'rows.tsv')
  await writeFileOf(rows, file)
  const told = (result: BulkResult): BulkResult => {
    const { side, seconds, peakMB } = result
    const memory = peakMB === undefined ? '' : `, server ${peakMB.toFixed(0)} MB at most`
    tell(`  ${side.padEnd(34)}${seconds.toFixed(2).padStart(8)} s${memory}`)
    return result
  }
  const load = told(await loadData(database, file))
  const upserts = told(await mysql2Upserts(database, rows))
  const ours = told(await throughStockdb(database, rows, 'stockdb'))
  told(nodeSqlite(sqlite.slice('sqlite:'.length), rows))
  told(await throughStockdb(sqlite, rows, 'stockdb on SQLite'))
  told(await throughStockdb(duckdb, rows, 'stockdb on DuckDB'))
  const { peakMB = Number.NaN } = ours
  const [toLoad, toUpserts] = [ours.seconds / load.seconds, ours.seconds / upserts.seconds]
  tell(`  ${toLoad.toFixed(2)} × LOAD DATA   target ≤ ${TIMES_LOAD_DATA}: ${verdict(toLoad <= TIMES_LOAD_DATA)}`)
  tell(`  ${toUpserts.toFixed(2)} × mysql2   target ≤ ${TIMES_MYSQL2}: ${verdict(toUpserts <= TIMES_MYSQL2)}`)
  tell(`  ${peakMB.toFixed(0)} MB   target < ${MEMORY_MB}: ${verdict(peakMB < MEMORY_MB)}`)
}

async function commits(database: string, sqlite: string): Promise<void> {
  tell('\ncommits a second, eight writers of one row each')
  const side = (name: string, rate: number): void => tell(`  ${name.padEnd(34)}${rate.toFixed(0).padStart(8)}`)
  side('mysql2', await mysql2Commits(database, ms))
  side('stockdb', await stockdbCommits(database, ms))
  side('stockdb --max-writes 8', await stockdbCommits(database, ms, ['--max-writes', '8']))
  side('stockdb on SQLite', await stockdbCommits(sqlite, ms))
}

async function listeners(database: string): Promise<void> {
  const [subscribers, stalled] = [Number(values.subscribers), Number(values.stalled)]
  tell(`\n${subscribers} subscribers, ${stalled} of them stalled, 10 changes a second`)
  const found = await measureListeners(database, { subscribers, stalled, ms, folder })
  tell(
    `  ${found.changes} changes, ${found.missed} missed; delay from recording a change p50 ${found.p50Ms.toFixed(0)} ms, p99 ${found.p99Ms.toFixed(0)} ms   target < ${DELAY_MS}: ${verdict(found.p99Ms < DELAY_MS)}`,
  )
  const share = (busy: number): string => `${(100 * busy).toFixed(0)} %`
  tell(
    `  of one core the server took ${share(found.serverBusy)}, the process with the subscribers ${share(found.driverBusy)}; its event loop was late by p99 ${found.driverLoopP99Ms.toFixed(0)} ms`,
  )
  tell(
    `  ${found.stalledKB.toFixed(0)} KB of heap and external memory a stalled subscriber   target < ${STALLED_KB}: ${verdict(found.stalledKB < STALLED_KB)}`,
  )
}
