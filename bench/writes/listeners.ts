import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connect, type Tushare } from '@stockdb/client'
import { startServer } from '../server.ts'
import { percentile } from '../statistics.ts'
import type { Heard, ListenerRequest } from './listener-process.ts'

const EVERY_MS = 100
/** Writes under way at once. */
const MAX_PENDING = 20
/** Symbols of one write: its event has some 7 KB for a listener to all, so that a reader who stalls fills its socket, which holds 4 MB. */
const SYMBOLS = 500
/** How much longer the last round is, with the stalled ones. */
const STALLED_TIMES = 4
/** Of `/proc/<pid>/stat`. */
const TICK_MS = 10

export interface ListenerResult {
  readonly subscribers: number
  readonly stalled: number
  readonly changes: number
  /** From recording a change, just before its commit, to its event at a subscriber. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly missed: number
  /** Processor time of the server while it told them, and of the process with the subscribers, as shares of one core. */
  readonly serverBusy: number
  readonly driverBusy: number
  /** How late the event loop of the subscribers was, which is part of the delays. */
  readonly driverLoopP99Ms: number
  /** What the stalled subscribers added to the server's memory, for each: heap and external memory after a garbage collection. */
  readonly stalledKB: number
}

/** Subscribers in a process of their own. */
function startListeners() {
  const child = fork(fileURLToPath(new URL('./listener-process.ts', import.meta.url)))
  const ask = async <Answer>(request: ListenerRequest): Promise<Answer> => {
    const answered = once(child, 'message')
    const ended = once(child, 'exit').then(() => Promise.reject(new Error('the process of the subscribers ended')))
    child.send(request)
    const [answer] = await Promise.race([answered, ended])
    return answer as Answer
  }
  return {
    open: (count: number, url: string, input: object, reads: boolean) => {
      const path = `/trpc/adj_factor.watch?input=${encodeURIComponent(JSON.stringify(input))}`
      return ask({ open: count, path, port: Number(new URL(url).port), reads })
    },
    collect: () => ask<Heard>({ collect: true }),
    stop: () => child.kill(),
  }
}

/** Processor time of a process so far. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/**
 * Subscribers that listen to one symbol while ten writes a second name it, first alone, then beside others that listen to every symbol
 * and never read.
 */
export async function measureListeners(
  database: string,
  { subscribers, stalled, ms, folder }: { subscribers: number; stalled: number; ms: number; folder: string },
): Promise<ListenerResult> {
  // A subscription is a call, and all come from one caller here.
  const many = ['subscriptions', 'connections', 'calls', 'calls-per-caller'].flatMap((what) => [
    `--max-${what}`,
    '5000',
  ])
  const server = await startServer(database, '', false, [...many, '--data', folder])
  const listeners = startListeners()
  try {
    const db = await connect<Tushare>(server.url)
    await db.adj_factor.upsert([{ ts_code: 'S0', trade_date: '2024-01-02', adj_factor: 1 }])
    const live = subscribers - stalled
    await listeners.open(live, server.url, { symbols: ['S0'] }, true)
    let samples: number[] = []
    const watching = new AbortController()
    const watched = (async () => {
      for await (const { heapUsed, external } of db.ops.watch({ signal: watching.signal }))
        samples.push(heapUsed + external)
    })().catch(() => {})
    /** Writes ten times a second; resolves to how many changes there were, and what listeners got of them. */
    const write = async (during: number): Promise<Heard & { changes: number; serverBusy: number }> => {
      const startedAt = performance.now()
      const all: Promise<unknown>[] = []
      let pending = 0
      samples = []
      await listeners.collect()
      const cpuMs = cpuMsOf(server.pid)
      for (let value = 2; performance.now() < startedAt + during; value++) {
        const beganAt = performance.now()
        const rows = Array.from({ length: SYMBOLS }, (_, n) => ({
          ...{ ts_code: `S${n}${n > 0 ? '.BENCHMARK' : ''}`, trade_date: '2024-01-02', adj_factor: value },
        }))
        // A server that falls behind makes fewer changes: the result says how many there were.
        if (pending >= MAX_PENDING) await Promise.race([...all.slice(-MAX_PENDING)])
        pending++
        all.push(db.adj_factor.upsert(rows).finally(() => pending--))
        await sleep(Math.max(0, EVERY_MS - (performance.now() - beganAt)))
      }
      await Promise.all(all)
      const serverBusy = (cpuMsOf(server.pid) - cpuMs) / (performance.now() - startedAt)
      await sleep(2_000)
      return { ...(await listeners.collect()), changes: all.length, serverBusy }
    }
    /** What is in use after a garbage collection, which a heap snapshot begins with. */
    const inUse = async (): Promise<number> => {
      const headers = { 'content-type': 'application/json' }
      const taken = await fetch(`${server.url}/trpc/ops.snapshot`, { method: 'POST', headers, body: '{}' })
      if (!taken.ok) throw new Error(await taken.text())
      samples = []
      await sleep(5_000)
      return Math.min(...samples)
    }
    // Twice, because the first round still finds its memory.
    await write(ms)
    await inUse()
    await write(ms)
    const before = await inUse()
    await listeners.open(stalled, server.url, {}, false)
    const { changes, delays, busy, loopP99Ms, serverBusy } = await write(STALLED_TIMES * ms)
    const after = await inUse()
    watching.abort()
    await watched
    return {
      ...{ subscribers, stalled, changes, serverBusy },
      p50Ms: percentile(delays, 0.5),
      p99Ms: percentile(delays, 0.99),
      missed: changes * live - delays.length,
      driverBusy: busy,
      driverLoopP99Ms: loopP99Ms,
      stalledKB: (after - before) / 1_024 / stalled,
    }
  } finally {
    listeners.stop()
    await server.stop()
  }
}
