import {
  type AsOfClient,
  type CallOptions,
  type Client,
  connect,
  type DatedClient,
  defineCatalogue,
  defineDataset,
  type FrameMeta,
  type FrameOf,
  type ListClient,
  type Panel,
  type PanelClient,
  type Tushare,
  tushare,
} from '@stockdb/client'
import { bool, date, float64, int32, int64, symbol, text } from '@stockdb/contract'
import type { DatasetInfo, JsonFrame, ReadInputs, ServerStatus } from '@stockdb/contract/wire'
import { describe, expectTypeOf, it } from 'vitest'

declare const db: Client<Tushare>

describe('a connection', () => {
  it("has Tushare's datasets by default", () => {
    expectTypeOf(connect('http://127.0.0.1:7788')).toEqualTypeOf<Promise<Client<Tushare>>>()
    expectTypeOf<keyof Client<Tushare>>().toEqualTypeOf<
      | keyof Tushare
      | 'calendar'
      | 'changes'
      | 'dataset'
      | 'factors'
      | 'frame'
      | 'instruments'
      | 'meta'
      | 'ops'
      | 'query'
      | 'screen'
      | 'sql'
      | 'trpc'
    >()
  })

  it('has no other datasets', () => {
    // @ts-expect-error: misspelt
    db.dayly
    // @ts-expect-error: of another catalogue
    db.my_alpha.range()
  })

  it('takes only known options', () => {
    connect('http://127.0.0.1:7788', { token: 'secret', timeoutMs: 1_000, retries: 0, fetch })
    // @ts-expect-error: misspelt
    connect('http://127.0.0.1:7788', { tokn: 'secret' })
    // @ts-expect-error: the address comes first
    connect({ token: 'secret' })
  })
})

describe('the calls that read a dataset', () => {
  type D = Tushare['daily']
  type Reads = ReadInputs<D>

  it('are those that the contract declares: add the missing one to dataset-client.ts', () => {
    expectTypeOf<Exclude<keyof DatedClient<D>, 'stream'>>().toEqualTypeOf<keyof Reads['date']>()
    expectTypeOf<keyof ListClient<D>>().toEqualTypeOf<keyof Reads['noDate']>()
    expectTypeOf<keyof PanelClient<D>>().toEqualTypeOf<keyof Reads['panel']>()
    expectTypeOf<keyof AsOfClient<D>>().toEqualTypeOf<keyof Reads['pointInTime']>()
    expectTypeOf<keyof Reads>().toEqualTypeOf<'date' | 'noDate' | 'panel' | 'pointInTime'>()
  })
})

