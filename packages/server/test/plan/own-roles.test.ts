import { bool, date, defineCatalogue, defineDataset, float64, symbol, text } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../support/serve.ts'
import { enginesOfRun, type Store } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

const code = symbol.required('Code')
const day = date.required('Day')
const quotes = defineDataset({
  name: 'quotes',
  description: 'Quotes',
  fields: { code, day, price: float64('Price') },
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
  symbols: 'companies',
  calendar: 'XNYS',
  listing: { dataset: 'companies', from: 'since', to: 'until' },
})
const days = defineDataset({
  name: 'market_days',
  description: 'Days of markets',
  fields: { market: symbol.required('Market'), day, is_session: bool('Whether there is trading') },
  key: ['market', 'day'],
  symbol: 'market',
  date: 'day',
})
const companies = defineDataset({
  name: 'companies',
  description: 'Companies',
  fields: { code, title: text('Name', { length: 64 }), since: date('First day'), until: date('End') },
  key: ['code'],
  symbol: 'code',
  pointInTime: { kind: 'current', immutable: ['code', 'since'], instead: { title: 'titles.title' } },
})
const titles = defineDataset({
  name: 'titles',
  description: 'Former names',
  fields: { code, title: text.required('Name', { length: 64 }), start: day, finish: date('Last day') },
  key: ['code', 'start'],
  symbol: 'code',
  pointInTime: { kind: 'interval', from: 'start', to: 'finish', endInclusive: true },
})
const baskets = defineDataset({
  name: 'baskets',
  description: 'Constituents',
  fields: { basket: symbol.required('Index'), day, part: symbol.required('Constituent') },
  key: ['basket', 'day', 'part'],
  symbol: 'basket',
  date: 'day',
  pointInTime: { kind: 'published' },
})
const halts = defineDataset({
  name: 'halts',
  description: 'Suspensions',
  fields: { code, day },
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
})
const catalogue = defineCatalogue(
  { quotes, market_days: days, companies, titles, baskets, halts },
  {
    calendar: { dataset: 'market_days', exchange: 'market', day: 'day', open: 'is_session' },
    stocks: { dataset: 'companies', name: 'title', listed: 'since', delisted: 'until' },
    names: { dataset: 'titles', name: 'title' },
    constituents: { dataset: 'baskets', member: 'part' },
    suspensions: { dataset: 'halts' },
  },
)

