/**
 * Measures stockdb against reading the database directly, all on one MariaDB in one run, and prints the figures beside
 * their targets. `npm run bench -- a c` runs only those measures; STOCKDB_BENCH_MYSQL names a server to use instead of
 * a private one.
 */
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { createDatabase } from '@stockdb/testing/database'
import { startPrivateServer } from '@stockdb/testing/private-server'
import { fill } from './database.ts'
import { measureBulk } from './measures/bulk.ts'
import { measureGrowth } from './measures/growth.ts'
import { measurePoint } from './measures/point.ts'
import { measureStreamMemory } from './measures/stream-memory.ts'
import { CLI, startServer } from './server.ts'

const wanted = process.argv.slice(2)
const runs = (measure: string): boolean => wanted.length === 0 || wanted.includes(measure)

const say = (text = ''): void => console.log(text)
const line = (what: string, figure: string, target = ''): void =>
  say(`  ${what.padEnd(44)}${figure.padStart(14)}   ${target}`)
const verdict = (reached: boolean): string => (reached ? 'reached' : 'MISSED')

const external = process.env.STOCKDB_BENCH_MYSQL
const mysql = external ? { url: external, stop: async () => {} } : await startPrivateServer()
try {
  const { url, drop } = await createDatabase(mysql.url)
  try {
    execFileSync(process.execPath, [CLI, 'migrate', '--database', url])
    await fill(url)
    say(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, 2,500,000 rows of daily`)
    if (runs('a') || runs('b')) await speed(url)
    if (runs('c')) await streamMemory(url)
    if (runs('d')) await growth(url)
  } finally {
    await drop()
  }
} finally {
  await mysql.stop()
}

async function speed(database: string): Promise<void> {
  const server = await startServer(database)
  try {
    const addresses = { database, server: server.url }
    if (runs('a')) {
      const seconds = await measureBulk(addresses)
      const [ours = 0, arrays = 0, objects = 0] = ['stockdb', 'mysql2 arrays', 'kysely objects'].map((name) =>
        seconds.get(name as never),
      )
      say('\n(a) 500,000 rows × 11 columns into memory, seconds (median)')
      for (const [name, median] of seconds) line(name, median.toFixed(3))
      line('stockdb ÷ mysql2 arrays', (ours / arrays).toFixed(2), `target ≤ 1: ${verdict(ours <= arrays)}`)
      line('kysely objects ÷ stockdb', (objects / ours).toFixed(2), `target ≥ 4: ${verdict(objects >= 4 * ours)}`)
    }
    if (runs('b')) {
      const rates = await measurePoint(addresses)
      const ratio = (rates.get('stockdb') ?? 0) / (rates.get('mysql2 arrays') ?? 0)
      say('\n(b) 64 rows of one symbol, 8 callers at once, calls a second (median)')
      for (const [name, median] of rates) line(name, median.toFixed(0))
      line('stockdb ÷ mysql2 arrays', ratio.toFixed(2), `target ≥ 0.33: ${verdict(ratio >= 1 / 3)}`)
    }
  } finally {
    await server.stop()
  }
}

async function streamMemory(database: string): Promise<void> {
  say('\n(c) peak resident memory of the server while it streams 2,500,000 rows, MB')
  for (const [reader, pauseMs] of [
    ['a reader at full speed', 0],
    ['a reader that pauses 200 ms per batch', 200],
  ] as const) {
    const peak = await measureStreamMemory(database, pauseMs)
    line(reader, peak.toFixed(0), `target < 200: ${verdict(peak < 200)}`)
  }
}

async function growth(database: string): Promise<void> {
  const perHundredThousand = await measureGrowth(database)
  say('\n(d) growth of the server over 100,000 mixed calls after 60,000 to warm up, MB')
  line('resident memory', perHundredThousand.toFixed(2), `target < 2: ${verdict(perHundredThousand < 2)}`)
}
