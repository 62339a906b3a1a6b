import { type Tushare, tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { planAdjustment } from '../../../src/plan/adjust/adjustment.ts'
import { type Served, serve } from '../../support/serve.ts'
import { everyEngine, type Store } from '../../support/stores.ts'
import { writeRows } from '../../support/write-rows.ts'

describe('planning an adjustment', () => {
  const rule = tushare.daily.adjustment

  it('reads close and previous close if computed fields need them, and nothing twice', () => {
    const read = (adjust: 'hfq' | 'qfq', ...asked: string[]) => planAdjustment(rule, { adjust }, asked).read
    expect(read('hfq', 'ts_code', 'change')).toEqual(['ts_code', 'change', 'close', 'pre_close'])
    expect(read('qfq', 'pct_chg', 'close')).toEqual(['pct_chg', 'close', 'pre_close'])
    expect(read('qfq', 'open', 'vol')).toEqual(['open', 'vol'])
  })

  it('reads nothing else if a table has no previous close', () => {
    const { dataset, factor } = rule
    const plain = planAdjustment({ dataset, factor, prices: ['close'] }, { adjust: 'hfq' }, ['close', 'change'])
    expect([plain.read, plain.ofRowBefore]).toEqual([['close', 'change'], false])
  })
})

describe.each(everyEngine)('adjusted answers from $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>

  /** SPLIT halves on the 4th; its factors miss the 3rd, and include the 6th, a day without a bar. */
  const bars = [
    ['SPLIT', '2024-01-02', 10, 9.5, 1_000],
    ['SPLIT', '2024-01-03', 11, 10, 1_100],
    ['SPLIT', '2024-01-04', 5.6, 5.5, 2_400],
    ['SPLIT', '2024-01-05', 6, 5.6, 2_000],
    ['SPLIT', '2024-01-08', 7, 6, 2_000],
    ['FLAT', '2024-01-02', 20, 20, 10],
    ['FLAT', '2024-01-05', 21, 20, 10],
    ['LATE', '2024-01-02', 1, 1, 1],
    ['LATE', '2024-01-05', 1, 1, 1],
    ['NONE', '2024-01-02', 1, 1, 1],
    ['EMPTY', '2024-01-02', 1, 1, 1],
    ['GAP', '2024-01-02', 3, 3, 1],
    ['GAP', '2024-01-05', 4, 3, 1],
  ] as const
  const factors = [
    ['SPLIT', '2024-01-02', 1.5],
    ['SPLIT', '2024-01-04', 3],
    ['SPLIT', '2024-01-05', 3],
    ['SPLIT', '2024-01-06', 6],
    ['FLAT', '2023-01-01', 2],
    ['LATE', '2024-01-04', 2],
    ['EMPTY', '2024-01-02', null],
    ['GAP', '2024-01-02', 2],
    ['GAP', '2024-01-05', null],
  ] as const

  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
    const rows = bars.map(([code, day, close, before, vol]) => [
      code,
      day,
      close,
      before,
      close - before,
      1,
      vol,
      vol * 2,
    ])
    await writeRows(served.server.engine, tushare.daily, rows, [
      'ts_code',
      'trade_date',
      'close',
      'pre_close',
      'change',
      'pct_chg',
      'vol',
      'amount',
    ])
    await writeRows(served.server.engine, tushare.adj_factor, factors)
    await writeRows(
      served.server.engine,
      tushare.trade_cal,
      ['02', '03', '04', '05', '08'].map((day) => ['SSE', `2024-01-${day}`, true]),
      ['exchange', 'cal_date', 'is_open'],
    )
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  const split = { symbols: ['SPLIT'] }

  it('ignore a null factor, on a row and at the anchor', async () => {
    const { columns, meta } = await served.db.daily.range({ symbols: ['GAP'], adjust: 'qfq' })
    expect([...columns.close]).toEqual([3, 4])
    expect(meta.anchor).toBe('2024-01-05')
  })

  it('multiply by the factor of the day or else the last one before, and say so', async () => {
    const { columns, meta } = await served.db.daily.range({ ...split, adjust: 'hfq' })
    expect([...columns.close]).toEqual([10 * 1.5, 11 * 1.5, 5.6 * 3, 6 * 3, 7 * 6])
    expect([...columns.pre_close]).toEqual([9.5 * 1.5, 10 * 1.5, 5.5 * 3, 5.6 * 3, 6 * 6])
    expect([...columns.vol]).toEqual([1_000, 1_100, 2_400, 2_000, 2_000])
    expect([...columns.amount]).toEqual([2_000, 2_200, 4_800, 4_000, 4_000])
    expect(columns.open.every(Number.isNaN)).toBe(true)
    expect(meta).toMatchObject({ adjust: 'hfq', rule: 'price × factor' })
    expect(meta.anchor).toBeUndefined()
  })

  it('compute change and percent change from adjusted prices, even if nothing else is requested', async () => {
    const all = await served.db.daily.range({ ...split, adjust: 'hfq' })
    const { columns, meta } = await served.db.daily.range({ ...split, adjust: 'hfq', fields: ['change', 'pct_chg'] })
    expect(Object.keys(columns)).toEqual(['ts_code', 'trade_date', 'change', 'pct_chg'])
    for (const frame of [all.columns, columns]) {
      frame.change.forEach((change, row) => {
        const [close = 0, before = 0] = [all.columns.close[row], all.columns.pre_close[row]]
        expect(change).toBe(close - before)
        expect(frame.pct_chg[row]).toBe(((close - before) / before) * 100)
      })
    }
    expect(meta.arguments).toEqual({ ...split, adjust: 'hfq', fields: ['change', 'pct_chg'] })
  })

  it('divide by the factor at the last date of the range for qfq, and report that date', async () => {
    const whole = await served.db.daily.range({ ...split, adjust: 'qfq', fields: ['close'] })
    expect(whole.meta).toMatchObject({
      adjust: 'qfq',
      anchor: '2024-01-08',
      rule: 'price × (factor ÷ factor at the anchor)',
    })
    expect([...whole.columns.close]).toEqual([10 * (1.5 / 6), 11 * (1.5 / 6), 5.6 * (3 / 6), 6 * (3 / 6), 7 * (6 / 6)])
    const until = await served.db.daily.range({ ...split, end: '20240105', adjust: 'qfq', fields: ['close'] })
    expect(until.meta.anchor).toBe('2024-01-05')
    expect([...until.columns.close]).toEqual([10 * (1.5 / 3), 11 * (1.5 / 3), 5.6 * (3 / 3), 6 * (3 / 3)])
    const limited = await served.db.daily.range({ ...split, adjust: 'qfq', limit: 2, fields: ['close'] })
    expect([limited.meta.anchor, limited.columns.close[0]]).toEqual(['2024-01-08', 10 * (1.5 / 6)])
  })

  it('accept an anchor in the range or beyond it, on a day with or without a bar', async () => {
    for (const [anchor, factor] of [
      ['2024-01-02', 1.5],
      ['2024-01-03', 1.5],
      ['20240106', 6],
      ['2030-01-01', 6],
    ] as const) {
      const { columns, meta } = await served.db.daily.range({
        ...split,
        end: '2024-01-03',
        adjust: 'qfq',
        anchor,
        fields: ['close'],
      })
      expect([...columns.close]).toEqual([10 * (1.5 / factor), 11 * (1.5 / factor)])
      expect(meta.anchor).toBe(anchor === '20240106' ? '2024-01-06' : anchor)
    }
  })

  it('anchor a cross-section and the latest rows at their date', async () => {
    const symbols = ['SPLIT', 'FLAT']
    const at = await served.db.daily.at({
      date: '2024-01-07',
      lookback: true,
      symbols,
      adjust: 'qfq',
      fields: ['close'],
    })
    expect(at.meta.anchor).toBe('2024-01-07')
    expect([...at.columns.close]).toEqual([21, 6 * (3 / 6)])
    const latest = await served.db.daily.latest({ symbols, n: 2, adjust: 'qfq', fields: ['close'] })
    expect(latest.meta.anchor).toBe('2024-01-08')
    expect([...latest.columns.close]).toEqual([20, 21, 6 * (3 / 6), 7])
  })

  it.each([
    ['NONE', 'hfq', undefined],
    ['NONE', 'qfq', undefined],
    ['LATE', 'hfq', undefined],
    ['LATE', 'qfq', undefined],
    ['EMPTY', 'hfq', undefined],
    ['EMPTY', 'qfq', undefined],
    ['SPLIT', 'qfq', '2024-01-01'],
  ] as const)(
    'refuse %s with %s without a factor on or before a day that needs one',
    async (symbol, adjust, anchor) => {
      const call = served.db.daily.range({ symbols: ['FLAT', symbol], adjust, anchor, fields: ['close'] })
      await expect(call).rejects.toMatchObject({
        code: 'MISSING_FACTOR',
        message: expect.stringMatching(
          new RegExp(`^${symbol}: no adj_factor in adj_factor on or before .*adjust: "none"`),
        ),
      })
      expect((await served.db.daily.range({ symbols: [symbol], adjust: 'none' })).numRows).toBeGreaterThan(0)
    },
  )

  describe('for symbols without a factor', () => {
    const lacking = ['EMPTY', 'LATE', 'NONE']
    const all = { fields: ['close', 'change'], start: '2024-01-02', end: '2024-01-05' } as const
    const closes = (frame: { rows(): { ts_code: string; trade_date: string; close: number }[] }) =>
      frame.rows().map(({ ts_code, trade_date, close }) => `${ts_code} ${trade_date.slice(8)} ${close}`)

    it('are refused, naming all of them', async () => {
      for (const adjust of ['hfq', 'qfq'] as const) {
        await expect(served.db.daily.range({ ...all, adjust })).rejects.toMatchObject({
          code: 'MISSING_FACTOR',
          message: expect.stringMatching(/^EMPTY, LATE, NONE: no adj_factor .*missingFactor: "skip" or "raw"/),
        })
        await expect(served.db.daily.range({ ...all, adjust, freq: 'week' })).rejects.toThrow(/^EMPTY, LATE, NONE: /)
        await expect(served.db.daily.range({ ...all, adjust, limit: 1 })).rejects.toThrow(/^EMPTY: /)
      }
    })

    it('drop the rows with "skip", and report symbols and counts', async () => {
      const frame = await served.db.daily.range({ ...all, adjust: 'hfq', missingFactor: 'skip' })
      expect(closes(frame).filter((row) => !row.startsWith('SPLIT'))).toEqual([
        ...['FLAT 02 40', 'FLAT 05 42', 'GAP 02 6', 'GAP 05 8', 'LATE 05 2'],
      ])
      expect(frame.meta.missingFactor).toEqual({ mode: 'skip', symbols: lacking, count: 3, rows: 3 })
      expect(frame.meta).toMatchObject({ rows: 9, complete: true, coverage: { symbolsFound: 4 } })
      const rows = []
      for await (const part of served.db.daily.stream({ ...all, adjust: 'hfq', missingFactor: 'skip' }))
        rows.push(...part.rows())
      expect(rows).toEqual(frame.rows())
      const nobody = await served.db.daily.range({ ...all, symbols: ['NONE'], adjust: 'qfq', missingFactor: 'skip' })
      expect([nobody.numRows, nobody.meta.missingFactor?.rows]).toEqual([0, 1])
    })

    it('keep stored rows with "raw", also for a symbol without a factor at the anchor', async () => {
      const frame = await served.db.daily.range({ ...all, adjust: 'qfq', missingFactor: 'raw', anchor: '2024-01-03' })
      const others = closes(frame).filter((row) => !row.startsWith('SPLIT'))
      expect(others).toEqual([
        ...['EMPTY 02 1', 'FLAT 02 20', 'FLAT 05 21', 'GAP 02 3', 'GAP 05 4', 'LATE 02 1', 'LATE 05 1', 'NONE 02 1'],
      ])
      expect(frame.meta.missingFactor).toEqual({ mode: 'raw', symbols: lacking, count: 3, rows: 4 })
    })

    it('report zero if every row has a factor, and nothing without adjustment', async () => {
      const { meta } = await served.db.daily.range({ ...split, adjust: 'hfq', missingFactor: 'skip' })
      expect(meta.missingFactor).toEqual({ mode: 'skip', symbols: [], count: 0, rows: 0 })
      expect((await served.db.daily.range({ ...split, missingFactor: 'skip' })).meta.missingFactor).toBeUndefined()
      await expect(served.db.daily.latest({ missingFactor: 'drop' as 'skip' })).rejects.toThrow(
        'missingFactor: got "drop"; expected one of error, skip, raw',
      )
    })

    it('behave the same in cross-sections, latest rows and bars', async () => {
      const wanted = { adjust: 'hfq', missingFactor: 'skip', fields: ['close'] } as const
      const at = await served.db.daily.at({ ...wanted, date: '2024-01-02' })
      expect(at.columns.ts_code).toEqual(['FLAT', 'GAP', 'SPLIT'])
      const latest = await served.db.daily.latest({ ...wanted })
      expect(latest.columns.ts_code).toEqual(['FLAT', 'GAP', 'LATE', 'SPLIT'])
      expect(latest.meta.missingFactor).toMatchObject({ symbols: ['EMPTY', 'NONE'], rows: 2 })
      const weeks = await served.db.daily.range({ ...wanted, freq: 'week', end: '2024-01-05' })
      expect(weeks.rows().map(({ ts_code, close }) => `${ts_code} ${close}`)).toEqual([
        ...['FLAT 42', 'GAP 8', 'LATE 2', 'SPLIT 18'],
      ])
    })
  })

  it('serve a symbol from its first factor on', async () => {
    const { columns } = await served.db.daily.range({
      symbols: ['LATE'],
      start: '2024-01-04',
      adjust: 'hfq',
      fields: ['close'],
    })
    expect([...columns.close]).toEqual([2])
  })

  it('without rows have no anchor unless one was given', async () => {
    const nobody = { symbols: ['NOBODY'], unknownSymbols: 'ignore', adjust: 'qfq' } as const
    expect((await served.db.daily.range(nobody)).meta.anchor).toBeUndefined()
    expect((await served.db.daily.range({ ...nobody, end: '2024-01-05' })).meta).toMatchObject({
      anchor: '2024-01-05',
      rows: 0,
    })
    expect((await served.db.daily.range({ symbols: [], adjust: 'qfq' })).numRows).toBe(0)
  })
})
