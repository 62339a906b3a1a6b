import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type Tushare } from '@stockdb/client'
import { startServer } from '../server.ts'
import { percentile } from '../statistics.ts'

const SEQUENCE = /"sequence":(\d+)/g
const EVERY_MS = 100
/** Symbols of one write: an event that names them all has some 8 KB, so that a reader who stalls fills its socket soon. */
const SYMBOLS = 900

export interface ListenerResult {
  readonly subscribers: number
  readonly stalled: number
  readonly changes: number
  /** From sending a write to its event at a subscriber. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly missed: number
  /** Resident memory that the stalled subscribers added, for each. */
  readonly stalledKB: number
}

/**
 * Subscribers that listen to one symbol while ten writes a second name it, first alone, then beside others that listen to every symbol
 * and never read.
 */
export async function measureListeners(
  database: string,
  { subscribers, stalled, ms }: { subscribers: number; stalled: number; ms: number },
): Promise<ListenerResult> {
  const limits = ['--max-subscriptions', '5000', '--max-connections', '5000']
  const server = await startServer(database, '', false, limits)
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })
  const open: IncomingMessage[] = []
  const received = new Map<number, number[]>()
  const listen = async (input: object, onChunk?: (text: string) => void): Promise<void> => {
    const url = `${server.url}/trpc/adj_factor.watch?input=${encodeURIComponent(JSON.stringify(input))}`
    const request = get(url, { agent, headers: { accept: 'text/event-stream' } })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    if (response.statusCode !== 200) throw new Error(`a subscription was refused (${response.statusCode})`)
    open.push(response)
    response.on('error', () => {})
    if (onChunk) response.setEncoding('utf8').on('data', onChunk)
    else response.pause()
  }
  try {
    const db = await connect<Tushare>(server.url)
    await db.adj_factor.upsert([{ ts_code: 'S0', trade_date: '2024-01-02', adj_factor: 1 }])
    const live = subscribers - stalled
    for (let from = 0; from < live; from += 50)
      await Promise.all(
        Array.from({ length: Math.min(50, live - from) }, () =>
          listen({ symbols: ['S0'] }, (text) => {
            const at = performance.now()
            for (const [, sequence] of text.matchAll(SEQUENCE)) {
              const times = received.get(Number(sequence)) ?? []
              times.push(at)
              received.set(Number(sequence), times)
            }
          }),
        ),
      )
    const write = async (during: number): Promise<Map<number, number>> => {
      const sent = new Map<number, number>()
      const until = performance.now() + during
      const all: Promise<void>[] = []
      for (let value = 2; performance.now() < until; value++) {
        const startedAt = performance.now()
        const rows = Array.from({ length: SYMBOLS }, (_, n) => ({
          ...{ ts_code: `S${n}`, trade_date: '2024-01-02', adj_factor: value },
        }))
        all.push(db.adj_factor.upsert(rows).then(({ sequence }) => void sent.set(sequence, startedAt)))
        await sleep(Math.max(0, EVERY_MS - (performance.now() - startedAt)))
      }
      await Promise.all(all)
      await sleep(1_000)
      return sent
    }
    await write(ms)
    const before = server.residentMB()
    for (let n = 0; n < stalled; n++) await listen({})
    const sent = await write(ms)
    const after = server.residentMB()
    const delays = [...sent].flatMap(([sequence, at]) => (received.get(sequence) ?? []).map((time) => time - at))
    return {
      ...{ subscribers, stalled, changes: sent.size },
      p50Ms: percentile(delays, 0.5),
      p99Ms: percentile(delays, 0.99),
      missed: sent.size * live - delays.length,
      stalledKB: ((after - before) * 1_024) / stalled,
    }
  } finally {
    for (const response of open) response.destroy()
    agent.destroy()
    await server.stop()
  }
}
