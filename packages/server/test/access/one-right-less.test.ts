import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '@stockdb/client'
import { date, defineCatalogue, defineDataset, float64, symbol, tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeToken } from '../../src/access/token.ts'
import { changeTokens } from '../../src/access/token-file.ts'
import { serve } from '../support/serve.ts'
import { enginesOfRun, type Store, sqlMakers } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

const { daily, adj_factor, trade_cal, stock_basic } = tushare
const days = { code: symbol.required('Code'), day: date.required('Day') }
const shared = { table: 'bars', key: ['code', 'day'], symbol: 'code', date: 'day' } as const

const catalogue = defineCatalogue({
  ...{ daily, adj_factor, trade_cal, stock_basic },
  closes: defineDataset({
    // The other dataset creates the table.
    ...{ ...shared, managed: false, name: 'closes', description: 'Prices alone' },
    fields: { ...days, close: float64('Close') },
  }),
  // A subset of its rows.
  ones: defineDataset({
    ...{ ...shared, managed: false, name: 'ones', description: 'The rows of one code', only: { code: 'A' } },
    fields: { ...days, close: float64('Close') },
  }),
  turnovers: defineDataset({
    ...{ ...shared, name: 'turnovers', description: 'The same rows with their turnover' },
    fields: { ...days, close: float64('Close'), amount: float64('Amount') },
  }),
})

