import { tushare } from '@stockdb/contract'
import { describe, expect, it } from 'vitest'
import { RowGuess } from '../../src/plan/row-guess.ts'

describe('the estimate of the rows that a call reads', () => {
  const daily = new RowGuess(tushare.daily)
  const minutes = new RowGuess(tushare.stk_mins)

  it('is the limit if rows are returned unchanged, even as daily bars', () => {
    expect(daily.range({ limit: 1 })).toBe(1)
    expect(daily.range({ freq: 'day', limit: 1 })).toBe(1)
    expect(minutes.range({ freq: '1min', limit: 10 })).toBe(10)
    expect(daily.range({ freq: 'day' })).toBe(daily.range({}))
  })

  it('is the number of rows in the bars within the limit, plus one bar', () => {
    expect(daily.range({ freq: 'week', limit: 1 })).toBe(10)
    expect(daily.range({ freq: 'year', limit: 3 })).toBe(4 * 250)
    expect(minutes.range({ freq: '30min', from: '1min', limit: 9 })).toBe(300)
    // A symbol has no more rows on a day.
    expect(minutes.range({ symbols: ['A'], start: '2024-01-02', end: '2024-01-02', freq: '30min', limit: 1_000 })).toBe(
      240,
    )
  })

  it('is at least a whole symbol if bars of several lengths may be compared', () => {
    const days = { start: '2024-01-02', end: '2024-01-10' }
    const one = minutes.range({ symbols: ['A'], ...days, freq: '1min' })
    expect(minutes.range({ symbols: ['A', 'B', 'C'], ...days, freq: '30min', limit: 1 })).toBe(one)
    expect(minutes.range({ symbols: [], ...days, freq: '30min', limit: 1 })).toBe(0)
  })

  it('is the whole market over 15 years by default', () => {
    expect(daily.range({ freq: 'week' })).toBe(5_500 * 15 * 243)
    expect(minutes.range({ freq: '30min' })).toBe(5_500 * 15 * 243 * 240)
  })
})
