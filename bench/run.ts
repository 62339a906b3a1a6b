/**
 * Measures stockdb against other ways to read the same database, all in one run, and writes bench/results.
 * `npm run bench -- W1 W4` runs only those workloads; `--rounds 3 --seconds 1` makes it shorter; STOCKDB_BENCH_MYSQL names
 * a database server to use instead of a private one. Where all ran, the tables in bench/README.md are replaced.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { createDatabase } from '@stockdb/testing/database'
import { startPrivateServer } from '@stockdb/testing/private-server'
import { createConnection } from 'mysql2/promise'
import { fill } from './database.ts'
import { measureGrowth } from './measures/memory-growth.ts'
import { measureStreamMemory } from './measures/stream-memory.ts'
import { type Bound, boundsOf } from './measures/sweep-bounds.ts'
import { measureSweep, measureThroughput, type Rounds, type Throughput } from './measures/throughput.ts'
import { chartOf, type Figure, jsonOf, markdownOf, rateText, type WorkloadResult } from './report.ts'
import { CLI, startServer } from './server.ts'
import { startReplaced } from './sides/replaced/start.ts'
import type { SideName } from './sides/sides.ts'
import { parameterSweep, SWEPT } from './workloads/sweep.ts'
import { type Described, workloads } from './workloads/workloads.ts'

const SLOPE_MB = 1
const STREAM_MB = 200

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '3' } },
  allowPositionals: true,
})
const rounds: Rounds = { rounds: Number(values.rounds), ms: Number(values.seconds) * 1_000 }
const wanted = (id: string): boolean => positionals.length === 0 || positionals.includes(id)

const external = process.env.STOCKDB_BENCH_MYSQL
const mysql = external
  ? { url: external, pid: undefined, stop: async () => {} }
  : // With the log by which it tells of commits.
    await startPrivateServer(['--log-bin=bench', '--server-id=1'])
try {
  const { url, drop } = await createDatabase(mysql.url)
  try {
    execFileSync(process.execPath, [CLI, 'migrate', '--database', url])
    await fill(url)
    const { results, bounds } = await throughput(url)
    const figures = await memory(url)
    write(await versionOf(url), results, bounds, figures)
  } finally {
    await drop()
  }
} finally {
  await mysql.stop()
}

async function throughput(database: string): Promise<{ results: WorkloadResult[]; bounds: readonly Bound[] }> {
  const server = await startServer(database)
  const keeping = await startServer(database, '', true)
  const inTwo = await startServer(database, '', true, ['--workers', '2'])
  const replaced = await startReplaced(database)
  if (!replaced) console.log('the replaced design is left out: python3 with pymysql and tornado is not installed')
  const addresses = {
    database,
    server: server.url,
    keeping: keeping.url,
    inTwo: inTwo.url,
    ...(replaced ? { replaced: replaced.url } : {}),
  }
  const pids = {
    database: mysql.pid,
    server: {
      stockdb: server.pid,
      serverCache: keeping.pid,
      twoWorkers: inTwo.pid,
      clientCache: keeping.pid,
      ...(replaced ? { replaced: replaced.pid } : {}),
    },
  }
  const results: WorkloadResult[] = []
  let bounds: readonly Bound[] = []
  const rateOf = (id: string, side: SideName): number | undefined =>
    results.find(({ workload }) => workload.id === id)?.sides.get(side)?.callsPerSecond
  const add = (workload: Described, sides: ReadonlyMap<SideName, Throughput>): void => {
    results.push({ workload, sides })
    console.log(`${workload.id} ${workload.what}`)
    for (const [name, side] of sides) console.log(`  ${name.padEnd(12)}${rateText(side)}`)
  }
  try {
    for (const workload of workloads)
      if (wanted(workload.id)) add(workload, await measureThroughput(workload, addresses, pids, rounds))
    // It mixes the calls of others in shares that follow from their rates.
    const mysql2Rates = new Map(SWEPT.map((id) => [id, rateOf(id, 'mysql2') ?? 0]))
    if (wanted('W6') && SWEPT.every((id) => mysql2Rates.get(id))) {
      const sweep = parameterSweep(mysql2Rates, rounds.rounds)
      add(sweep, await measureSweep(sweep, addresses, pids))
      bounds = boundsOf(sweep, rateOf)
    }
  } finally {
    replaced?.stop()
    await server.stop()
    await keeping.stop()
    await inTwo.stop()
  }
  return { results, bounds }
}

async function memory(database: string): Promise<Figure[]> {
  const figures: Figure[] = []
  if (wanted('W9'))
    figures.push({
      id: 'W9',
      what: 'most resident memory of a fresh server that streams everything',
      value: await measureStreamMemory(database, 0),
      unit: 'MB',
      atMost: STREAM_MB,
    })
  if (wanted('W10'))
    figures.push({
      id: 'W10',
      what: 'growth of a server with a full cache in 100,000 mixed calls, after 60,000 to warm up',
      value: await measureGrowth(database),
      unit: 'MB',
      atMost: SLOPE_MB,
    })
  return figures
}

async function versionOf(database: string): Promise<string> {
  const connection = await createConnection(database)
  try {
    const [rows] = await connection.query('select version() as version')
    return (rows as { version: string }[])[0]?.version ?? ''
  } finally {
    await connection.end()
  }
}

function write(
  database: string,
  results: readonly WorkloadResult[],
  bounds: readonly Bound[],
  figures: readonly Figure[],
): void {
  const report = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0]?.model}`,
    versions: `Node ${process.version}, database ${database}`,
    rounds: rounds.rounds,
    workloads: results,
    bounds,
    figures,
  }
  const markdown = markdownOf(report)
  console.log(`\n${markdown}`)
  if (positionals.length > 0) return
  const at = (name: string): URL => new URL(`./results/${name}`, import.meta.url)
  writeFileSync(at(`${report.date}.json`), jsonOf(report))
  writeFileSync(at(`${report.date}.md`), markdown)
  const readme = new URL('./README.md', import.meta.url)
  const [before = '', , after = ''] = readFileSync(readme, 'utf8').split(/<!-- \/?results -->\n/)
  writeFileSync(readme, `${before}<!-- results -->\n${markdown}\n${chartOf(results)}\n<!-- /results -->\n${after}`)
}
