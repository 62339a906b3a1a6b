import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openIntrospector } from '../../../src/engine/open.ts'
import { introspect } from '../../../src/introspect/introspect.ts'
import { askJson } from '../../support/ask-json.ts'
import { draftedCatalogue } from '../../support/drafted.ts'
import { engineOf } from '../../support/engines.ts'
import { manyCatalogue, manyTables, stocks } from '../../support/many-tables.ts'
import { type Served, serve } from '../../support/serve.ts'
import { sql } from '../../support/sql.ts'
import { everyEngine, type Store } from '../../support/stores.ts'
import { watchReads } from '../../support/watch-reads.ts'

const span = { start: '2023-12-28', end: '2024-01-04' }
const fields = ['ts_code', 'trade_date', 'close']

/** Calls of a dataset by name, and what the same rows in one table answer is what they must. */
const calls: readonly (readonly [what: string, procedure: string, input: object])[] = [
  ['a range', 'range', { ...span, fields }],
  ['a range of one symbol', 'range', { ...span, fields, symbols: ['600519.SH'] }],
  [
    'a range within a year',
    'range',
    { start: '2024-01-02', end: '2024-01-03', fields, symbols: ['600519.SH', '000001.SZ'] },
  ],
  ['a range without rows', 'range', { start: '2025-01-02', fields, symbols: ['600519.SH'] }],
  ['a limit', 'range', { ...span, fields, limit: 3 }],
  ['filters', 'range', { ...span, fields, where: { close: [12, 34] } }],
  ['a filter of the symbol', 'range', { ...span, fields, symbols: stocks, where: { ts_code: '000002.SZ' } }],
  ['qfq', 'range', { ...span, fields, adjust: 'qfq' }],
  ['hfq of some symbols', 'range', { ...span, fields, adjust: 'hfq', symbols: ['000002.SZ', '830799.BJ'] }],
  ['weeks', 'range', { ...span, fields, freq: 'week' }],
  ['a day', 'at', { date: '2024-01-03', fields }],
  ['a day with the rows before it', 'at', { date: '2024-01-03', fields, lookback: true, adjust: 'qfq' }],
  ['the last rows', 'latest', { fields }],
  ['the last rows before a day', 'latest', { n: 2, end: '2024-01-02', fields, symbols: ['000001.SZ', '000002.SZ'] }],
  ['the last rows of some values', 'latest', { n: 2, fields, where: { close: [13, 14, 20] } }],
]

describe.each(everyEngine)('datasets over several tables on $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof manyCatalogue>
  const ask = async (dataset: string, procedure: string, input: object) => {
    const { items, meta } = await askJson(served.server.url, `${dataset}.${procedure}`, input)
    return { items, coverage: { ...meta.coverage, asOf: null }, anchor: meta.anchor }
  }

  beforeAll(async () => {
    store = await open()
    await sql(store.address, ...manyTables(engineOf(store.address)))
    served = await serve(store.address, { catalogue: manyCatalogue, tables: false })
  })

  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it.each(calls)('answer %s as one table does', async (_, procedure, input) => {
    const expected = await ask('one', procedure, input)
    for (const dataset of ['per_stock', 'per_year', 'wide'])
      expect({ dataset, ...(await ask(dataset, procedure, input)) }).toEqual({ dataset, ...expected })
  })

  it('answer with a panel of adjusted prices', async () => {
    const { db } = served
    const wanted = { ...span, fields: ['close'], adjust: 'qfq', fill: 'previous' } as const
    const expected = await db.one.panel(wanted)
    expect(expected.panels.close.at('2023-12-28', '000001.SZ')).toBe(5)
    for (const panel of [
      await db.per_stock.panel(wanted),
      await db.per_year.panel(wanted),
      await db.wide.panel(wanted),
    ]) {
      expect(panel.symbols).toEqual(stocks)
      expect(panel.panels.close.values).toEqual(expected.panels.close.values)
    }
  })

  it('are queried like one table, and described like one', async () => {
    const { db } = served
    for (const name of ['one', 'per_stock', 'per_year', 'wide'] as const) {
      const query = db.query
        .selectFrom(name)
        .where('trade_date', '>', '2024-01-02')
        .select(({ fn }) => ['ts_code', fn.max('close').as('highest')])
        .groupBy('ts_code')
        .orderBy('ts_code')
      expect([...(await db.frame(query)).rows()]).toMatchObject([
        { ts_code: '000001.SZ', highest: 14 },
        { ts_code: '000002.SZ', highest: 24 },
        { highest: 34 },
        { highest: 44 },
      ])
    }
    const described = await db.meta.datasets()
    const [one, ...several] = described.slice(0, 4).map(({ coverage }) => coverage)
    expect(one).toEqual({ rows: 19, symbols: 4, firstDate: '2023-12-28', lastDate: '2024-01-04' })
    expect(several).toEqual([one, one, one])
  })

  it('read only the tables that a call needs', async () => {
    const statements: string[] = []
    const stop = watchReads(served.server.engine, ({ sql: words }) => statements.push(words))
    try {
      await ask('per_stock', 'range', { ...span, symbols: ['600519.SH'] })
      await ask('per_year', 'range', { start: '2024-01-02', symbols: ['600519.SH'] })
      await ask('per_year', 'at', { date: '2023-12-29' })
    } finally {
      stop()
    }
    // Searches of what names say go on meanwhile.
    const asked = statements.filter((words) => !words.startsWith('select min('))
    const read = asked.map((words) => [...new Set(words.match(/(?:bars|daily)_[A-Z\d_]+/g))])
    expect(read).toEqual([['bars_600519_SH'], ['daily_2024'], ['daily_2023']])
  })

  it('know unknown symbols by the names of the tables', async () => {
    const { per_stock, per_year, wide } = served.db
    const ranges = [per_stock.range, per_year.range, wide.range] as readonly ((input: {
      symbols: string[]
    }) => Promise<unknown>)[]
    for (const range of ranges) {
      await expect(range({ symbols: ['600000.SH'] })).rejects.toMatchObject({
        code: 'UNKNOWN_SYMBOL',
      })
      await expect(range({ symbols: ['000001.XSHE'] })).rejects.toThrow('did you mean "000001.SZ"?')
    }
  })

  it('are recognised by introspection, whose declaration answers alike', async () => {
    const database = openIntrospector(store.address)
    const { datasets } = await introspect(database).finally(() => database.close())
    const found = datasets.filter(({ tables, wide }) => tables ?? wide)
    expect(
      found.map(({ name, tables, wide, symbol, date }) => [name, tables?.pattern ?? wide, symbol?.value, date?.value]),
    ).toEqual([
      ['bars', 'bars_{symbol}', 'ts_code', 'trade_date'],
      ['close_wide', { pattern: '{symbol}', field: 'close' }, 'ts_code', 'trade_date'],
      ['daily', 'daily_{year}', 'ts_code', 'trade_date'],
    ])
    const catalogue = await draftedCatalogue(store.address)
    const drafted = await serve(store.address, { catalogue, tables: false })
    try {
      const wanted = { ...span, fields: ['close'], adjust: 'qfq' }
      const expected = (await ask('one', 'range', wanted)).items
      for (const name of ['bars', 'close_wide', 'daily'])
        expect((await askJson(drafted.server.url, `${name}.range`, wanted)).items).toEqual(expected)
    } finally {
      await drafted.close()
    }
  })
})