describe('a dated dataset', () => {
  it('has range, at, latest, stream and panel, but not list', () => {
    expectTypeOf(db.daily).toHaveProperty('range')
    expectTypeOf<keyof Client<Tushare>['daily']>().toEqualTypeOf<
      'delete' | 'upsert' | 'watch' | 'tail' | 'range' | 'at' | 'latest' | 'stream' | 'panel'
    >()
    // @ts-expect-error: it has a date
    db.daily.list()
  })

  it('takes all arguments in their types', () => {
    const options: CallOptions = { timeoutMs: 1_000, signal: AbortSignal.timeout(1) }
    db.daily.range(
      { symbols: ['600519.SH'], start: '2020-01-01', end: '20201231', fields: ['close'], limit: 10 },
      options,
    )
    db.daily.range({ adjust: 'qfq', anchor: '2024-01-02' })
    db.daily.at({ date: '2024-01-02', lookback: true, adjust: 'hfq' })
    db.daily.latest({ n: 5, end: '2024-01-02' })
    db.daily.range()
  })

  it('takes no other arguments', async () => {
    // @ts-expect-error: misspelt argument
    await db.daily.range({ symbol: ['600519.SH'] })
    // @ts-expect-error: wrong field
    await db.daily.range({ fields: ['close', 'clse'] })
    // @ts-expect-error: a field of another dataset
    await db.daily.at({ date: '2024-01-02', fields: ['pe'] })
    // @ts-expect-error: not a list
    await db.daily.range({ symbols: '600519.SH' })
    // @ts-expect-error: no such adjustment
    await db.daily.range({ adjust: 'fwd' })
    await db.daily.latest({ adjust: 'qfq', missingFactor: 'skip' })
    await db.daily.panel({ start: '20240101', end: '20240201', fields: ['close'], missingFactor: 'raw' })
    // @ts-expect-error: the options are error, skip and raw
    await db.daily.range({ adjust: 'qfq', missingFactor: 'zero' })
    // @ts-expect-error: its prices are not adjusted
    await db.index_daily.range({ missingFactor: 'skip' })
    // @ts-expect-error: no date
    await db.daily.at({ symbols: ['600519.SH'] })
    // @ts-expect-error: no argument at all
    await db.daily.at()
    await db.daily.range({ start: new Date('2024-01-02'), end: '2024-03' })
    // @ts-expect-error: a date is no number
    await db.daily.range({ start: 20240102 })
    // @ts-expect-error: misspelt anchor
    await db.daily.latest({ anchorDate: '2024-01-02' })
    // @ts-expect-error: misspelt option
    await db.daily.range({}, { timeout: 1_000 })
  })

  it('takes adjust and anchor only where its prices can be adjusted', async () => {
    // @ts-expect-error: indices have no factors
    await db.index_daily.range({ adjust: 'qfq' })
    // @ts-expect-error: nor an anchor
    await db.index_daily.at({ date: '2024-01-02', anchor: '2024-01-02' })
    // @ts-expect-error: factors are not adjusted themselves
    await db.adj_factor.latest({ adjust: 'hfq' })
    // @ts-expect-error: streams neither
    db.daily_basic.stream({ adjust: 'hfq' })
  })
})

describe('a dataset without a date', () => {
  it('has only list', () => {
    expectTypeOf<keyof Client<Tushare>['stock_basic']>().toEqualTypeOf<
      'delete' | 'upsert' | 'watch' | 'tail' | 'list'
    >()
    // @ts-expect-error: it has no date
    db.stock_basic.range({ start: '2024-01-01' })
  })

  it('is filtered by its fields', () => {
    db.stock_basic.list({ where: { list_status: ['L', 'D'], delist_date: null }, limit: 10 })
    // @ts-expect-error: no such field
    db.stock_basic.list({ where: { sector: 'Banks' } })
    // @ts-expect-error: text
    db.stock_basic.list({ where: { industry: 5 } })
    // @ts-expect-error: it has no date
    db.stock_basic.list({ date: '2024-01-02' })
  })
})

