/**
 * Sends a server four times the load it can serve, and prints the latency of accepted and of refused calls.
 * `npm run overload`; STOCKDB_BENCH_MYSQL names a database server to use instead of a private one.
 */
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDatabase } from '@stockdb/testing/database'
import { startPrivateServer } from '@stockdb/testing/private-server'
import { Crowd, type Reply } from '../packages/server/test/support/crowd.ts'
import { startTcpProxy } from '../packages/server/test/support/tcp-proxy.ts'
import { dateAt, fill, symbolAt } from './database.ts'
import { CLI, startServer } from './server.ts'
import { percentile } from './statistics.ts'

const CALLERS = 10
const ONE_WAY_MS = 25
const SYMBOLS = 100
const DAYS = 1_000
const WARM_UP_MS = 5_000
const PHASE_MS = 10_000
const TIMES = 4
/** A share of the sustainable load at which calls do not wait for each other. */
const QUIET = 0.5
const NORMAL_WINDOW_MS = 500

const external = process.env.STOCKDB_BENCH_MYSQL
const mysql = external ? { url: external, stop: async () => {} } : await startPrivateServer()
try {
  const { url, drop } = await createDatabase(mysql.url)
  try {
    execFileSync(process.execPath, [CLI, 'migrate', '--database', url])
    await fill(url, { symbols: SYMBOLS, days: DAYS })
    const far = new URL(url)
    const proxy = await startTcpProxy(Number(far.port || 3306))
    far.port = String(proxy.port)
    console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, 64 rows a call`)
    for (const [where, database, delayMs] of [
      [`the database ${2 * ONE_WAY_MS} ms away: bound by its connections`, far.href, ONE_WAY_MS],
      ['the database on this machine: bound by its processors, shared by server, database and callers', url, 0],
    ] as const) {
      console.log(`\n${where}`)
      proxy.delay(0)
      const server = await startServer(database)
      proxy.delay(delayMs)
      try {
        await measure(server.url)
      } finally {
        await server.stop()
      }
    }
    await proxy.close()
  } finally {
    await drop()
  }
} finally {
  await mysql.stop()
}

async function measure(url: string): Promise<void> {
  const crowd = new Crowd(url, (call) => {
    const day = (call * 7) % (DAYS - 64)
    return {
      path: 'daily.range',
      input: { symbols: [symbolAt(call % SYMBOLS)], start: dateAt(day), end: dateAt(day + 63) },
    }
  })
  await crowd.rush(CALLERS, WARM_UP_MS)
  const served = await crowd.rush(CALLERS, PHASE_MS)
  const rate = (served.length / PHASE_MS) * 1_000
  console.log(
    `it can serve ${rate.toFixed(0)} calls a second (${CALLERS} callers, each sending its next call after an answer)`,
  )
  const quiet = await crowd.drizzle(rate * QUIET, PHASE_MS)
  const unloaded = percentile(latencies(quiet), 0.99)
  tell('half of that', quiet, unloaded)
  const flood = await crowd.drizzle(rate * TIMES, PHASE_MS)
  const stopped = performance.now()
  tell(`${TIMES} times that`, flood, unloaded)
  let normal = Number.NaN
  while (Number.isNaN(normal) && performance.now() - stopped < 15_000) {
    const window = await crowd.drizzle(rate * QUIET, NORMAL_WINDOW_MS)
    if (window.every(({ kind }) => kind === 'served') && percentile(latencies(window), 0.99) <= 2 * unloaded)
      normal = performance.now() - stopped
  }
  console.log(`back to normal (no refusal, p99 at most doubled) after ${(normal / 1_000).toFixed(1)} s   target ≤ 5 s`)
  await sleep(100)
  crowd.close()
}

function latencies(replies: readonly Reply[], kind: Reply['kind'] = 'served'): number[] {
  return replies.filter((reply) => reply.kind === kind).map(({ ms }) => ms)
}

function tell(what: string, replies: readonly Reply[], unloaded: number): void {
  const [served, refused] = [latencies(replies), latencies(replies, 'refused')]
  const lost = replies.filter(({ kind }) => kind === 'failed').length
  const ms = (values: number[], share: number): string => `${percentile(values, share).toFixed(1)} ms`
  console.log(`${what}: ${((replies.length / PHASE_MS) * 1_000).toFixed(0)} calls a second`)
  console.log(
    `  accepted ${served.length}: p50 ${ms(served, 0.5)}, p99 ${ms(served, 0.99)}, that is ${(percentile(served, 0.99) / unloaded).toFixed(1)} times the p99 of half the load   target ≤ 3`,
  )
  if (refused.length > 0) console.log(`  refused  ${refused.length}: p50 ${ms(refused, 0.5)}, p99 ${ms(refused, 0.99)}`)
  console.log(`  failed in another way, or without an answer within 10 s: ${lost}   target 0`)
}
