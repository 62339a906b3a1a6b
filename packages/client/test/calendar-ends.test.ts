import { connect, OutOfCalendarError, tushare } from '@stockdb/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from './support/served.ts'

let served: Served
beforeAll(async () => {
  served = await serve()
  // The first quarter of 2024: weekends, New Year, and the Spring Festival from 9 to 18 February.
  const days = Array.from({ length: 91 }, (_, day) => new Date(Date.UTC(2024, 0, day + 1)))
  let previous = '2023-12-29'
  await served.fill(
    tushare.trade_cal,
    days.map((day) => {
      const date = day.toISOString().slice(0, 10)
      const open = day.getUTCDay() % 6 !== 0 && date !== '2024-01-01' && !(date >= '2024-02-09' && date <= '2024-02-18')
      const row = ['SSE', date, open ? 1 : 0, previous]
      if (open) previous = date
      return row
    }),
  )
})
afterAll(() => served.end())

describe('the ends of months', () => {
  it('are trading days, also where a month ends on a weekend', async () => {
    const { calendar } = await connect(served.url)
    expect(await calendar.monthEnds({ start: '2024-01-01', end: '2024-03-31' })).toEqual([
      '2024-01-31',
      '2024-02-29',
      '2024-03-29',
    ])
  })

  it('are not the last days of a range that ends within a month', async () => {
    const { calendar } = await connect(served.url)
    expect(await calendar.monthEnds({ start: '20240201', end: '20240328' })).toEqual(['2024-02-29'])
    expect(await calendar.monthEnds({ start: '2024-02-01', end: '2024-02-28' })).toEqual([])
  })

  it('are unknown where the calendar does not reach the end of the month', async () => {
    const { calendar } = await connect(served.url)
    await expect(calendar.monthEnds({ start: '2024-01-01', end: '2024-04-01' })).rejects.toThrow(OutOfCalendarError)
    await expect(calendar.monthEnds({ start: '2024-01-01', end: '2024-02-30' })).rejects.toThrow(/end: .*2024-02-30/)
  })
})

describe('the ends of weeks', () => {
  it('are the last trading days from Monday to Sunday; a week without one has none', async () => {
    const { calendar } = await connect(served.url)
    expect(await calendar.weekEnds({ start: '2024-02-01', end: '2024-02-25' })).toEqual([
      '2024-02-02',
      '2024-02-08',
      '2024-02-23',
    ])
    expect(await calendar.weekEnds({ start: '2024-02-05', end: '2024-02-07' })).toEqual([])
    expect(await calendar.weekEnds({ start: '2024-03-25', end: '2024-03-31' })).toEqual(['2024-03-29'])
  })
})
