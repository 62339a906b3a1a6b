import type { Tushare } from '@stockdb/contract'
import { tushare } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Served, serve } from '../../support/serve.ts'
import { oneOfEachEngine, type Store } from '../../support/stores.ts'
import { writeRows } from '../../support/write-rows.ts'

/** Trading days around the Spring Festival of 2024: closed from Friday the 9th to Sunday the 18th of February. */
const sessions = [
  ...['2024-01-29', '2024-01-30', '2024-01-31', '2024-02-01', '2024-02-02'],
  ...['2024-02-05', '2024-02-06', '2024-02-07', '2024-02-08'],
  ...['2024-02-19', '2024-02-20', '2024-02-21', '2024-02-22', '2024-02-23'],
  ...['2024-02-26', '2024-02-27', '2024-02-28', '2024-02-29', '2024-03-01'],
]
const calendar = Array.from({ length: 63 }, (_, at) => new Date(Date.UTC(2024, 0, 1 + at)).toISOString().slice(0, 10))

/** A trades every day from 10 up by 1; B is suspended on Thursday the 8th and on Friday the 1st of March. */
const rowsOfA = sessions.map((day, at) => ['A', day, 10 + at, 11 + at, 9 + at, 10.5 + at, 9.5 + at, 1, 9, 100, 1_000])
const rowsOfB = sessions
  .filter((day) => day !== '2024-02-08' && day !== '2024-03-01')
  .map((day, at) => ['B', day, 50, 50 + (at % 3), 49 - (at % 2), 50, 50, 0, 0, at === 0 ? null : 7, null])

const fields = ['open', 'high', 'low', 'close', 'pre_close', 'change', 'pct_chg', 'vol', 'amount'] as const

