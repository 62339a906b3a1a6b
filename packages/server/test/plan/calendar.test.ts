import type { Tushare } from '@stockdb/contract'
import { tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../support/serve.ts'
import { enginesOfRun, type Store } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

/** Two weeks of January 2024: closed on New Year's Day and at weekends; BSE is open only at weekends. */
const days = Array.from({ length: 14 }, (_, index) => `2024-01-${String(index + 1).padStart(2, '0')}`)
const weekend = new Set(['2024-01-06', '2024-01-07', '2024-01-13', '2024-01-14'])
const sessions = days.filter((day) => !weekend.has(day) && day !== '2024-01-01')

describe.each(enginesOfRun)('the trading calendar on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
    await writeRows(
      served.server.engine,
      tushare.trade_cal,
      [
        ...days.map((day) => ['SSE', day, Number(sessions.includes(day))]),
        ...days.map((day) => ['BSE', day, Number(weekend.has(day))]),
      ],
      ['exchange', 'cal_date', 'is_open'],
    )
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it('returns the sessions between two days, both inclusive, of SSE by default', async () => {
    const { calendar } = served.db
    expect(await calendar.sessions({ start: '2024-01-01', end: '20240114' })).toEqual(sessions)
    expect(await calendar.sessions({ start: '2024-01-04', end: '2024-01-08' })).toEqual([
      '2024-01-04',
      '2024-01-05',
      '2024-01-08',
    ])
    expect(await calendar.sessions({ start: '2024-01-06', end: '2024-01-07' })).toEqual([])
    expect(await calendar.sessions({ start: '2024-01-05', end: '2024-01-08', exchange: 'BSE' })).toEqual([
      '2024-01-06',
      '2024-01-07',
    ])
  })

  it('skips closed days, and never returns the day itself', async () => {
    const { calendar } = served.db
    expect(await calendar.next({ date: '2024-01-05' })).toBe('2024-01-08')
    expect(await calendar.next({ date: '2024-01-06' })).toBe('2024-01-08')
    expect(await calendar.previous({ date: '2024-01-08' })).toBe('2024-01-05')
    expect(await calendar.previous({ date: '2024-01-07' })).toBe('2024-01-05')
    expect(await calendar.next({ date: '20240108', exchange: 'BSE' })).toBe('2024-01-13')
  })

  it.each([
    ['2024-01-05', 0, '2024-01-05'],
    ['2024-01-06', 0, '2024-01-05'],
    ['2024-01-05', 1, '2024-01-08'],
    ['2024-01-06', 1, '2024-01-08'],
    ['2024-01-06', -1, '2024-01-05'],
    ['2024-01-08', -1, '2024-01-05'],
    ['2024-01-02', 8, '2024-01-12'],
    ['2024-01-12', -8, '2024-01-02'],
  ])('from %s by %i is %s', async (date, n, expected) => {
    expect(await served.db.calendar.offset({ date, n })).toBe(expected)
  })

  it.each([
    [
      'sessions',
      { start: '2023-12-31', end: '2024-01-05' },
      /start: got "2023-12-31"; trade_cal has SSE from 2024-01-01 to 2024-01-14/,
    ],
    ['sessions', { start: '2024-01-05', end: '2024-01-15' }, /end: got "2024-01-15"/],
    ['sessions', { start: '2024-01-05', end: '2024-01-08', exchange: 'NYSE' }, /no day of the exchange "NYSE"/],
    ['next', { date: '2024-01-12' }, /there is no session 1 from 2024-01-12/],
    ['next', { date: '2024-01-15' }, /date: got "2024-01-15"/],
    ['previous', { date: '2024-01-02' }, /there is no session -1 from 2024-01-02/],
    ['previous', { date: '1999-01-01' }, /date: got "1999-01-01"/],
    ['offset', { date: '2024-01-05', n: 100 }, /there is no session 100/],
    ['offset', { date: '2024-01-01', n: 0 }, /there is no session 0/],
  ] as const)('%s of %j is outside of it, which is an error', async (name, input, message) => {
    const call = (served.db.calendar[name] as (input: object) => Promise<unknown>)(input)
    await expect(call).rejects.toMatchObject({ code: 'OUT_OF_CALENDAR', message: expect.stringMatching(message) })
  })

  it('refuses a day that is neither open nor closed, with its row', async () => {
    const flag = (open: number) => [['SZSE', '2024-01-03', open]]
    const { engine } = served.server
    const fields = ['exchange', 'cal_date', 'is_open']
    await writeRows(engine, tushare.trade_cal, [['SZSE', '2024-01-02', 1], ...flag(7)], fields)
    const asked = { start: '2024-01-02', end: '2024-01-03', exchange: 'SZSE' }
    await expect(served.db.calendar.sessions(asked)).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(
        /trade_cal, column is_open: .* exchange = "SZSE", cal_date = "2024-01-03"; expected/,
      ),
    })
    await writeRows(engine, tushare.trade_cal, flag(1), fields)
    expect(await served.db.calendar.sessions(asked)).toEqual(['2024-01-02', '2024-01-03'])
  })

  it('refuses a range that ends before it starts, and invalid dates', async () => {
    const refused = { code: 'INVALID_INPUT' }
    await expect(served.db.calendar.sessions({ start: '2024-01-08', end: '2024-01-05' })).rejects.toMatchObject(refused)
    await expect(served.db.calendar.next({ date: '2024-13-01' })).rejects.toMatchObject(refused)
    await expect(served.db.calendar.offset({ date: '2024-01-05', n: 0.5 })).rejects.toMatchObject(refused)
    await expect(served.db.calendar.offset({ date: '2024-01-05', n: 100_001 })).rejects.toMatchObject(refused)
  })
})
