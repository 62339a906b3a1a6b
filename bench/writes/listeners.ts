import { once } from 'node:events'
import { Agent, type ClientRequest, get, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type Tushare } from '@stockdb/client'
import { startServer } from '../server.ts'
import { percentile } from '../statistics.ts'

/** When a change was recorded, just before its commit, in UTC. */
const AT = /"at":"([^"]+)"/g
const EVERY_MS = 100
const [TRIES, RETRY_MS] = [50, 200]
/** Writes under way at once. */
const MAX_PENDING = 20
/** Symbols of one write: its event has some 3 KB for whom listens to all, so that a reader who stalls fills its socket. */
const SYMBOLS = 300

export interface ListenerResult {
  readonly subscribers: number
  readonly stalled: number
  readonly changes: number
  /** From recording a change, just before its commit, to its event at a subscriber. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly missed: number
  /** What the stalled subscribers added to the server's memory, for each: heap and external memory after a garbage collection. */
  readonly stalledKB: number
}

/** A subscription that the server took; it refuses some while many come at once, and clients then try again. */
async function accepted(request: () => ClientRequest): Promise<IncomingMessage> {
  for (let tried = 1; ; tried++) {
    const [response] = (await once(request(), 'response')) as [IncomingMessage]
    if (response.statusCode === 200) return response
    response.resume()
    if (tried === TRIES) throw new Error(`a subscription was refused ${TRIES} times (${response.statusCode})`)
    await sleep(RETRY_MS)
  }
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
  const limits = [...many, '--data', folder]
  const server = await startServer(database, '', false, limits)
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })
  const open: IncomingMessage[] = []
  let delays: number[] = []
  const listen = async (input: object, onChunk?: (text: string) => void): Promise<void> => {
    const url = `${server.url}/trpc/adj_factor.watch?input=${encodeURIComponent(JSON.stringify(input))}`
    const response = await accepted(() => get(url, { agent, headers: { accept: 'text/event-stream' } }))
    open.push(response)
    response.on('error', () => {})
    if (onChunk) response.setEncoding('utf8').on('data', onChunk)
    else response.pause()
  }
  try {
    const db = await connect<Tushare>(server.url)
    await db.adj_factor.upsert([{ ts_code: 'S0', trade_date: '2024-01-02', adj_factor: 1 }])
    const live = subscribers - stalled
    for (let from = 0; from < live; from += 10)
      await Promise.all(
        Array.from({ length: Math.min(10, live - from) }, () =>
          listen({ symbols: ['S0'] }, (text) => {
            const now = Date.now()
            for (const [, at = ''] of text.matchAll(AT)) delays.push(now - Date.parse(`${at.replace(' ', 'T')}Z`))
          }),
        ),
      )
    let samples: number[] = []
    const watching = new AbortController()
    const watched = (async () => {
      for await (const { heapUsed, external } of db.ops.watch({ signal: watching.signal }))
        samples.push(heapUsed + external)
    })().catch(() => {})
    /** Writes ten times a second; resolves to how many changes there were. */
    const write = async (during: number): Promise<number> => {
      const until = performance.now() + during
      const all: Promise<unknown>[] = []
      let pending = 0
      samples = []
      delays = []
      for (let value = 2; performance.now() < until; value++) {
        const startedAt = performance.now()
        const rows = Array.from({ length: SYMBOLS }, (_, n) => ({
          ...{ ts_code: `S${n}`, trade_date: '2024-01-02', adj_factor: value },
        }))
        // A server that falls behind makes fewer changes: the result says how many there were.
        if (pending >= MAX_PENDING) await Promise.race([...all.slice(-MAX_PENDING)])
        pending++
        all.push(db.adj_factor.upsert(rows).finally(() => pending--))
        await sleep(Math.max(0, EVERY_MS - (performance.now() - startedAt)))
      }
      await Promise.all(all)
      await sleep(2_000)
      return all.length
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
    for (let n = 0; n < stalled; n++) await listen({})
    const changes = await write(ms)
    const found = [...delays]
    const after = await inUse()
    watching.abort()
    await watched
    return {
      ...{ subscribers, stalled, changes },
      p50Ms: percentile(found, 0.5),
      p99Ms: percentile(found, 0.99),
      missed: changes * live - found.length,
      stalledKB: (after - before) / 1_024 / stalled,
    }
  } finally {
    for (const response of open) response.destroy()
    agent.destroy()
    await server.stop()
  }
}