describe.each(oneOfEachEngine)('bars of longer periods on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
    const { engine } = served.server
    await writeRows(
      engine,
      tushare.trade_cal,
      calendar.map((day) => ['SSE', day, Number(sessions.includes(day))]),
      ['exchange', 'cal_date', 'is_open'],
    )
    await writeRows(engine, tushare.daily, [...rowsOfA, ...rowsOfB])
    // A halves on the 20th of February.
    await writeRows(
      engine,
      tushare.adj_factor,
      sessions.flatMap((day) => [
        ['A', day, day < '2024-02-20' ? 1 : 2],
        ['B', day, 1],
      ]),
    )
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it('are dated by the last session of the week, whichever symbols traded, despite holidays', async () => {
    const frame = await served.db.daily.range({ start: '2024-02-05', end: '2024-03-01', freq: 'week', fields })
    expect(frame.rows()).toEqual([
      {
        ts_code: 'A',
        trade_date: '2024-02-08',
        open: 15,
        high: 19,
        low: 14,
        close: 18.5,
        pre_close: 14.5,
        change: 4,
        pct_chg: (4 / 14.5) * 100,
        vol: 400,
        amount: 4_000,
      },
      {
        ts_code: 'A',
        trade_date: '2024-02-23',
        open: 19,
        high: 24,
        low: 18,
        close: 23.5,
        pre_close: 18.5,
        change: 5,
        pct_chg: (5 / 18.5) * 100,
        vol: 500,
        amount: 5_000,
      },
      {
        ts_code: 'A',
        trade_date: '2024-03-01',
        open: 24,
        high: 29,
        low: 23,
        close: 28.5,
        pre_close: 23.5,
        change: 5,
        pct_chg: (5 / 23.5) * 100,
        vol: 500,
        amount: 5_000,
      },
      {
        ts_code: 'B',
        trade_date: '2024-02-08',
        open: 50,
        high: 52,
        low: 48,
        close: 50,
        pre_close: 50,
        change: 0,
        pct_chg: 0,
        vol: 21,
        amount: Number.NaN,
      },
      {
        ts_code: 'B',
        trade_date: '2024-02-23',
        open: 50,
        high: 52,
        low: 48,
        close: 50,
        pre_close: 50,
        change: 0,
        pct_chg: 0,
        vol: 35,
        amount: Number.NaN,
      },
      {
        ts_code: 'B',
        trade_date: '2024-03-01',
        open: 50,
        high: 52,
        low: 48,
        close: 50,
        pre_close: 50,
        change: 0,
        pct_chg: 0,
        vol: 28,
        amount: Number.NaN,
      },
    ])
    expect(frame.meta).toMatchObject({
      freq: 'week',
      rows: 6,
      complete: true,
      coverage: { symbolsFound: 2, sessionsExpected: 14, sessionsFound: 14 },
    })
  })

  it.each([
    ['month', ['2024-01-31', '2024-02-29']],
    ['quarter', ['2024-03-01']],
    ['year', ['2024-03-01']],
    ['week', ['2024-02-02', '2024-02-08', '2024-02-23', '2024-03-01']],
  ] as const)('of a %s end with its last session, or with the last day that there is', async (freq, dates) => {
    const frame = await served.db.daily.range({ symbols: ['B'], freq, fields: ['vol'] })
    expect(frame.columns.trade_date).toEqual(dates)
    expect(frame.columns.vol.reduce((sum, vol) => sum + vol)).toBe(16 * 7)
  })

  it('cut by the range contain only the sessions within it', async () => {
    const input = {
      symbols: ['A'],
      start: '2024-01-31',
      end: '2024-02-21',
      freq: 'week',
      fields: ['open', 'vol'],
    } as const
    const frame = await served.db.daily.range(input)
    expect(frame.rows().map(({ trade_date, open, vol }) => [trade_date, open, vol])).toEqual([
      ['2024-02-02', 12, 300],
      ['2024-02-08', 15, 400],
      ['2024-02-21', 19, 300],
    ])
  })

  it('use adjusted prices', async () => {
    const input = {
      symbols: ['A'],
      start: '2024-02-19',
      end: '2024-02-23',
      freq: 'week',
      fields: ['open', 'high', 'close', 'change', 'vol'],
    } as const
    const [bar] = (await served.db.daily.range({ ...input, adjust: 'qfq' })).rows()
    expect(bar).toMatchObject({ open: 9.5, high: 24, close: 23.5, change: 23.5 - 18.5 / 2, vol: 500 })
    const hfq = await served.db.daily.range({ ...input, adjust: 'hfq' })
    expect(hfq.rows()[0]).toMatchObject({ open: 19, high: 48, close: 47, change: 47 - 18.5 })
    expect((await served.db.daily.range({ ...input, adjust: 'qfq', anchor: '2024-02-19' })).meta).toMatchObject({
      anchor: '2024-02-19',
      adjust: 'qfq',
      freq: 'week',
    })
  })

  it('are counted by the limit, and equal those of a stream', async () => {
    const two = await served.db.daily.range({ freq: 'week', limit: 6, fields: ['close'] })
    expect(two.meta).toMatchObject({ rows: 6, complete: false })
    expect(two.columns.trade_date.at(-1)).toBe('2024-02-08')
    expect((await served.db.daily.range({ freq: 'week', limit: 8 })).meta).toMatchObject({ rows: 8, complete: true })
    const whole = await served.db.daily.range({ freq: 'month', fields: ['close'] })
    const parts: object[] = []
    for await (const batch of served.db.daily.stream({ freq: 'month', fields: ['close'] })) parts.push(...batch.rows())
    expect(parts).toEqual(whole.rows())
  })

  it('of a day are the rows themselves, and without rows there are no bars', async () => {
    const input = { symbols: ['A'], start: '2024-02-05', end: '2024-02-08' }
    expect((await served.db.daily.range({ ...input, freq: 'day' })).rows()).toEqual(
      (await served.db.daily.range(input)).rows(),
    )
    for (const nothing of [
      { symbols: [] },
      { symbols: ['NOBODY'], unknownSymbols: 'ignore' as const },
      { start: '2025-01-01' },
    ])
      expect((await served.db.daily.range({ ...nothing, freq: 'week' })).numRows).toBe(0)
    expect((await served.db.index_daily.range({ freq: 'week' })).numRows).toBe(0)
  })

  it('need a calendar that covers them', async () => {
    const own = await open()
    onTestFinished(() => own.drop())
    const bare = await serve(own.address)
    onTestFinished(() => bare.close())
    const { engine } = bare.server
    await writeRows(engine, tushare.daily, rowsOfA)
    await expect(bare.db.daily.range({ freq: 'week' })).rejects.toMatchObject({
      code: 'OUT_OF_CALENDAR',
      message: expect.stringContaining('SSE'),
    })
    const short = await open()
    onTestFinished(() => short.drop())
    const cut = await serve(short.address)
    onTestFinished(() => cut.close())
    await writeRows(cut.server.engine, tushare.daily, rowsOfA)
    const days = calendar.slice(33, 50).map((day) => ['SSE', day, 1])
    await writeRows(cut.server.engine, tushare.trade_cal, days, ['exchange', 'cal_date', 'is_open'])
    const refused = { code: 'OUT_OF_CALENDAR', message: expect.stringMatching(/2024-02-03 to 2024-02-19/) }
    await expect(cut.db.daily.range({ freq: 'week' })).rejects.toMatchObject(refused)
    await expect(cut.db.daily.range({ freq: 'week', end: '2024-02-08' })).rejects.toMatchObject(refused)
    expect((await cut.db.daily.range({ freq: 'week', start: '2024-02-05', end: '2024-02-08' })).numRows).toBe(1)
  })

  it('are refused if they are impossible', async () => {
    const refused = { code: 'INVALID_INPUT' }
    for (const freq of [undefined, 'week'] as const)
      await expect(served.db.daily.range({ start: '2024-02-08', end: '2024-02-07', freq })).rejects.toMatchObject({
        ...refused,
        message: expect.stringContaining('start: got "2024-02-08", which is after end "2024-02-07"'),
      })
    await expect(served.db.daily.range({ freq: 'hour' } as never)).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(/freq.*day, week, month/),
    })
    await expect(served.db.daily.range({ freq: '5min' } as never)).rejects.toMatchObject(refused)
    await expect(served.db.daily_basic.range({ freq: 'week' } as never)).rejects.toMatchObject(refused)
    await expect(served.db.daily.range({ freq: 'week', from: '1min' } as never)).rejects.toMatchObject(refused)
    await expect(served.db.daily.at({ date: '2024-02-08', freq: 'week' } as never)).rejects.toMatchObject(refused)
  })
})

