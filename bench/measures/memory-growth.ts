import { type Client, connect, type Tushare } from '@stockdb/client'
import { DAYS, dateAt, SYMBOLS, symbolAt } from '../database.ts'
import { startServer } from '../server.ts'
import { slope } from '../statistics.ts'

const WARM_UP_CALLS = 60_000
const CALLS = 100_000
const SAMPLE_CALLS = 1_000
const CALLERS = 8
/** So little that the answers of the warm-up fill it several times: what comes later makes others leave. */
const CACHE_MB = 64
/** Answers that are being read may take the rest. */
const FULL_SHARE = 0.7

/** (d) Growth of the resident memory of a server with a full cache in MB per 100,000 mixed calls, fitted after a warm-up. */
export async function measureGrowth(database: string): Promise<number> {
  const server = await startServer(database, '', true, ['--cache-memory', `${CACHE_MB}MB`])
  try {
    const db = await connect(server.url)
    const points: [number, number][] = []
    let calls = 0
    const caller = async (): Promise<void> => {
      while (calls < WARM_UP_CALLS + CALLS) {
        const call = calls++
        await mixedCall(db, call)
        if (call >= WARM_UP_CALLS && call % SAMPLE_CALLS === 0) points.push([call / 100_000, server.residentMB()])
      }
    }
    await Promise.all(Array.from({ length: CALLERS }, caller))
    const kept = (await db.ops.stats()).cache.bytes / 2 ** 20
    if (kept < CACHE_MB * FULL_SHARE) throw new Error(`the cache has ${kept} of ${CACHE_MB} MB: it was not full`)
    return slope(points)
  } finally {
    await server.stop()
  }
}

/** A strategy's mix, with mistakes and cancelled reads: of 100 calls 80 small reads, the rest of every kind. */
async function mixedCall(db: Client<Tushare>, call: number): Promise<void> {
  const symbol = symbolAt(call % SYMBOLS)
  const day = (call * 7) % (DAYS - 64)
  const refused = (error: unknown): void => {
    if (!(error instanceof Error) || error.name !== 'InvalidInputError') throw error
  }
  switch (call % 100) {
    case 0:
      await db.daily.at({ date: dateAt(day), fields: ['close'] })
      break
    case 1:
      await db.daily.latest({ symbols: [symbol], n: 20 })
      break
    case 2:
      await db.daily.range({
        symbols: [symbolAt(call % 100)],
        adjust: 'qfq',
        fields: ['close', 'pct_chg'],
        end: dateAt(500),
      })
      break
    case 3:
      for await (const _batch of db.daily.stream({ fields: ['close'], start: dateAt(day), end: dateAt(day + 400) }))
        break
      break
    case 4:
      await db.daily.range({ start: 'not a date' }).catch(refused)
      break
    case 5:
      await db.calendar.offset({ date: dateAt(day), n: 5 })
      break
    case 6:
      await db.daily.range({
        symbols: Array.from({ length: 1 + (call % 300) }, (_, index) => symbolAt(index)),
        start: dateAt(day),
        end: dateAt(day + 2),
      })
      break
    case 7:
      await db.trpc.daily.range.query({ symbols: [symbol], start: dateAt(day), end: dateAt(day + 5) })
      break
    default:
      await db.daily.range({ symbols: [symbol], start: dateAt(day), end: dateAt(day + 63) })
  }
}