describe.each(enginesOfRun)('on $engine a token for some datasets', ({ open }) => {
  let store: Store
  let url: string
  let folder: string
  let close: (() => Promise<void>) | undefined
  const secrets = new Map<string, string>()

  beforeAll(async () => {
    store = await open()
    folder = await mkdtemp(join(tmpdir(), 'stockdb-test-'))
    const tokens = join(folder, 'tokens.json')
    const grants: Record<string, readonly (keyof typeof catalogue)[] | undefined> = {
      all: undefined,
      daily: ['daily'],
      days: ['daily', 'trade_cal'],
      stocks: ['daily', 'trade_cal', 'stock_basic'],
      closes: ['closes'],
      ones: ['ones'],
      turnovers: ['turnovers', 'daily'],
    }
    for (const [name, datasets] of Object.entries(grants)) {
      const made = makeToken({ name, scopes: ['read', 'sql', 'write'], datasets }, new Date())
      secrets.set(name, made.secret)
      await changeTokens(tokens, (known) => [...known, made.token])
    }
    const served = await serve(store.address, { catalogue, tokens, token: secrets.get('all') ?? '' })
    url = served.server.url
    close = () => served.close()
    const { engine } = served.server
    const open5 = ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05', '2024-01-08']
    const calendar = [...open5, '2024-01-06', '2024-01-07'].sort()
    await writeRows(
      engine,
      trade_cal,
      calendar.map((day) => ['SSE', day, Number(open5.includes(day))]),
      ['exchange', 'cal_date', 'is_open'],
    )
    await writeRows(engine, daily, [['A', '2024-01-02', 1]], ['ts_code', 'trade_date', 'close'])
    await writeRows(
      engine,
      stock_basic,
      [
        ['A', '2024-01-04'],
        ['B', null],
      ],
      ['ts_code', 'delist_date'],
    )
    await writeRows(engine, catalogue.turnovers, [['A', '2024-01-02', 1, 77]], ['code', 'day', 'close', 'amount'])
  })
  afterAll(async () => {
    await close?.()
    await store?.drop()
    await rm(folder, { recursive: true, force: true })
  })

  const as = (name: string) => connect<typeof catalogue>(url, { retries: 0, token: secrets.get(name) ?? '' })
  const range = { symbols: ['A'], start: '2024-01-02', end: '2024-01-08', fields: ['close'] } as const

  it('gets no trading days from panels, longer bars and coverage', async () => {
    const [narrow, wide] = [await as('daily'), await as('days')]
    const forbidden = { code: 'FORBIDDEN', message: expect.stringContaining('may not read trade_cal') }
    await expect(narrow.daily.panel(range)).rejects.toMatchObject(forbidden)
    await expect(narrow.daily.range({ ...range, freq: 'week' })).rejects.toMatchObject(forbidden)
    const frame = await narrow.daily.range(range)
    expect(frame.numRows).toBe(1)
    expect(frame.meta.coverage).toMatchObject({ symbolsAsked: 1 })
    expect(frame.meta.coverage).toMatchObject({ sessionsExpected: null, sessionsFound: 1 })
    expect((await wide.daily.panel(range)).dates).toHaveLength(5)
    expect((await wide.daily.range({ ...range, freq: 'week' })).numRows).toBe(1)
    expect(JSON.stringify((await wide.daily.range(range)).meta.coverage)).toContain('"sessionsExpected":5')
  })

  it('gets the same numbers as everyone, or none, where gaps are filled until the delisting', async () => {
    const filled = { ...range, fill: 'previous' } as const
    await expect((await as('days')).daily.panel(filled)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringMatching(/delisted.*stock_basic/),
    })
    expect((await (await as('days')).daily.panel(range)).dates).toHaveLength(5)
    const [mine, everybodys] = [
      await (await as('stocks')).daily.panel(filled),
      await (await as('all')).daily.panel(filled),
    ]
    expect([...mine.panels.close.series('A')]).toEqual([...everybodys.panels.close.series('A')])
    expect([...mine.panels.close.series('A')]).toEqual([1, 1, Number.NaN, Number.NaN, Number.NaN])
  })

  it('cannot learn the symbols of a list that it may not read', async () => {
    const other = { symbols: ['B'], start: '2024-01-02' }
    expect((await (await as('stocks')).daily.range(other)).numRows).toBe(0)
    await expect((await as('days')).daily.range(other)).rejects.toMatchObject({
      code: 'UNKNOWN_SYMBOL',
      message: expect.stringContaining(
        'symbols: got "B"; expected a code that daily has; unknownSymbols: "ignore" leaves out what is unknown',
      ) as unknown,
    })
  })

  it('reads only the rows of a dataset with fixed fields, and not by SQL', async () => {
    const ones = await as('ones')
    expect((await ones.ones.range()).columns.code).toEqual(['A'])
    await expect(ones.sql('select close from bars')).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('may only read some rows of bars, those of ones; use db.query'),
    })
  })

  it.runIf(sqlMakers.some((maker) => maker.open === open))(
    'reads only its own columns, in SQL on a table of two datasets',
    async () => {
      const closes = await as('closes')
      expect((await closes.sql('select code, close * 2 as twice, count(*) over () as n from bars')).numRows).toBe(1)
      for (const statement of [
        'select amount from bars',
        'select AMOUNT from bars',
        'select `amount` from bars',
        'select * from bars',
        'select bars.* from bars',
        'select close, bars.* from bars',
        'select code from (select * from bars) as x',
        'select close from bars where amount > 1',
        'select close from bars order by Amount',
        'select 1 from bars as a join bars as b using (amount)',
        'select close from bars natural join (select 77 as x) as y',
        'with c (a, b, c, d) as (select * from bars) select d from c',
        'select amount from (select 1 as one) as x, bars',
        'select close from bars where exists (select distinct * from bars)',
      ])
        await expect(closes.sql(statement), statement).rejects.toMatchObject({ code: 'QUERY_REFUSED' })
      const turnovers = await as('turnovers')
      expect((await turnovers.sql('select * from bars')).rows()).toMatchObject([{ amount: 77 }])
      expect((await turnovers.sql('select bars.amount from bars, daily')).rows()).toEqual([{ amount: 77 }])
      expect((await (await as('all')).sql('select * from bars')).rows()).toMatchObject([{ amount: 77 }])
      await expect((await as('daily')).sql('select close from bars')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    },
  )
})