/** A bar of a given length with equal prices. */
const minute = (code: string, freq: string, at: string, price: number, vol: number): StoredValue[] => [
  code,
  freq,
  at,
  price,
  price,
  price,
  price,
  vol,
  vol * price,
]

describe.each(oneOfEachEngine)('minute bars on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
    const times = ['09:30', '09:31', '09:35', '09:36', '11:30', '13:01', '13:05', '14:58', '15:00']
    const ones = ['2024-01-02', '2024-01-03'].flatMap((day) =>
      times.map((time, at) => minute('A', '1min', `${day} ${time}:00`, 10 + at, 1)),
    )
    await writeRows(
      served.server.engine,
      tushare.stk_mins,
      [
        ...ones,
        // Stored on one day only.
        minute('A', '5min', '2024-01-02 09:35:00', 99, 99),
        minute('B', '1min', '2024-01-02 09:31:00', 1, 1),
        minute('B', '5min', '2024-01-02 09:35:00', 2, 2),
        minute('B', '5min', '2024-01-02 09:40:00', 3, 3),
        minute('C', '15min', '2024-01-02 09:45:00', 4, 4),
      ],
      ['ts_code', 'freq', 'trade_time', 'open', 'close', 'high', 'low', 'vol', 'amount'],
    )
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  const short = (frame: { rows(): { trade_time: string; vol: number }[] }) =>
    frame.rows().map(({ trade_time, vol }) => `${trade_time.slice(11, 16)} ${vol}`)

  it("are combined by session; a bar's time is its end", async () => {
    const frame = await served.db.stk_mins.range({
      symbols: ['A'],
      start: '2024-01-03',
      end: '2024-01-03',
      freq: '5min',
    })
    expect(frame.meta).toMatchObject({ freq: '5min', from: '1min', arguments: { freq: '5min' } })
    expect(short(frame)).toEqual(['09:35 3', '09:40 1', '11:30 1', '13:05 2', '15:00 2'])
    expect(frame.rows()[0]).toEqual({
      ts_code: 'A',
      freq: '5min',
      trade_time: '2024-01-03 09:35:00',
      open: 10,
      close: 12,
      high: 12,
      low: 10,
      vol: 3,
      amount: 33,
    })
    expect(
      short(await served.db.stk_mins.range({ symbols: ['A'], start: '2024-01-03', freq: '60min', fields: ['vol'] })),
    ).toEqual(['10:30 4', '11:30 1', '14:00 2', '15:00 2'])
  })

  it('are the stored ones, if they cover all symbols over the whole range', async () => {
    const stored = await served.db.stk_mins.range({ symbols: ['B'], freq: '5min', fields: ['vol', 'freq'] })
    expect(short(stored)).toEqual(['09:35 2', '09:40 3'])
    expect(stored.meta).toMatchObject({ freq: '5min', from: '5min' })
    // A has them on only one of its days.
    const made = await served.db.stk_mins.range({ symbols: ['A'], freq: '5min', fields: ['vol'] })
    expect([made.meta.from, made.numRows]).toEqual(['1min', 10])
    // And on that day only one of many.
    expect((await served.db.stk_mins.range({ symbols: ['A'], end: '2024-01-02', freq: '5min' })).meta.from).toBe('1min')
    const longest = await served.db.stk_mins.range({ symbols: ['B'], freq: '15min', fields: ['vol', 'freq'] })
    expect(longest.rows()).toEqual([{ ts_code: 'B', trade_time: '2024-01-02 09:45:00', vol: 5, freq: '15min' }])
    expect(longest.meta.from).toBe('5min')
  })

  it('are made from the named length', async () => {
    const made = await served.db.stk_mins.range({ symbols: ['B'], freq: '5min', from: '1min', fields: ['vol'] })
    expect([made.meta.from, short(made)]).toEqual(['1min', ['09:35 1']])
    const stored = await served.db.stk_mins.range({ symbols: ['A'], freq: '5min', from: '5min', fields: ['vol'] })
    expect(short(stored)).toEqual(['09:35 99'])
    await expect(served.db.stk_mins.range({ freq: '5min', from: '2min' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/from: got "2min".*divides 5min/),
    })
  })

  it('are refused if no stored length fits all symbols, or no length is named', async () => {
    await expect(served.db.stk_mins.range({ symbols: ['A', 'C'], freq: '15min' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/from: 15min, 5min, 1min/),
    })
    for (const input of [{}, { freq: '0min' }, { freq: '5' }, { freq: '1441min' }, { freq: 'week' }])
      await expect(served.db.stk_mins.range(input as never)).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringMatching(/freq/),
      })
    await expect(served.db.stk_mins.latest({} as never)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('at a moment, and the latest, are the stored ones', async () => {
    expect(
      short(await served.db.stk_mins.at({ date: '2024-01-02 09:36:00', symbols: ['A'], freq: '1min', lookback: true })),
    ).toEqual(['09:36 1'])
    expect(short(await served.db.stk_mins.latest({ freq: '1min', n: 2 }))).toEqual(['14:58 1', '15:00 1', '09:31 1'])
    expect(short(await served.db.stk_mins.latest({ freq: '5min' }))).toEqual(['09:35 99', '09:40 3'])
    expect((await served.db.stk_mins.at({ date: '2024-01-02', freq: '30min' })).numRows).toBe(0)
  })

  it('are limited by bars', async () => {
    const frame = await served.db.stk_mins.range({
      symbols: ['A'],
      start: '2024-01-03',
      freq: '5min',
      limit: 2,
      fields: ['vol'],
    })
    expect([short(frame), frame.meta.complete]).toEqual([['09:35 3', '09:40 1'], false])
    const stored = await served.db.stk_mins.range({ symbols: ['B'], freq: '5min', limit: 1, fields: ['vol'] })
    expect([short(stored), stored.meta.complete]).toEqual([['09:35 2'], false])
  })
})