describe('a frame', () => {
  it('has symbol, date and the requested columns only', async () => {
    const bars = await db.daily.range({ symbols: ['600519.SH'], fields: ['close', 'vol'], adjust: 'qfq' })
    expectTypeOf<keyof typeof bars.columns>().toEqualTypeOf<'ts_code' | 'trade_date' | 'close' | 'vol'>()
    expectTypeOf(bars.columns.close).toEqualTypeOf<Float64Array>()
    expectTypeOf(bars.columns.ts_code).toEqualTypeOf<string[]>()
    expectTypeOf(bars.columns.trade_date).toEqualTypeOf<string[]>()
    // @ts-expect-error: not requested
    bars.columns.open
    // @ts-expect-error: not requested
    bars.rows()[0]?.open
    // @ts-expect-error: columns are read-only
    bars.columns.close = new Float64Array()
    // @ts-expect-error: the name is numRows
    bars.length
  })

  it('has all columns by default', async () => {
    const bars = await db.daily.range()
    expectTypeOf<keyof typeof bars.columns>().toEqualTypeOf<keyof Tushare['daily']['fields']>()
    const day = await db.trade_cal.at({ date: '2024-01-02' })
    expectTypeOf(day.columns.is_open).toEqualTypeOf<Int32Array>()
    expectTypeOf(day.columns.pretrade_date).toEqualTypeOf<(string | null)[]>()
    const stocks = await db.stock_basic.list()
    expectTypeOf(stocks.columns.name).toEqualTypeOf<(string | null)[]>()
    expectTypeOf(stocks.columns.ts_code).toEqualTypeOf<string[]>()
  })

  it('has typed rows', async () => {
    const bars = await db.daily.latest({ fields: ['close'] })
    expectTypeOf(bars.rows()).toEqualTypeOf<{ ts_code: string; trade_date: string; close: number }[]>()
    const days = await db.trade_cal.range({ fields: ['is_open', 'pretrade_date'] })
    expectTypeOf(days.rows()).toEqualTypeOf<
      { exchange: string; cal_date: string; is_open: number; pretrade_date: string | null }[]
    >()
  })

  it('has the types of its fields, also if the list is a separate constant', async () => {
    const fields = ['close', 'vol'] as const
    const bars = await db.daily.range({ fields })
    expectTypeOf<keyof typeof bars.columns>().toEqualTypeOf<'ts_code' | 'trade_date' | 'close' | 'vol'>()
  })

  it('has its size, meta and an Arrow table', async () => {
    const bars = await db.daily.range()
    expectTypeOf(bars.numRows).toEqualTypeOf<number>()
    expectTypeOf(bars.meta).toEqualTypeOf<FrameMeta>()
    expectTypeOf(bars.toArrow()).not.toBeAny()
    expectTypeOf(bars.toArrow().numRows).toEqualTypeOf<number>()
  })

  it('gives panels of the requested numeric fields', async () => {
    const bars = await db.daily.range({ fields: ['close', 'vol'] })
    expectTypeOf(bars.pivot('close')).toEqualTypeOf<Panel>()
    expectTypeOf(bars.pivot('close').series('600519.SH')).toEqualTypeOf<Float64Array>()
    // @ts-expect-error: not requested
    bars.pivot('open')
    // @ts-expect-error: text
    bars.pivot('ts_code')
    // @ts-expect-error: a date
    bars.pivot('trade_date')
    // @ts-expect-error: no such field
    bars.pivot('clse')
    // @ts-expect-error: no argument
    bars.pivot()
  })

  it('streams batches of the same type', async () => {
    for await (const batch of db.daily.stream({ fields: ['close'] })) {
      expectTypeOf(batch.columns.close).toEqualTypeOf<Float64Array>()
      // @ts-expect-error: not requested
      batch.columns.open
    }
  })
})

