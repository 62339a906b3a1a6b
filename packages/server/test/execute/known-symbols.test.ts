import { connect, defineCatalogue, defineDataset, tushare, UnknownSymbolError } from '@stockdb/client'
import { date, float64, symbol } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, mysqlMakers, type Store } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  )

const catalogue = defineCatalogue({
  stock_basic: tushare.stock_basic,
  trade_cal: tushare.trade_cal,
  daily: tushare.daily,
  adj_factor: tushare.adj_factor,
  index_weight: tushare.index_weight,
  fund_daily: tushare.fund_daily,
  fund_adj: tushare.fund_adj,
  fina_indicator: tushare.fina_indicator,
})

describe.each(enginesOfRun)('requested symbols in $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address, { catalogue })
    const { engine } = served.server
    const days = ['2024-01-02', '2024-01-03']
    await writeRows(
      engine,
      tushare.trade_cal,
      days.map((day) => ['SSE', day, true]),
      ['exchange', 'cal_date', 'is_open'],
    )
    await writeRows(
      engine,
      tushare.stock_basic,
      ['000001.SZ', '600519.SH', '000003.SZ'].map((code) => [code, code, '1991-04-03']),
      ['ts_code', 'name', 'list_date'],
    )
    const bars = ['000001.SZ', '600519.SH'].flatMap((code) => days.map((day) => [code, day, 10]))
    await writeRows(engine, tushare.daily, bars, ['ts_code', 'trade_date', 'close'])
    await writeRows(engine, tushare.fund_daily, [['510300.SH', days[0] ?? '', 3]], ['ts_code', 'trade_date', 'close'])
    await writeRows(engine, tushare.index_weight, [['000300.SH', '600519.SH', '2024-01-02', 5]])
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  const range = { start: '2024-01-02', end: '2024-01-03' }

  it('may have no row if they have one elsewhere in the table, or are in its list of symbols', async () => {
    const { daily, fund_daily, index_weight } = served.db
    const later = await daily.range({ symbols: ['000001.SZ', '600519.SH', '000003.SZ'], start: '2025-01-01' })
    expect([later.numRows, later.meta.coverage?.symbolsMissing]).toEqual([0, ['000001.SZ', '600519.SH', '000003.SZ']])
    expect((await fund_daily.at({ symbols: ['510300.SH'], date: '2020-01-01' })).numRows).toBe(0)
    expect((await index_weight.asOf({ symbols: ['000300.SH'], date: '2020-01-01' })).numRows).toBe(0)
    expect((await daily.range({ symbols: ['000001.SZ', '600519.SH'], limit: 1 })).numRows).toBe(1)
  })

  it('are errors in another notation, with a suggestion', async () => {
    for (const text of ['000001', '000001.sz', 'sz000001', 'SZ.000001', '000001.XSHE', '000001.SZSE']) {
      const error = await failureOf(served.db.daily.range({ symbols: [text, '600519.SH'], ...range }))
      expect(error).toBeInstanceOf(UnknownSymbolError)
      expect(error).toMatchObject({
        code: 'UNKNOWN_SYMBOL',
        status: 422,
        message: expect.stringContaining(
          `symbols: got "${text}"; expected a code that daily or stock_basic has — did you mean "000001.SZ"?`,
        ) as unknown,
      })
    }
    await expect(served.db.daily.latest({ symbols: ['000001.SZ,600519.SH'] })).rejects.toThrow(
      'did you mean ["000001.SZ","600519.SH"]?',
    )
    await expect(served.db.daily.latest({ symbols: ['000001.SZ, 600519.SH'] })).rejects.toThrow(
      'did you mean ["000001.SZ","600519.SH"]?',
    )
  })

  it('are reported together, the first ones by name', async () => {
    const symbols = ['NOBODY', '600519', ...Array.from({ length: 9 }, (_, at) => `X${at}`)]
    await expect(served.db.daily.range({ symbols })).rejects.toThrow(
      'symbols: got "NOBODY", "600519" (did you mean "600519.SH"?), "X0", "X1", "X2" and 6 more; expected codes that daily or stock_basic has; unknownSymbols: "ignore" leaves out what is unknown',
    )
  })

  it('are errors in every procedure that takes symbols, and can be ignored in each', async () => {
    const { db } = served
    const symbols = ['600519.SH', 'NOBODY']
    const day = { date: '2024-01-02' }
    const panel = { ...range, fields: ['close'] } as const
    const calls: ((more: { symbols: string[]; unknownSymbols?: 'ignore' | undefined }) => Promise<unknown>)[] = [
      (more) => db.daily.range(more),
      (more) => db.daily.range({ ...more, freq: 'week' }),
      (more) => db.daily.at({ ...more, ...day }),
      (more) => db.daily.at({ ...more, ...day, lookback: true }),
      (more) => db.daily.latest({ ...more, n: 2 }),
      (more) => db.daily.panel({ ...more, ...panel }),
      (more) => db.daily.panel({ ...more, ...panel, fill: 'previous' }),
      (more) => db.stock_basic.list(more),
      (more) => db.fina_indicator.asOf({ ...more, ...day }),
      (more) => db.screen({ ...more, ...day }),
      (more) => db.screen({ ...more, ...day, index: '000300.SH' }),
      (more) => db.screen({ ...more, ...day, fields: ['daily.close'], where: { 'daily.close': { gt: 5 } } }),
      (more) => db.instruments.list({ ...more, asOf: '2024-01-02' }),
      async (more) => {
        for await (const _ of db.daily.stream(more));
      },
      (more) => db.trpc.daily.range.query(more),
    ]
    for (const call of calls) {
      expect(await failureOf(call({ symbols }))).toMatchObject({
        message: expect.stringContaining('symbols: got "NOBODY"'),
      })
      await call({ symbols, unknownSymbols: 'ignore' })
    }
    const { panels, symbols: columns } = await db.daily.panel({ ...panel, symbols, unknownSymbols: 'ignore' })
    expect([columns, panels.close.series('NOBODY')]).toEqual([symbols, Float64Array.of(Number.NaN, Number.NaN)])
    const lenient = await connect<typeof catalogue>(served.server.url, { unknownSymbols: 'ignore', retries: 0 })
    expect((await lenient.daily.range({ symbols, limit: 1 })).numRows).toBe(1)
    expect(await failureOf(lenient.daily.range({ symbols, unknownSymbols: 'error' }))).toMatchObject({
      code: 'UNKNOWN_SYMBOL',
    })
  })
})

