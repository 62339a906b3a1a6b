import { type Client, connect } from '@stockdb/client'
import type { Catalogue } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openIntrospector } from '../../src/engine/open.ts'
import { introspect } from '../../src/introspect/introspect.ts'
import { draftedCatalogue } from '../support/drafted.ts'
import { engineOf } from '../support/engines.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { everyEngine, type Store } from '../support/stores.ts'
import { makeVnpyTables, vnpyDays } from '../support/vnpy-tables.ts'
import { watchReads } from '../support/watch-reads.ts'

/** Calls of datasets that types do not know. */
type Loose = Record<
  string,
  Record<string, (input: object) => Promise<{ rows(): Record<string, unknown>[]; numRows: number }>>
>

const draftOf = async (address: string) => {
  const database = openIntrospector(address)
  return introspect(database).finally(() => database.close())
}

describe.each(everyEngine)("vnpy's table of bars on $engine", ({ open }) => {
  let store: Store
  let served: Served<Catalogue>
  let catalogue: Catalogue
  let db: Loose
  let client: Client<Catalogue>
  const rowsOf = async (dataset: string, call: string, input: object) =>
    (await db[dataset]?.[call]?.(input))
      ?.rows()
      .map(({ symbol, datetime, close_price }) => [symbol, datetime, close_price])

  beforeAll(async () => {
    store = await open()
    await makeVnpyTables(store.address)
    catalogue = await draftedCatalogue(store.address)
    served = await serve(store.address, { catalogue, tables: false })
    db = served.db as unknown as Loose
    client = await connect(served.server.url)
  })

  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it('becomes a dataset for each length of bars, by symbol with exchange and by day or minute', async () => {
    const { datasets } = await draftOf(store.address)
    const found = datasets.filter(({ table }) => table === 'dbbardata')
    expect(
      found.map(({ name, key, symbol, date, only }) => [name, key.value, symbol?.value, date?.value, only]),
    ).toEqual([
      ['dbbardata', ['id'], 'symbol', 'datetime', undefined],
      ['dbbardata_1m', ['symbol', 'datetime'], 'symbol', 'datetime', { interval: '1m' }],
      ['dbbardata_d', ['symbol', 'datetime'], 'symbol', 'datetime', { interval: 'd' }],
    ])
    const prices = ['open_price', 'high_price', 'low_price', 'close_price']
    const adjustment = { dataset: 'adj_factor', factor: 'adj_factor', prices }
    expect(found[2]?.rules).toMatchObject({
      calendar: 'SSE',
      adjustment,
      bars: { last: ['close_price', 'open_interest'] },
    })
    expect(found[1]?.rules).toMatchObject({ adjustment, bars: { minutes: { stored: '1min', label: 'start' } } })
    expect(found[1]?.rules).not.toHaveProperty('calendar')
    for (const { fields } of found)
      expect(fields.find(({ name }) => name === 'symbol')).toMatchObject({
        ...{ type: 'symbol', exchange: { column: 'exchange', notation: 'vnpy' } },
      })
    expect(found[2]?.fields.find(({ name }) => name === 'datetime')?.type).toBe('date')
    expect(found[1]?.fields.find(({ name }) => name === 'datetime')?.type).toBe('datetime')
    expect(found[2]?.fields.map(({ name }) => name)).not.toContain('id')
  })

  it('answers a panel of adjusted prices', async () => {
    const panel = await (
      client as unknown as { dbbardata_d: { panel(input: object): Promise<never> } }
    ).dbbardata_d.panel({
      ...{ start: '2024-01-01', end: '2024-01-08', fields: ['close_price'], adjust: 'qfq' },
      symbols: ['600519.SH', '000001.SZ'],
    })
    const { dates, symbols, panels } = panel as {
      dates: string[]
      symbols: string[]
      panels: { close_price: { values: Float64Array[] } }
    }
    expect([...dates]).toEqual(vnpyDays)
    expect([...symbols]).toEqual(['000001.SZ', '600519.SH'])
    expect(panels.close_price.values.map((row) => [...row])).toEqual([
      [5, 50],
      [5.5, 50.5],
      [Number.NaN, 102],
      [13, 103],
      [14, 104],
    ])
  })

  it('tells a code on two exchanges apart, in every call', async () => {
    const days = { start: '2024-01-05', fields: ['close_price'] }
    expect(await rowsOf('dbbardata_d', 'range', { ...days, symbols: ['000001.SH'] })).toEqual([
      ['000001.SH', '2024-01-05', 3003],
      ['000001.SH', '2024-01-08', 3004],
    ])
    expect(await rowsOf('dbbardata_d', 'range', { ...days, symbols: ['000001.SZ', '600519.SH'] })).toEqual([
      ['000001.SZ', '2024-01-05', 13],
      ['000001.SZ', '2024-01-08', 14],
      ['600519.SH', '2024-01-05', 103],
      ['600519.SH', '2024-01-08', 104],
    ])
    expect(await rowsOf('dbbardata_d', 'range', { ...days, start: '2024-01-08' })).toEqual([
      ['000001.SH', '2024-01-08', 3004],
      ['000001.SZ', '2024-01-08', 14],
      ['600519.SH', '2024-01-08', 104],
    ])
    expect(await rowsOf('dbbardata_d', 'at', { date: '2024-01-04', fields: ['close_price'] })).toEqual([
      ['000001.SH', '2024-01-04', 3002],
      ['600519.SH', '2024-01-04', 102],
    ])
    expect(await rowsOf('dbbardata_d', 'at', { date: '2024-01-04', lookback: true, fields: ['close_price'] })).toEqual([
      ['000001.SH', '2024-01-04', 3002],
      ['000001.SZ', '2024-01-03', 11],
      ['600519.SH', '2024-01-04', 102],
    ])
    expect(await rowsOf('dbbardata_d', 'latest', { fields: ['close_price'] })).toEqual([
      ['000001.SH', '2024-01-08', 3004],
      ['000001.SZ', '2024-01-08', 14],
      ['600519.SH', '2024-01-08', 104],
    ])
    expect(
      await rowsOf('dbbardata_d', 'latest', {
        n: 2,
        end: '2024-01-05',
        symbols: ['000001.SZ'],
        fields: ['close_price'],
      }),
    ).toEqual([
      ['000001.SZ', '2024-01-03', 11],
      ['000001.SZ', '2024-01-05', 13],
    ])
    expect(await rowsOf('dbbardata_d', 'range', { ...days, where: { exchange: 'SZSE' } })).toEqual([
      ['000001.SZ', '2024-01-05', 13],
      ['000001.SZ', '2024-01-08', 14],
    ])
    expect(await rowsOf('dbbardata_d', 'range', { ...days, where: { symbol: '000001.SH' } })).toHaveLength(2)
    const rows = await rowsOf('dbbardata_1m', 'range', {
      symbols: ['000001.SZ'],
      end: '2024-01-02 09:31',
      fields: ['close_price'],
    })
    expect(rows).toEqual([
      ['000001.SZ', '2024-01-02 09:30:00', 10],
      ['000001.SZ', '2024-01-02 09:31:00', 10.1],
    ])
    expect(await rowsOf('dbbardata', 'range', { symbols: ['000001.SH'], end: '2024-01-02' })).toHaveLength(1)
  })

  it('answers longer bars, adjusted', async () => {
    const asked = { symbols: ['000001.SZ'], fields: ['close_price', 'open_price'], adjust: 'qfq', freq: '5min' }
    const five = await db.dbbardata_1m?.range?.({ ...asked, anchor: '2024-01-08' })
    expect(five?.rows().map(({ datetime, open_price, close_price }) => [datetime, open_price, close_price])).toEqual([
      ['2024-01-02 09:30:00', 4.75, 5.2],
      ['2024-01-02 13:00:00', 5, 5.25],
      ['2024-01-03 09:30:00', 5.25, 5.7],
      ['2024-01-03 13:00:00', 5.5, 5.75],
    ])
    const weeks = await db.dbbardata_d?.range?.({
      symbols: ['600519.SH'],
      fields: ['close_price', 'high_price'],
      freq: 'week',
    })
    expect(weeks?.rows().map(({ close_price, high_price }) => [close_price, high_price])).toEqual([
      [103, 104],
      [104, 105],
    ])
  })

  it('is queried, screened and counted by whole symbols', async () => {
    const query = (client.query as unknown as { selectFrom(table: string): never }).selectFrom('dbbardata_d') as {
      select(fields: readonly string[]): typeof query
      where(field: string, operator: string, value: unknown): typeof query
      orderBy(field: string): typeof query
      execute(): Promise<unknown>
    }
    const found = query.select(['symbol', 'datetime']).where('symbol', 'in', ['000001.SH', '600519.SSE'])
    expect(await found.where('datetime', '>', '2024-01-04').orderBy('datetime').execute()).toEqual([
      { symbol: '000001.SH', datetime: '2024-01-05' },
      { symbol: '000001.SH', datetime: '2024-01-08' },
    ])
    const described = await client.meta.datasets()
    expect(described.find(({ name }) => name === 'dbbardata_d')).toMatchObject({
      coverage: { rows: 14, symbols: 3, firstDate: '2024-01-02', lastDate: '2024-01-08' },
    })
    const screen = await (client as unknown as { screen(input: object): Promise<{ rows(): unknown[] }> }).screen({
      ...{ date: '2024-01-08', symbols: ['600519.SH', '000001.SZ', '000001.SH'], fields: ['dbbardata_d.close_price'] },
      where: { 'dbbardata_d.close_price': { lt: 200 } },
    })
    expect(screen.rows()).toHaveLength(2)
  })

  it('finds the rows of symbols by the columns of the index', async () => {
    const statements: string[] = []
    const stop = watchReads(served.server.engine, ({ sql: words }) => statements.push(words))
    try {
      await rowsOf('dbbardata_d', 'range', { symbols: ['000001.SZ', '600519.SH'], start: '2024-01-03' })
    } finally {
      stop()
    }
    const [words = ''] = statements.filter((one) => one.includes('dbbardata'))
    const plain = words.replaceAll(/["`]/g, '')
    expect(plain).toMatch(/d\.symbol in \((\?|\$\d+), (\?|\$\d+)\) and d\.exchange in \((\?|\$\d+), (\?|\$\d+)\)/)
  })

  it('names what a misspelt symbol may mean', async () => {
    const ask = (symbol: string) => db.dbbardata_d?.range?.({ symbols: [symbol] })
    await expect(ask('600519.SSE')).rejects.toThrow('did you mean "600519.SH"?')
    await expect(ask('600519')).rejects.toThrow('did you mean "600519.SH"?')
    await expect(ask('sh600519')).rejects.toMatchObject({ code: 'UNKNOWN_SYMBOL' })
    expect(
      await rowsOf('dbbardata_1m', 'range', { symbols: ['000001.SH', '000001.SZ'], unknownSymbols: 'ignore' }),
    ).toHaveLength(12)
  })

  it('answers with an error that names the row if a daily bar has a time, or an exchange is another notation', async () => {
    const interval = engineOf(store.address) === 'mysql' ? '`interval`' : '"interval"'
    const insert = (id: number, exchange: string, time: string) =>
      `insert into dbbardata (id, symbol, exchange, datetime, ${interval}, volume, turnover, open_interest, open_price, high_price, low_price, close_price)
        values (${id}, '600519', '${exchange}', '${time}', 'd', 1, 1, 0, 1, 1, 1, 1)`
    await sql(store.address, insert(901, 'SSE', '2024-01-09 15:00:00'))
    const wrong = await serve(store.address, { catalogue, tables: false })
    const own = wrong.db as unknown as Loose
    try {
      await expect(own.dbbardata_d?.range?.({ symbols: ['600519.SH'] })).rejects.toThrow(/2024-01-09 15:00:00/)
      expect((await own.dbbardata_1m?.range?.({ symbols: ['600519.SH'] }))?.numRows).toBe(12)
      await sql(store.address, 'delete from dbbardata where id = 901', insert(902, 'SH', '2024-01-09 00:00:00'))
    } finally {
      await wrong.close()
    }
    const other = await serve(store.address, { catalogue, tables: false })
    try {
      const asked = (other.db as unknown as Loose).dbbardata_d?.range?.({ start: '2024-01-09' })
      await expect(asked).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' })
      await expect(asked).rejects.toThrow(
        /^table dbbardata, columns symbol and exchange: got no symbol in the row datetime = .*2024-01-09.*; expected a code and an exchange: SSE, SZSE, BSE, or another name without a point, but not SH, SZ, BJ/,
      )
    } finally {
      await other.close()
      await sql(store.address, 'delete from dbbardata where id = 902')
    }
  })
})

describe.each(everyEngine)("vnpy's bars of futures on $engine", ({ open }) => {
  let store: Store
  let served: Served<Catalogue>

  beforeAll(async () => {
    store = await open()
    await makeVnpyTables(store.address, [
      ...vnpyDays.map((day, at) => ['rb2410', 'SHFE', `${day} 00:00:00`, 'd', 3900 + at] as const),
      ...vnpyDays.map((day, at) => ['SR409', 'CZCE', `${day} 00:00:00`, 'd', 6300 + at] as const),
      ['rb2410', 'SHFE', '2024-01-02 21:00:00', '1m', 3901],
      ['600519', 'SSE', '2024-01-02 00:00:00', 'd', 100],
    ])
    served = await serve(store.address, { catalogue: await draftedCatalogue(store.address), tables: false })
  })

  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it('keep their codes and exchanges, and have a panel', async () => {
    const daily = (served.db as unknown as { dbbardata_d: Record<string, (input: object) => Promise<never>> })
      .dbbardata_d
    const rows = ((await daily.range?.({ symbols: ['SR409.CZCE', 'rb2410.SHFE'], end: '2024-01-02' })) ??
      []) as unknown as {
      rows(): Record<string, unknown>[]
    }
    expect(rows.rows()).toMatchObject([
      { symbol: 'SR409.CZCE', datetime: '2024-01-02', exchange: 'CZCE', close_price: 6300 },
      { symbol: 'rb2410.SHFE', datetime: '2024-01-02', exchange: 'SHFE', close_price: 3900 },
    ])
    const panel = (await daily.panel?.({
      start: '2024-01-02',
      end: '2024-01-03',
      fields: ['close_price'],
    })) as unknown as {
      symbols: string[]
    }
    expect([...panel.symbols]).toEqual(['600519.SH', 'SR409.CZCE', 'rb2410.SHFE'])
    await expect(daily.range?.({ symbols: ['RB2410.SHFE'] })).rejects.toThrow('did you mean "rb2410.SHFE"?')
    await expect(daily.range?.({ symbols: ['rb2410.SHFE'], adjust: 'qfq' })).rejects.toThrow('rb2410.SHFE')
  })

  it('have no bars of longer minutes, whose sessions would be those of stocks, and say so', async () => {
    const { datasets } = await draftOf(store.address)
    const minutes = datasets.find(({ name }) => name === 'dbbardata_1m')
    expect(minutes?.rules).not.toHaveProperty('bars')
    expect(minutes?.warnings.join()).toContain('no freq: the sessions of its exchanges differ from those of stocks')
  })
})
