import type { Client } from '@stockdb/client'
import type { Tushare } from '@stockdb/contract'
import { dateOf, daysOf } from '@stockdb/contract/internal'

/** Codes of two years of rows; the last one was listed late. */
export const MARKET_CODES: readonly string[] = Array.from({ length: 12 }, (_, at) => `${String(600_000 + at * 7)}.SH`)
/** A code that is listed and has no rows. */
const SILENT_CODE = '600999.SH'
const MARKET_START = '2022-01-03'
const MARKET_DAYS = 730

const isOpen = (day: number): boolean => ![0, 6].includes(new Date(day * 86_400_000).getUTCDay())

/** Writes rows with all that makes answers differ: gaps, nulls, factors without a row, and rows without a factor of their day. */
export async function writeMarket(db: Client<Tushare>, random: () => number): Promise<void> {
  const first = daysOf(MARKET_START)
  const all = Array.from({ length: MARKET_DAYS }, (_, at) => first + at)
  const calendar = Array.from({ length: MARKET_DAYS + 200 }, (_, at) => first - 100 + at)
  await db.trade_cal.upsert(
    calendar.map((day) => ({ exchange: 'SSE', cal_date: dateOf(day), is_open: isOpen(day) ? 1 : 0 })),
  )
  await db.stock_basic.upsert(
    [...MARKET_CODES, SILENT_CODE].map((ts_code, at) => ({
      ts_code,
      list_date: '2010-01-04',
      delist_date: at === 3 ? dateOf(first + 500) : null,
    })),
  )
  for (const [at, ts_code] of MARKET_CODES.entries()) {
    const days = all.filter(
      (day) => isOpen(day) && random() < 0.95 && (at !== 11 || day > first + 300) && (at !== 3 || day < first + 500),
    )
    await db.daily.upsert(
      days.map((day) => ({
        ts_code,
        trade_date: dateOf(day),
        ...{
          open: 10 + random(),
          high: 12,
          low: 9,
          close: 10 + random(),
          pre_close: random() < 0.1 ? null : 10 + random(),
        },
        ...{ vol: random() < 0.05 ? null : Math.floor(random() * 1e6), amount: random() * 1e6 },
      })),
    )
    let factor = 1 + at
    const steps = all.filter(
      (day) => isOpen(day) && (at !== 11 || day > first + 290) && random() < (at === 5 ? 0.01 : 0.9),
    )
    await db.adj_factor.upsert(
      [first - 40, ...steps].slice(at === 11 ? 1 : 0).map((day) => {
        if (random() < 0.02) factor *= 1.1
        return { ts_code, trade_date: dateOf(day), adj_factor: factor }
      }),
    )
  }
}

/** A question of any shape about that market. */
export function marketQuestion(random: () => number): {
  readonly path: string
  readonly input: Record<string, unknown>
} {
  const pick = <One>(all: readonly One[]): One => all[Math.floor(random() * all.length)] as One
  const day = (): string => dateOf(daysOf(MARKET_START) - 20 + Math.floor(random() * (MARKET_DAYS + 40)))
  const [start, end] = [day(), day()].toSorted() as [string, string]
  const some = MARKET_CODES.filter(() => random() < 0.5)
  const symbols = random() < 0.4 || some.length === 0 ? MARKET_CODES : random() < 0.1 ? [...some, SILENT_CODE] : some
  const fields = pick([
    ['close'],
    ['close', 'vol'],
    ['open', 'high', 'low', 'close', 'pre_close', 'vol', 'amount'],
    ['vol'],
    ['pre_close', 'close'],
  ])
  const missing = random() < 0.7 ? {} : { missingFactor: pick(['raw', 'skip']) }
  const adjust = pick(['none', 'hfq', 'qfq'])
  const anchor = adjust === 'qfq' && random() < 0.2 ? { anchor: day() } : {}
  const asked = { fields, adjust, ...anchor, ...(adjust === 'none' ? {} : missing), unknownSymbols: 'ignore' }
  const from = random() < 0.3 ? {} : { start }
  const to = random() < 0.3 ? {} : { end }
  switch (Math.floor(random() * 7)) {
    case 0:
      return {
        path: 'daily.at',
        input: {
          ...asked,
          ...(random() < 0.3 ? {} : { symbols }),
          date: start,
          ...(random() < 0.3 ? { lookback: true } : {}),
        },
      }
    case 1:
      return { path: 'daily.latest', input: { ...asked, symbols, n: pick([1, 5, 200]), ...to } }
    case 2:
      return {
        path: 'daily.panel',
        input: {
          ...asked,
          symbols,
          fields: fields.slice(0, 2),
          start: start < MARKET_START ? MARKET_START : start,
          end: end < MARKET_START ? MARKET_START : end,
          fill: pick(['none', 'previous']),
        },
      }
    case 3:
      return { path: 'daily.range', input: { ...asked, symbols, ...from, ...to, freq: pick(['week', 'month']) } }
    case 4:
      return { path: 'adj_factor.range', input: { symbols, ...from, ...to, unknownSymbols: 'ignore' } }
    case 5:
      return {
        path: 'daily.range',
        input: { ...asked, symbols, ...from, ...to, ...(random() < 0.3 ? { limit: 50 } : {}) },
      }
    default:
      return { path: 'daily.range', input: { ...asked, symbols } }
  }
}
