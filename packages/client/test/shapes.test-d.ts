import { type Client, type Panel, type Tushare, tushare } from '@stockdb/client'
import { datetime, defineDataset, symbol } from '@stockdb/contract'
import { describe, expectTypeOf, it } from 'vitest'

declare const db: Client<Tushare>

const minutes = defineDataset({
  name: 'minutes',
  description: 'Bars of one length',
  fields: { code: symbol.required('Code'), at: datetime.required('End of the bar') },
  key: ['code', 'at'],
  symbol: 'code',
  date: 'at',
  bars: {
    ...{ first: [], max: [], min: [], last: [], sum: [] },
    minutes: { stored: '5min', sessions: [['09:30', '11:30']], label: 'end' },
  },
})
declare const own: Client<{ minutes: typeof minutes }>['minutes']

describe('a panel', () => {
  it('has the requested fields only', async () => {
    const { panels, dates, symbols } = await db.daily.panel({
      start: '20240101',
      end: '20240201',
      fields: ['close', 'vol'],
    })
    expectTypeOf<keyof typeof panels>().toEqualTypeOf<'close' | 'vol'>()
    expectTypeOf(panels.close).toEqualTypeOf<Panel>()
    expectTypeOf(dates).toEqualTypeOf<readonly string[]>()
    expectTypeOf(symbols).toEqualTypeOf<readonly string[]>()
    // @ts-expect-error: not requested
    panels.open
  })

  it('takes a range, numeric fields and known fills', () => {
    db.daily.panel({ start: '20240101', end: '20240201', fields: ['close'], fill: 'previous', adjust: 'qfq' })
    db.daily_basic.panel({ start: '20240101', end: '20240201', fields: ['pe'] })
    db.trpc.daily.panel.query({ start: '20240101', end: '20240201', fields: ['close'] })
    // @ts-expect-error: no end
    db.daily.panel({ start: '20240101', fields: ['close'] })
    // @ts-expect-error: no fields
    db.daily.panel({ start: '20240101', end: '20240201' })
    // @ts-expect-error: not a number
    db.daily.panel({ start: '20240101', end: '20240201', fields: ['trade_date'] })
    // @ts-expect-error: zero is not a fill
    db.daily.panel({ start: '20240101', end: '20240201', fields: ['close'], fill: 'zero' })
    // @ts-expect-error: valuations are not adjusted
    db.daily_basic.panel({ start: '20240101', end: '20240201', fields: ['pe'], adjust: 'qfq' })
  })

  it('exists only where there is one row per symbol and trading day', () => {
    // @ts-expect-error: minutes
    db.stk_mins.panel
    // @ts-expect-error: many constituents a day
    db.index_weight.panel
    // @ts-expect-error: no date
    db.stock_basic.panel
    expectTypeOf(tushare.daily.calendar).toEqualTypeOf<'SSE'>()
  })
})

describe('bars of longer periods', () => {
  it('are requested by freq, minutes with their length', () => {
    db.daily.range({ freq: 'week' })
    db.index_daily.range({ freq: 'month' })
    db.stk_mins.range({ symbols: ['600519.SH'], start: '20240102', freq: '5min', from: '1min' })
    // @ts-expect-error: no such period
    db.daily.range({ freq: 'fortnight' })
    // @ts-expect-error: a day cannot be split into minutes
    db.daily.range({ freq: '5min' })
    // @ts-expect-error: valuations are not bars
    db.daily_basic.range({ freq: 'week' })
    // @ts-expect-error: the length of the minutes is missing
    db.stk_mins.range({ symbols: ['600519.SH'] })
    // @ts-expect-error: one date is one bar
    db.daily.at({ date: '20240102', freq: 'week' })
  })

  it('need no length if a table holds bars of one length', () => {
    own.range({ symbols: ['600519.SH'] })
    own.range({ freq: '15min' })
    own.latest({ freq: '5min' })
    // @ts-expect-error: no length of bars
    own.range({ freq: 'week' })
    // @ts-expect-error: there is only one length
    own.range({ freq: '15min', from: '5min' })
    // @ts-expect-error: the stored bars have another length
    own.latest({ freq: '15min' })
  })
})
