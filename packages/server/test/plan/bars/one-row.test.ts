import { date, defineCatalogue, defineDataset, float64, symbol, text, tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../../support/serve.ts'
import { oneOfEachEngine, type Store } from '../../support/stores.ts'
import { writeRows } from '../../support/write-rows.ts'

const shared = {
  table: 'bars',
  description: 'Bars of the same codes at two exchanges, as stored by vn.py',
  fields: {
    code: symbol.required('Code'),
    exchange: text.required('Exchange', { length: 8 }),
    day: date.required('Day'),
    close: float64('Close'),
    before: float64('Close before, as it was traded'),
    vol: float64('Volume'),
  },
  key: ['code', 'exchange', 'day'],
  symbol: 'code',
  date: 'day',
  bars: { first: [], max: [], min: [], last: ['close'], sum: ['vol'] },
  adjustment: {
    dataset: 'adj_factor',
    factor: 'adj_factor',
    prices: ['close', 'before'],
    close: 'close',
    previousClose: 'before',
    previousCloseIs: 'raw',
  },
} as const
const catalogue = defineCatalogue({
  trade_cal: tushare.trade_cal,
  adj_factor: tushare.adj_factor,
  bars: defineDataset({ name: 'bars', ...shared }),
  of_sse: defineDataset({ name: 'of_sse', only: { exchange: 'SSE' }, ...shared }),
})
const days = ['2024-01-02', '2024-01-03']

describe.each(oneOfEachEngine)('bars of codes on several exchanges, on $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address, { catalogue })
    const { engine } = served.server
    const sessions = days.map((day) => ['SSE', day, true] as const)
    await writeRows(engine, tushare.trade_cal, sessions, ['exchange', 'cal_date', 'is_open'])
    const rows = days.flatMap((day) => [
      ['000001', 'SSE', day, 1, 1, 10] as const,
      ['000001', 'SZSE', day, 2, 2, 20] as const,
    ])
    await writeRows(engine, catalogue.bars, rows)
    const factors = [...days, '2024-01-04', '2024-01-05'].map((day, at) => ['000001', day, at + 1] as const)
    await writeRows(engine, tushare.adj_factor, factors)
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it('never combine rows of both', async () => {
    const message =
      /^bars: its table bars has several rows with code 000001 and day 2024-01-02, which differ in exchange;.*where/
    await expect(served.db.bars.range({ freq: 'month' })).rejects.toMatchObject({
      code: 'DUPLICATE_KEY',
      message: expect.stringMatching(message),
    })
  })

  it('never use a factor of the other for a previous close', async () => {
    const asked = { adjust: 'hfq', fields: ['before'] } as const
    const message = /^where: got no single value of exchange; expected one/
    const refused = { code: 'INVALID_INPUT', message: expect.stringMatching(message) }
    await expect(served.db.bars.range(asked)).rejects.toMatchObject(refused)
    const { columns } = await served.db.bars.range({ ...asked, where: { exchange: 'SZSE' } })
    expect([...columns.before]).toEqual([Number.NaN, 2])
  })

  it('use the rows of one exchange, if the call or the dataset names it', async () => {
    const bar = { code: '000001', day: '2024-01-03', close: 2, vol: 40 }
    const asked = { freq: 'month', fields: ['close', 'vol'] } as const
    expect((await served.db.bars.range({ ...asked, where: { exchange: 'SZSE' } })).rows()).toEqual([bar])
    expect((await served.db.of_sse.range(asked)).rows()).toEqual([{ ...bar, close: 1, vol: 20 }])
  })

  it('never use the factor of a day with rows of the other exchange only', async () => {
    // On the 5th only SSE has a row, and on the 4th, when the factor changed, only SZSE.
    const apart = [
      ['000001', 'SZSE', '2024-01-04', 2, 2, 0] as const,
      ['000001', 'SSE', '2024-01-05', 1, 1, 0] as const,
    ]
    await writeRows(served.server.engine, catalogue.bars, apart)
    const asked = { date: '2024-01-05', adjust: 'hfq', fields: ['before'] } as const
    await expect(served.db.bars.at(asked)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    const ofSse = await served.db.bars.at({ ...asked, where: { exchange: 'SSE' } })
    expect([...ofSse.columns.before]).toEqual([2])
    expect([...(await served.db.of_sse.at(asked)).columns.before]).toEqual([2])
  })
})
