import { type Client, defineCatalogue, defineDataset } from '@stockdb/client'
import { date, float64, symbol, tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { byEngine } from '../support/engines.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, type Store } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

const bars = {
  table: 'bars',
  description: 'Bars with codes that their collation treats as equal',
  managed: false,
  fields: { code: symbol.required('Code'), day: date.required('Day'), close: float64('Close'), vol: float64('Volume') },
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
  calendar: 'SSE',
  bars: { first: [], max: [], min: [], last: ['close'], sum: ['vol'] },
} as const
const catalogue = defineCatalogue({
  trade_cal: tushare.trade_cal,
  bars: defineDataset({ name: 'bars', ...bars }),
  scanned: defineDataset({ name: 'scanned', ...bars, latest: 'scan' }),
  indexed: defineDataset({ name: 'indexed', ...bars, table: 'indexed' }),
  unkeyed: defineDataset({ name: 'unkeyed', ...bars, table: 'unkeyed' }),
  written: defineDataset({ name: 'written', ...bars, table: 'written' }),
})
/** A code that the table compares without case. */
const columns = (address: string): string =>
  byEngine(address, {
    mysql: 'code varchar(12) collate utf8mb4_general_ci, day date, close double, vol double',
    sqlite: 'code text collate nocase, day date, close double, vol double',
    duckdb: 'code varchar collate nocase, day date, close double, vol double',
  })
const charset = (address: string): string =>
  byEngine(address, { mysql: 'character set utf8mb4', sqlite: '', duckdb: '' })
const indexedRows = `('A', '2024-01-02', 1, 1), ('A', '2024-01-04', 2, 1), ('a', '2024-01-03', 3, 1),
  ('B', '2024-01-04', 4, 1), ('b', '2010-01-04', 5, 1)`
const days = ['2024-01-02', '2024-01-03', '2024-01-04']
const range = { start: '2024-01-02', end: '2024-01-04' } as const

describe.each(enginesOfRun)('codes of $engine that differ only by case or spaces', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>
  let db: Client<typeof catalogue>
  beforeAll(async () => {
    store = await open()
    const rows = days.flatMap((day, at) => [`('A', '${day}', ${at + 1}, 1)`, `('a', '${day}', ${at + 11}, 2)`])
    await sql(
      store.address,
      `create table bars (${columns(store.address)}) ${charset(store.address)}`,
      `insert into bars values ${rows.join(',')}`,
      ...['indexed', 'unkeyed', 'written'].flatMap((table) => [
        `create table ${table} (${columns(store.address)}${table === 'indexed' ? ', primary key (code, day)' : ''}) ${charset(store.address)}`,
        ...(table === 'indexed' ? [] : [`create index ${table}_code on ${table} (code, day)`]),
      ]),
      ...['indexed', 'unkeyed'].map((table) => `insert into ${table} values ${indexedRows}`),
      `insert into written values ('A', '2024-01-02', 1, 1), ('B', '2024-01-02', 2, 1)`,
    )
    served = await serve(store.address, { catalogue })
    db = served.db
    const sessions = days.map((day) => ['SSE', day, true] as const)
    await writeRows(served.server.engine, tushare.trade_cal, sessions, ['exchange', 'cal_date', 'is_open'])
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it('are an error in bars and panels that names table, column and codes', async () => {
    const mixed = /^table bars, column code: rows of "[Aa]" come mixed with those of "[aA]".*latest: 'scan'/
    for (const asked of [
      () => db.bars.range({ ...range, freq: 'month' }),
      () => db.bars.panel({ ...range, fields: ['close'], fill: 'previous' }),
    ])
      await expect(asked()).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH', message: expect.stringMatching(mixed) })
  })

  it('are distinguished if the dataset is scanned', async () => {
    const months = await db.scanned.range({ ...range, freq: 'month' })
    expect(months.rows()).toEqual([
      { code: 'A', day: '2024-01-04', close: 3, vol: 3 },
      { code: 'a', day: '2024-01-04', close: 13, vol: 6 },
    ])
    const panel = await db.scanned.panel({ ...range, fields: ['close'] })
    expect(panel.symbols).toEqual(['A', 'a'])
    expect(panel.panels.close.values.map((row) => [...row])).toEqual([
      [1, 11],
      [2, 12],
      [3, 13],
    ])
  })

  const last = ({ columns }: { columns: { code: readonly string[]; close: ArrayLike<number> } }) =>
    columns.code.map((code, row) => `${code} ${columns.close[row]}`).toSorted()
  const fields = ['code', 'close'] as const

  it.each(['indexed', 'unkeyed'] as const)('each have their own last rows in a table that is %s', async (name) => {
    expect(last(await db[name].latest({ n: 1, fields }))).toEqual(['A 2', 'B 4', 'a 3', 'b 5'])
    expect(last(await db[name].latest({ n: 2, fields }))).toEqual(['A 1', 'A 2', 'B 4', 'a 3', 'b 5'])
    expect(last(await db[name].latest({ n: 1, fields, symbols: ['A', 'a'] }))).toEqual(['A 2', 'a 3'])
    const before = { end: '2024-01-03', n: 1, fields } as const
    expect(last(await db[name].latest(before))).toEqual(['A 1', 'a 3', 'b 5'])
  })

  it('are found as soon as others write them', async () => {
    expect(last(await db.written.latest({ n: 1, fields }))).toEqual(['A 1', 'B 2'])
    await sql(store.address, `insert into written values ('a', '2024-01-03', 3, 1)`)
    expect(last(await db.written.latest({ n: 1, fields }))).toEqual(['A 1', 'B 2', 'a 3'])
    await sql(store.address, `insert into written values ('b', '2024-01-01', 4, 1)`)
    const { meta, ...found } = await db.written.at({ date: '2024-01-04', lookback: true, fields })
    expect(last(found)).toEqual(['A 1', 'B 2', 'a 3', 'b 4'])
    expect(meta.formatChecked).toBeUndefined()
  })
})