describe('another catalogue', () => {
  const catalogue = defineCatalogue({
    quotes: defineDataset({
      name: 'quotes',
      description: 'Quotes',
      fields: {
        code: symbol.required('Code'),
        day: date.required('Day'),
        bid: float64('Bid'),
        size: int32('Size'),
        orders: int64.required('Orders'),
        halted: bool('Halted'),
        note: text('Note'),
      },
      key: ['code', 'day'],
      symbol: 'code',
      date: 'day',
    }),
  })

  it('has its own types', async () => {
    const own = await connect<typeof catalogue>('http://127.0.0.1:7788')
    const quotes = await own.quotes.range({ fields: ['bid', 'size', 'orders', 'halted', 'note'] })
    expectTypeOf(quotes.columns).toEqualTypeOf<{
      readonly code: string[]
      readonly day: string[]
      readonly bid: Float64Array
      readonly size: (number | null)[]
      readonly orders: BigInt64Array
      readonly halted: (boolean | null)[]
      readonly note: (string | null)[]
    }>()
    await own.quotes.range({ where: { note: ['a', null], orders: 5n, halted: true } })
    await own.quotes.at({ date: '2024-01-02', where: { day: '2024-01-02' } })
    await own.quotes.latest({ where: { size: 1 } })
    own.quotes.stream({ where: { note: 'a' } })
    // @ts-expect-error: misspelt field in a filter
    await own.quotes.range({ where: { notes: 'a' } })
    // @ts-expect-error: a filter of another type
    await own.quotes.latest({ where: { size: 'x' } })
    // @ts-expect-error: a filter of another type
    await own.quotes.at({ date: '2024-01-02', where: { halted: [1] } })
    // @ts-expect-error: a filter of another type
    own.quotes.stream({ where: { note: 5 } })
    quotes.pivot('size')
    quotes.pivot('orders')
    // @ts-expect-error: not a number
    quotes.pivot('note')
    // @ts-expect-error: of the other catalogue
    own.daily
    await db.daily.panel({ start: '2024-01-01', end: '2024-01-31', fields: ['close'], where: { vol: [1, 2] } })
    // @ts-expect-error: misspelt field in a filter
    await db.daily.panel({ start: '2024-01-01', end: '2024-01-31', fields: ['close'], where: { volume: 1 } })
    // @ts-expect-error: its prices are not adjusted
    await own.quotes.range({ adjust: 'qfq' })
  })

  it('refuses undeclared names', async () => {
    const own = await connect<typeof catalogue>('http://127.0.0.1:7788')
    // @ts-expect-error: misspelt dataset
    own.quote
    // @ts-expect-error: misspelt field
    await own.quotes.range({ fields: ['bit'] })
    // @ts-expect-error: a field of Tushare's
    await own.quotes.latest({ fields: ['close'] })
    // @ts-expect-error: it has a date
    own.quotes.list
    // @ts-expect-error: it has no announcement date
    own.quotes.asOf
    // @ts-expect-error: a code is text
    await own.quotes.range({ symbols: [600519] })
    const quotes = await own.quotes.range({ fields: ['bid'] })
    // @ts-expect-error: not requested
    quotes.columns.size
    // @ts-expect-error: a role keeps the name that the catalogue gives
    quotes.columns.ts_code
    // @ts-expect-error: of the other catalogue
    own.query.selectFrom('daily')
    // @ts-expect-error: no such column
    own.query.selectFrom('quotes').select('close')
  })

  it('reports mistakes in a dataset, its roles and its date format', () => {
    const fields = { code: symbol.required('Code'), day: date.required('Day', { dateFormat: 'YYYYMMDD' }) }
    // @ts-expect-error: no key
    defineDataset({ name: 'a', description: 'A', fields })
    // @ts-expect-error: no such format
    date.required('Day', { dateFormat: 'DDMMYYYY' })
    // @ts-expect-error: no such option
    float64('Bid', { units: 'CNY' })
    // @ts-expect-error: a key is a list
    defineDataset({ name: 'a', description: 'A', fields, key: 'code' })
    // @ts-expect-error: a catalogue consists of datasets
    defineCatalogue({ a: fields })
  })

  it("mixes with Tushare's", async () => {
    const mixed = defineCatalogue({ ...tushare, ...catalogue })
    const own = await connect<typeof mixed>('http://127.0.0.1:7788')
    expectTypeOf(
      (await own.daily.range({ fields: ['close'], adjust: 'qfq' })).columns.close,
    ).toEqualTypeOf<Float64Array>()
    expectTypeOf((await own.quotes.at({ date: '2024-01-02' })).columns.orders).toEqualTypeOf<BigInt64Array>()
    // @ts-expect-error: this one has no adjustment, though others do
    await own.quotes.range({ adjust: 'qfq' })
  })

  it('has names in any script', async () => {
    const chinese = defineCatalogue({
      日线: defineDataset({
        name: '日线',
        description: 'Daily bars',
        fields: { 代码: symbol.required('Code'), 日期: date.required('Day'), 收盘价: float64('Close') },
        key: ['代码', '日期'],
        symbol: '代码',
        date: '日期',
      }),
    })
    const own = await connect<typeof chinese>('http://127.0.0.1:7788')
    expectTypeOf((await own.日线.latest({ fields: ['收盘价'] })).columns.收盘价).toEqualTypeOf<Float64Array>()
    // @ts-expect-error: no such field
    await own.日线.latest({ fields: ['开盘价'] })
  })

  it('has its own frame types', () => {
    type Quotes = FrameOf<(typeof catalogue)['quotes']>
    expectTypeOf<Quotes['columns']['bid']>().toEqualTypeOf<Float64Array>()
  })
})