describe.each(enginesOfRun)('datasets of other names with roles, on $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address, { catalogue })
    const { engine } = served.server
    await writeRows(
      engine,
      days,
      Array.from({ length: 9 }, (_, at) => ['XNYS', `2024-01-0${at + 1}`, at > 0 && at !== 5 && at !== 6]),
    )
    await writeRows(engine, companies, [
      ['A', 'Apples', '1990-01-02', null],
      ['B', 'Bananas', '1990-01-02', '2024-01-05'],
      ['C', 'Cherries', '2024-01-08', null],
    ])
    await writeRows(engine, titles, [['A', 'Apricots', '1990-01-02', '2024-01-03']])
    await writeRows(engine, baskets, [['I', '2024-01-02', 'A']])
    await writeRows(engine, halts, [['A', '2024-01-04']])
    await writeRows(engine, quotes, [
      ...['02', '03', '05', '08', '09'].map((at, place) => ['A', `2024-01-${at}`, 10 + place]),
      ['B', '2024-01-02', 20],
      ['B', '2024-01-03', 21],
      ['B', '2024-01-04', 22],
    ])
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it('provide trading days', async () => {
    const { calendar } = served.db
    const exchange = 'XNYS'
    expect(await calendar.sessions({ start: '2024-01-01', end: '2024-01-08', exchange })).toEqual(
      ['02', '03', '04', '05', '08'].map((at) => `2024-01-${at}`),
    )
    expect(await calendar.next({ date: '2024-01-05', exchange })).toBe('2024-01-08')
    await expect(calendar.next({ date: '2024-02-01', exchange })).rejects.toMatchObject({
      code: 'OUT_OF_CALENDAR',
      message: expect.stringContaining('market_days has XNYS from 2024-01-01 to 2024-01-09'),
    })
    await expect(served.db.quotes.panel({ start: '2024-01-02', end: '2024-02-02', fields: ['price'] })).rejects.toThrow(
      'but market_days reaches from 2024-01-01 to 2024-01-09',
    )
  })

  it('provide listed stocks and their names', async () => {
    const { instruments } = served.db
    const list = await instruments.list({ asOf: '2024-01-03' })
    expect(list.rows()).toEqual([
      { code: 'A', name: 'Apricots', name_source: 'titles', is_st: false, since: '1990-01-02' },
      { code: 'B', name: 'Bananas', name_source: 'companies', is_st: false, since: '1990-01-02' },
    ])
    expect(list.meta.rule).toContain('since ≤ the date, and until null or > the date; stocks without a since')
    expect((await instruments.search({ text: 'Apri' })).columns.former_name).toEqual(['Apricots'])
  })

  it('choose the stocks of a screen', async () => {
    const on = async (input: object) =>
      (await served.db.screen({ date: '2024-01-05', where: { 'quotes.price': { gt: 0 } }, ...input })).columns.ts_code
    expect(await on({ index: 'I' })).toEqual(['A'])
    expect(await on({ date: '2024-01-02' })).toEqual(['A', 'B'])
    await expect(on({ where: { 'companies.title': { eq: 'Apples' } } })).rejects.toThrow('use titles.title')
    await expect(on({ where: { 'companies.until': { isNull: true } } })).rejects.toThrow('use no index and no symbols')
    await expect(on({ where: { 'market_days.is_session': { eq: true } } })).rejects.toThrow('has no rows of stocks')
  })

  it('end the filling of a panel, and distinguish suspensions from holes', async () => {
    const range = { start: '2024-01-03', end: '2024-01-08', symbols: ['A', 'B'] }
    const { panels } = await served.db.quotes.panel({ ...range, fields: ['price'], fill: 'previous' })
    expect([...panels.price.series('A')]).toEqual([11, 11, 12, 13])
    expect([...panels.price.series('B')]).toEqual([21, 22, Number.NaN, Number.NaN])
    const { meta } = await served.db.quotes.range(range)
    expect(meta.coverage).toMatchObject({ cellsSuspended: 1 })
  })

  it('are read again immediately after the server writes to them', async () => {
    const { db, server } = served
    const { engine } = server
    const told: unknown[] = []
    const end = engine.onCommit(({ dataset, span }) => told.push([dataset, span]))
    const range = { start: '2024-01-03', end: '2024-01-10', symbols: ['A', 'B'] }
    const panel = async () => (await db.quotes.panel({ ...range, fields: ['price'] })).dates.length
    const coverage = async () => (await db.quotes.range({ ...range, end: '2024-01-09' })).meta.coverage
    await expect(panel()).rejects.toMatchObject({ code: 'OUT_OF_CALENDAR' })
    expect(await coverage()).toMatchObject({ cellsExpected: 6, cellsSuspended: 1 })
    await writeRows(engine, days, [
      ['XNYS', '2024-01-11', false],
      ['XNYS', '2024-01-10', true],
    ])
    expect(await panel()).toBe(6)
    await writeRows(engine, halts, [['B', '2024-01-09']])
    await writeRows(engine, companies, [['B', 'Bananas', '1990-01-02', '2024-01-10']])
    expect(await coverage()).toMatchObject({ cellsExpected: 8, cellsSuspended: 2 })
    const transaction = await engine.begin(new AbortController().signal)
    await transaction.upsert(halts, ['code', 'day'], [['A', '2024-01-08']])
    await transaction.rollback()
    end()
    await writeRows(engine, halts, [['A', '2024-01-04']])
    expect(told).toEqual([
      ['market_days', { from: '2024-01-10', to: '2024-01-11' }],
      ['halts', { from: '2024-01-09', to: '2024-01-09' }],
      ['companies', undefined],
    ])
  })
})
