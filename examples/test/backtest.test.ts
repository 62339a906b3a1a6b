import { describe, expect, it } from 'vitest'
import { backtest } from '../lib/backtest.ts'
import type { Ranking } from '../lib/momentum-ranking.ts'
import { carriedForward, type Prices } from '../lib/prices.ts'

const sessions = ['2024-01-31', '2024-02-01', '2024-02-02', '2024-02-29', '2024-03-01']

/** One stock: its opens and closes by session, null while it is not traded. */
interface Quotes {
  open: (number | null)[]
  close: (number | null)[]
  delisted?: string
  locked?: number
}

function pricesOf(quotes: readonly Quotes[]): Prices {
  const rows = (field: 'open' | 'close') =>
    sessions.map((_, t) => Float64Array.from(quotes, (each) => each[field][t] ?? Number.NaN))
  return {
    sessions,
    stocks: quotes.map(({ delisted }, s) => ({
      code: `S${s}`,
      name: '',
      industry: '',
      delisted: delisted ?? null,
      lastBar: '2024-03-01',
    })),
    open: rows('open'),
    close: carriedForward(rows('close')),
    tradable: sessions.map((_, t) =>
      Uint8Array.from(quotes, ({ open, locked }) => (open[t] != null && locked !== t ? 1 : 0)),
    ),
  }
}

const ranking = (formed: number, ...stocks: number[]): Ranking => ({
  formed,
  order: stocks.map((stock) => ({ stock, momentum: 0 })),
})
const free = { holdings: 1, cost: 0 }
const rising: Quotes = { open: [10, 10, 12, 20, 20], close: [10, 11, 12, 20, 25] }
const flat: Quotes = { open: [5, 5, 5, 5, 5], close: [5, 5, 5, 5, 5] }

describe('a backtest', () => {
  it('buys at the open after the ranking, not at its close', () => {
    const late: Quotes = { open: [10, 20, 20, 20, 20], close: [10, 20, 20, 20, 40] }
    const { dates, value } = backtest(pricesOf([late]), [ranking(0, 0)], free)
    expect(dates).toEqual(sessions)
    expect([...value]).toEqual([1, 1, 1, 1, 2])
  })

  it('skips a stock that is not traded, or locked at its limit, when it would be bought', () => {
    const suspended: Quotes = { open: [1, null, 9, 9, 9], close: [1, null, 9, 9, 9] }
    const locked: Quotes = { open: [1, 1.1, 9, 9, 9], close: [1, 1.1, 9, 9, 9], locked: 1 }
    const { value } = backtest(pricesOf([suspended, locked, flat]), [ranking(0, 0, 1, 2)], free)
    expect([...value]).toEqual([1, 1, 1, 1, 1])
  })

  it('keeps a position that it cannot sell, at its last close', () => {
    const stuck: Quotes = { open: [8, 8, 12, null, null], close: [8, 10, 12, null, null] }
    const { value } = backtest(pricesOf([stuck, rising]), [ranking(0, 0, 1), ranking(3, 1, 0)], free)
    expect([...value]).toEqual([1, 1.25, 1.5, 1.5, 1.5])
  })

  it('pays a delisted stock out at its last close', () => {
    const gone: Quotes = { open: [10, 10, 5, null, null], close: [10, 8, 4, null, null], delisted: '2024-02-02' }
    const { value } = backtest(pricesOf([gone, rising]), [ranking(0, 0), ranking(3, 1)], free)
    expect(value.at(3)).toBeCloseTo(0.4, 12)
    // 0.4 CNY of a stock that opens at 20 and closes at 25.
    expect(value.at(4)).toBeCloseTo(0.5, 12)
  })

  it('charges costs on purchases and sales only', () => {
    const rules = { holdings: 1, cost: 0.01 }
    expect(backtest(pricesOf([flat]), [ranking(0, 0), ranking(3, 0)], rules).value.at(-1)).toBeCloseTo(0.99, 12)
    const changed = backtest(pricesOf([flat, { ...flat }]), [ranking(0, 0), ranking(3, 1)], rules)
    expect(changed.value.at(-1)).toBeCloseTo(0.99 * 0.98, 12)
    expect(changed.turnover).toBeCloseTo((3 / 4) * 242, 9)
  })
})
