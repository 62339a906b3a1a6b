import { type Client, connect, type Tushare } from '@stockdb/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { momentumStudy } from '../lib/momentum-study.ts'
import { type SampleServer, startSample } from './run-example.ts'

let server: SampleServer
let db: Client<Tushare>
beforeAll(async () => {
  server = await startSample()
  db = await connect(server.url)
})
afterAll(() => server.close())

describe('the momentum study', () => {
  it('gives the same result up to a day with or without later days', async () => {
    const whole = await momentumStudy(db)
    for (const until of ['2022-04-29', '2023-06-30', '2024-02-14']) {
      const part = await momentumStudy(db, until)
      expect(part.strategy.dates.length).toBeGreaterThan(300)
      expect(part.strategy.dates).toEqual(whole.strategy.dates.slice(0, part.strategy.dates.length))
      // Prices with another anchor differ in their last bits.
      part.strategy.value.forEach((value, t) => {
        expect(Math.abs(value / (whole.strategy.value[t] ?? Number.NaN) - 1)).toBeLessThan(1e-9)
      })
      const picks = ({ rankings, prices }: typeof whole) =>
        rankings.map(({ formed, order }) => [
          prices.sessions[formed],
          ...order.slice(0, 10).map(({ stock }) => prices.stocks[stock]?.code),
        ])
      expect(picks(part)).toEqual(picks(whole).slice(0, part.rankings.length))
    }
  })

  it('ranks on the last session of each month, including delisted stocks', async () => {
    const { prices, rankings } = await momentumStudy(db)
    const open = await db.calendar.sessions({ start: '2020-08-01', end: '2024-12-31' })
    const lastOfMonth = open.filter((date, at) => open[at + 1]?.slice(0, 7) !== date.slice(0, 7))
    expect(rankings.map(({ formed }) => prices.sessions[formed])).toEqual(lastOfMonth)
    const ranked = new Set(rankings.flatMap(({ order }) => order.map(({ stock }) => stock)))
    expect(prices.stocks.filter(({ delisted }, stock) => delisted !== null && ranked.has(stock))).toHaveLength(2)
  })

  it('measures the index from the same close', async () => {
    const { index, strategy } = await momentumStudy(db)
    const [first, last] = [strategy.dates[0] ?? '', strategy.dates.at(-1) ?? '']
    const { columns } = await db.index_daily.range({
      symbols: ['000300.SYN'],
      start: first,
      end: last,
      fields: ['close'],
    })
    expect(index?.value[0]).toBe(1)
    expect(index?.value.at(-1)).toBeCloseTo((columns.close.at(-1) ?? Number.NaN) / (columns.close[0] ?? Number.NaN), 12)
  })
})