describe.each(mysqlMakers)('symbols of a table with another collation, without an index, in $engine', ({ open }) => {
  it('are compared byte by byte', async () => {
    const store = await open()
    onTestFinished(() => store.drop())
    await sql(
      store.address,
      'create table bars (code text, day date, close double) default charset gbk',
      "insert into bars values ('SH600519', '2024-01-02', 1), ('sz000001', '2024-01-02', 2)",
    )
    const fields = { code: symbol.required('Code'), day: date.required('Day'), close: float64('Close') }
    const roles = { managed: false, key: ['code', 'day'], symbol: 'code', date: 'day', description: 'Bars' } as const
    const own = defineCatalogue({
      bars: defineDataset({ name: 'bars', fields, ...roles }),
      scanned: defineDataset({ name: 'scanned', table: 'bars', latest: 'scan', fields, ...roles }),
    })
    const served = await serve(store.address, { catalogue: own })
    onTestFinished(() => served.close())
    for (const dataset of [served.db.bars, served.db.scanned]) {
      expect((await dataset.range({ symbols: ['SH600519', 'sz000001'], start: '2025-01-01' })).numRows).toBe(0)
      await expect(dataset.range({ symbols: ['sh600519'] })).rejects.toThrow('did you mean "SH600519"?')
      await expect(dataset.latest({ symbols: ['000001.SZ'] })).rejects.toThrow('did you mean "sz000001"?')
    }
  })
})

describe.each(enginesOfRun)('an unreadable list of stocks in $engine', ({ open }) => {
  it('is named by the error about an unknown symbol, and does not affect other datasets', async () => {
    const store = await open()
    const listed = defineDataset({
      name: 'stock_basic',
      description: 'Stocks',
      managed: false,
      fields: {
        ts_code: symbol.required('Code'),
        list_date: date('Listed', { dateFormat: 'YYYYMMDD' }),
        delist_date: date('Delisted'),
      },
      key: ['ts_code'],
      symbol: 'ts_code',
    })
    const catalogue = defineCatalogue({
      stock_basic: listed,
      daily: tushare.daily,
      trade_cal: tushare.trade_cal,
      adj_factor: tushare.adj_factor,
    })
    const served = await serve(store.address, { catalogue })
    onTestFinished(async () => {
      await served.close()
      await store.drop()
    })
    const { engine } = served.server
    await engine.define(
      [
        'create table stock_basic (ts_code varchar(12) primary key, list_date varchar(20), delist_date date)',
        'create index listed on stock_basic (list_date)',
        "insert into stock_basic values ('600000.SH', '19991110', null), ('000001.SZ', 'nan', null)",
      ],
      new AbortController().signal,
    )
    await writeRows(engine, tushare.daily, [['000001.SZ', '2024-01-02', 10]], ['ts_code', 'trade_date', 'close'])
    const { daily } = served.db
    const problem =
      'table stock_basic, column list_date: got "nan" in the row ts_code = "000001.SZ"; expected a date as YYYYMMDD'
    expect((await daily.range({ symbols: ['000001.SZ'], start: '2025-01-01' })).numRows).toBe(0)
    for (const [symbols, got] of [
      [
        ['600000.SH'],
        '"600000.SH"; expected a code that daily has; unknownSymbols: "ignore" leaves out what is unknown',
      ],
      [['000001.SZ', 'SZ000001'], '"SZ000001"; expected a code that daily has — did you mean "000001.SZ"?'],
    ] as const)
      await expect(daily.range({ symbols })).rejects.toMatchObject({
        code: 'UNKNOWN_SYMBOL',
        message: expect.stringContaining(
          `symbols: got ${got}; stock_basic may list it, but cannot be read: ${problem}`,
        ) as unknown,
      })
    await expect(daily.latest({ symbols: ['x1', 'x2'] })).rejects.toThrow(`but cannot be read: ${problem}`)
    expect((await daily.range({ symbols: ['600000.SH'], unknownSymbols: 'ignore' })).numRows).toBe(0)
  })
})