describe('procedures outside of datasets', () => {
  it('are typed: calendar, meta, ops', () => {
    expectTypeOf(db.calendar.sessions({ start: '2024-01-01', end: '2024-01-31' })).toEqualTypeOf<Promise<string[]>>()
    expectTypeOf(db.calendar.offset({ date: '2024-01-02', n: -5, exchange: 'SSE' })).toEqualTypeOf<Promise<string>>()
    expectTypeOf(db.meta.datasets()).toEqualTypeOf<Promise<DatasetInfo[]>>()
    expectTypeOf(db.ops.health()).resolves.toHaveProperty('status')
    // @ts-expect-error: no end
    db.calendar.sessions({ start: '2024-01-01' })
    // @ts-expect-error: no number
    db.calendar.offset({ date: '2024-01-02' })
    // @ts-expect-error: no such procedure
    db.calendar.isOpen('2024-01-02')
  })

  it('are typed in plain tRPC, inputs and outputs', async () => {
    expectTypeOf(await db.trpc.daily.range.query({ fields: ['close'], adjust: 'hfq' })).toExtend<JsonFrame>()
    expectTypeOf(await db.trpc.stock_basic.list.query({ where: { list_status: 'L' } })).toExtend<JsonFrame>()
    expectTypeOf(await db.trpc.daily.range.query()).toExtend<JsonFrame>()
    expectTypeOf(await db.trpc.daily.latest.query()).toExtend<JsonFrame>()
    expectTypeOf(await db.trpc.stock_basic.list.query()).toExtend<JsonFrame>()
    expectTypeOf(await db.trpc.instruments.list.query()).toExtend<JsonFrame>()
    expectTypeOf(await db.trpc.calendar.next.query({ date: '2024-01-02' })).toEqualTypeOf<string>()
    expectTypeOf(await db.trpc.meta.datasets.query()).toExtend<DatasetInfo[]>()
    // @ts-expect-error: wrong dataset
    db.trpc.dayly
    // @ts-expect-error: wrong procedure
    db.trpc.stock_basic.range
    // @ts-expect-error: wrong field
    db.trpc.daily.range.query({ fields: ['clse'] })
    // @ts-expect-error: no date
    db.trpc.daily.at.query({})
    // @ts-expect-error: a date is needed
    db.trpc.daily.at.query()
    // @ts-expect-error: indices have no factors
    db.trpc.index_daily.range.query({ adjust: 'qfq' })
    // @ts-expect-error: a query is not a mutation
    db.trpc.daily.range.mutate({})
  })
})

describe('a subscription', () => {
  it('yields typed events', () => {
    expectTypeOf(db.ops.watch()).toEqualTypeOf<AsyncGenerator<ServerStatus, void, undefined>>()
    expectTypeOf<ServerStatus['database']>().toEqualTypeOf<'ok' | 'unavailable'>()
    db.ops.watch({ timeoutMs: 1_000 })
    // @ts-expect-error: the client resumes by itself
    db.ops.watch({ lastEventId: '2024-01-02T03:04:05.678Z' })
  })

  it('is a subscription in the plain tRPC client, not a query', () => {
    db.trpc.ops.watch.subscribe(undefined, {
      onData: (event) => expectTypeOf(event).toMatchTypeOf<{ id: string; data: { rss: number; complete: boolean } }>(),
    })
    // @ts-expect-error: it has no end
    db.trpc.ops.watch.query()
  })
})
