/**
 * Sends a server four times the load it can serve, and prints the latency of accepted and of refused calls, as the callers and the server
 * see it, how late this process sent the calls, and which processes used the processors.
 * `npm run overload`; STOCKDB_BENCH_MYSQL names a database server to use instead of a private one.
 */
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDatabase } from '@stockdb/testing/database'
import { startPrivateServer } from '@stockdb/testing/private-server'
import { Crowd, type Reply } from '../packages/server/test/support/crowd.ts'
import { startTcpProxy } from '../packages/server/test/support/tcp-proxy.ts'
import { dateAt, fill, symbolAt } from './database.ts'
import { cpuMsOf } from './measures/cpu-time.ts'
import { CLI, type ServerProcess, startServer } from './server.ts'
import { bucketOf, serverView } from './server-view.ts'
import { percentile } from './statistics.ts'

const PROCEDURE = 'daily.range'
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
/** Ends of the parts of a phase that are shown separately: callers connect and the gate notices in the first ones. */
const PARTS_MS = [100, 1_000, PHASE_MS]

const external = process.env.STOCKDB_BENCH_MYSQL
const mysql = external ? { url: external, pid: undefined, stop: async () => {} } : await startPrivateServer()
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
        await measure(server)
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

async function measure(server: ServerProcess): Promise<void> {
  const { url } = server
  const crowd = new Crowd(url, (call) => {
    const day = (call * 7) % (DAYS - 64)
    return {
      path: PROCEDURE,
      input: { symbols: [symbolAt(call % SYMBOLS)], start: dateAt(day), end: dateAt(day + 63) },
    }
  })
  await crowd.rush(CALLERS, WARM_UP_MS)
  const served = await crowd.rush(CALLERS, PHASE_MS)
  const rate = (served.length / PHASE_MS) * 1_000
  console.log(
    `it can serve ${rate.toFixed(0)} calls a second (${CALLERS} callers, each sending its next call after an answer)`,
  )
  const quiet = await watched(server, () => crowd.drizzle(rate * QUIET, PHASE_MS))
  const unloaded = percentile(latencies(quiet.replies), 0.99)
  tell('half of that', quiet, unloaded)
  const refused = latencies(quiet.replies, 'refused').length
  console.log(`  refused  ${refused}   target 0`)
  const flood = await watched(server, () => crowd.drizzle(rate * TIMES, PHASE_MS))
  const stopped = performance.now()
  tell(`${TIMES} times that`, flood, unloaded)
  tellRefused(flood.replies)
  tellParts(flood)
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

/** The replies of a phase, and lines about what else was measured. */
interface Phase {
  readonly replies: readonly Reply[]
  /** When it began, in `performance.now()` time. */
  readonly start: number
  readonly lines: readonly string[]
}

async function watched({ url, pid }: ServerProcess, run: () => Promise<Reply[]>): Promise<Phase> {
  const processes = { server: pid, ...(mysql.pid === undefined ? {} : { database: mysql.pid }), callers: process.pid }
  const used = (): number[] => Object.values(processes).map(cpuMsOf)
  const before = await serverView(url, PROCEDURE)
  const own = monitorEventLoopDelay({ resolution: 1 })
  own.enable()
  const [start, usedBefore] = [performance.now(), used()]
  const replies = await run()
  const ms = performance.now() - start
  const shares = used().map((cpuMs, index) => (cpuMs - (usedBefore[index] ?? 0)) / ms)
  own.disable()
  const after = await serverView(url, PROCEDURE)
  const late = replies.map(({ lateMs }) => lateMs)
  return {
    replies,
    start,
    lines: [
      `  the server measures, from reading a call to the end of its answer: p50 ≤ ${bucketOf(before, after, 0.5)} ms, p99 ≤ ${bucketOf(before, after, 0.99)} ms; its event loop was late by ${after.loopDelayMs.toFixed(0)} ms at most`,
      `  the callers sent late by: p50 ${percentile(late, 0.5).toFixed(1)} ms, p99 ${percentile(late, 0.99).toFixed(1)} ms; their event loop was late by ${(own.max / 1e6).toFixed(0)} ms at most`,
      `  processors: ${Object.keys(processes)
        .map((name, index) => `${name} ${(100 * (shares[index] ?? 0)).toFixed(0)} %`)
        .join(', ')}`,
    ],
  }
}

function latencies(replies: readonly Reply[], kind: Reply['kind'] = 'served'): number[] {
  return replies.filter((reply) => reply.kind === kind).map(({ ms }) => ms)
}

function tell(what: string, { replies, lines }: Phase, unloaded: number): void {
  const served = latencies(replies)
  const lost = replies.filter(({ kind }) => kind === 'failed').length
  console.log(`${what}: ${((replies.length / PHASE_MS) * 1_000).toFixed(0)} calls a second`)
  console.log(
    `  accepted ${served.length}: ${shown(served)}, that is ${(percentile(served, 0.99) / unloaded).toFixed(1)} times the p99 of half the load   target ≤ 3`,
  )
  for (const line of lines) console.log(line)
  console.log(`  failed in another way, or without an answer within 10 s: ${lost}   target 0`)
}

function tellRefused(replies: readonly Reply[]): void {
  const refused = latencies(replies, 'refused')
  if (refused.length > 0) console.log(`  refused  ${refused.length}: ${shown(refused)}`)
}

/** Accepted and refused calls by when they were due, and how long accepted ones waited for a connection of the callers. */
function tellParts({ replies, start }: Phase): void {
  let from = 0
  for (const to of PARTS_MS) {
    const part = replies.filter(({ due }) => due - start >= from && due - start < to)
    const waited = part.filter(({ kind }) => kind === 'served').map(({ waitedMs }) => waitedMs)
    const served = latencies(part)
    const of = served.length === 0 ? '' : `: ${shown(served)}, of it for a free connection ${shown(waited)}`
    console.log(
      `  due from ${from} to ${to} ms: refused ${latencies(part, 'refused').length}, accepted ${served.length}${of}`,
    )
    from = to
  }
}

function shown(values: readonly number[]): string {
  return `p50 ${percentile(values, 0.5).toFixed(1)} ms, p99 ${percentile(values, 0.99).toFixed(1)} ms`
}
