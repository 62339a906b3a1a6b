/**
 * Sends 300,000 mixed calls to one server and fits by how much its memory grows, after a warm-up. `npm run soak`;
 * `npm run soak -- 50000` sends so many. STOCKDB_BENCH_MYSQL names a database server to use instead of a private one.
 */
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { createDatabase } from '@stockdb/testing/database'
import { startPrivateServer } from '@stockdb/testing/private-server'
import { soak } from '../packages/server/test/faults/soak/soak.ts'
import { CLI } from './server.ts'
import { slope } from './statistics.ts'

const CALLS = 300_000
const WARM_UP = 60_000
const KB = 2 ** 10
const MB = 2 ** 20

const calls = Number(process.argv[2] ?? CALLS)
const external = process.env.STOCKDB_BENCH_MYSQL
const mysql = external ? { url: external, stop: async () => {} } : await startPrivateServer()
try {
  const { url, drop } = await createDatabase(mysql.url)
  try {
    execFileSync(process.execPath, [CLI, 'demo', '--database', url])
    const startedAt = performance.now()
    const samples = await soak(url, { warmUp: WARM_UP, calls })
    const seconds = (performance.now() - startedAt) / 1_000
    console.log(
      `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}: ${WARM_UP.toLocaleString('en')} calls to warm up, then ${calls.toLocaleString('en')}, ${seconds.toFixed(0)} s`,
    )
    for (const at of [0, 0.25, 0.5, 0.75, 1]) {
      const sample = samples[Math.round(at * (samples.length - 1))]
      if (sample)
        console.log(
          `  after ${sample.calls.toLocaleString('en').padStart(7)} calls: heap ${(sample.heapUsed / MB).toFixed(2)} MB, resident ${(sample.rss / MB).toFixed(0)} MB, external ${(sample.external / MB).toFixed(2)} MB`,
        )
    }
    const growth = (of: 'heapUsed' | 'rss'): number =>
      slope(samples.map((sample) => [sample.calls / 100_000, sample[of]] as const))
    tell('heap', growth('heapUsed'), 512 * KB)
    tell('resident memory', growth('rss'), 2 * MB)
  } finally {
    await drop()
  }
} finally {
  await mysql.stop()
}

function tell(what: string, bytes: number, target: number): void {
  const verdict = bytes <= target ? 'reached' : 'MISSED'
  console.log(`${what}: ${(bytes / KB).toFixed(0)} KB for 100,000 calls   target ≤ ${target / KB} KB: ${verdict}`)
  if (bytes > target) process.exitCode = 1
}
