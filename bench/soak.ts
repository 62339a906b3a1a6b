/**
 * Sends 300,000 mixed calls to one server and fits its memory growth after a warm-up. `npm run soak`;
 * `npm run soak -- 50000 10000` sends that many, after that many to warm up;
 * `npm run soak -- shapes` asks 100,000 times for a new list of columns of the widest table. STOCKDB_BENCH_MYSQL names a database server to use instead of a private one.
 */
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { createDatabase } from '@stockdb/testing/database'
import { startPrivateServer } from '@stockdb/testing/private-server'
import { shapesCall } from '../packages/server/test/faults/soak/shapes-call.ts'
import { type SoakSample, soak } from '../packages/server/test/faults/soak/soak.ts'
import { CLI } from './server.ts'
import { slope } from './statistics.ts'

const CALLS = 300_000
const WARM_UP = 60_000
const KB = 2 ** 10
const MB = 2 ** 20

const numbers = process.argv.slice(2).filter((word) => word !== 'shapes')
const shapes = process.argv.includes('shapes')
const calls = Number(numbers[0] ?? (shapes ? 100_000 : CALLS))
const warmUp = Number(numbers[1] ?? (shapes ? 20_000 : WARM_UP))
const external = process.env.STOCKDB_BENCH_MYSQL
const mysql = external ? { url: external, stop: async () => {} } : await startPrivateServer()
try {
  const { url, drop } = await createDatabase(mysql.url)
  try {
    execFileSync(process.execPath, [CLI, 'demo', '--database', url])
    const startedAt = performance.now()
    const samples = await soak(url, { warmUp, calls, ...(shapes ? { call: shapesCall(warmUp) } : {}) })
    const seconds = (performance.now() - startedAt) / 1_000
    console.log(
      `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}: ${warmUp.toLocaleString('en')} calls to warm up, then ${calls.toLocaleString('en')}, ${seconds.toFixed(0)} s`,
    )
    for (const at of [0, 0.25, 0.5, 0.75, 1]) {
      const sample = samples[Math.round(at * (samples.length - 1))]
      if (sample)
        console.log(
          `  after ${sample.calls.toLocaleString('en').padStart(7)} calls: heap ${(sample.heapUsed / MB).toFixed(2)} MB of ${(sample.heapTotal / MB).toFixed(0)} MB allocated, resident ${(sample.rss / MB).toFixed(0)} MB, external ${(sample.external / MB).toFixed(2)} MB`,
        )
    }
    if (shapes) tellShapes(samples)
    else {
      tell('heap', (sample) => sample.heapUsed, samples, 512 * KB)
      tell('resident memory', (sample) => sample.rss, samples, 2 * MB)
    }
  } finally {
    await drop()
  }
} finally {
  await mysql.stop()
}

/**
 * The fit over all samples decides. A leak grows as fast in the last half as in the first; a heap that is settling does
 * not.
 */
function tell(what: string, of: (sample: SoakSample) => number, samples: readonly SoakSample[], target: number): void {
  const growth = (some: readonly SoakSample[]): number =>
    slope(some.map((sample) => [sample.calls / 100_000, of(sample)] as const))
  const [bytes, late] = [growth(samples), growth(samples.slice(-Math.ceil(samples.length / 2)))]
  const verdict = bytes <= target ? 'reached' : 'MISSED'
  const kb = (number: number): string => `${(number / KB).toFixed(0)} KB`
  console.log(
    `${what}: ${kb(bytes)} for 100,000 calls   target ≤ ${kb(target)}: ${verdict}; in the last half ${kb(late)}`,
  )
  if (bytes > target) process.exitCode = 1
}

/** Ever new columns must not increase resident memory. */
function tellShapes(samples: readonly SoakSample[]): void {
  const [first, last] = [samples[0]?.rss ?? 0, samples.at(-1)?.rss ?? Number.POSITIVE_INFINITY]
  const verdict = Math.abs(last - first) <= 30 * MB ? 'reached' : 'MISSED'
  console.log(`resident memory: ${((last - first) / MB).toFixed(1)} MB more   target ± 30 MB: ${verdict}`)
  if (verdict === 'MISSED') process.exitCode = 1
}
