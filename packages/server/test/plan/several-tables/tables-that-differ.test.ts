import { date, defineCatalogue, defineDataset, float64, symbol } from '@stockdb/contract'
import { describe, expect, it, onTestFinished } from 'vitest'
import { serve } from '../../support/serve.ts'
import { sql } from '../../support/sql.ts'
import { enginesOfRun, mysqlMakers, type StoreMaker } from '../../support/stores.ts'

const fields = { ts_code: symbol.required('Code'), trade_date: date.required('Day'), close: float64('Close') }
const common = {
  ...{ managed: false, key: ['ts_code', 'trade_date'], symbol: 'ts_code', date: 'trade_date', fields },
  description: 'Bars',
} as const
const catalogue = defineCatalogue({
  per_stock: defineDataset({ ...common, name: 'per_stock', tables: { pattern: 's_{symbol}' } }),
  per_year: defineDataset({ ...common, name: 'per_year', tables: { pattern: 'y_{year}' } }),
})
const createStock = (name: string, close = 'double precision'): string =>
  `create table ${name} (trade_date date not null primary key, close ${close})`
const createYear = (name: string): string =>
  `create table ${name} (ts_code varchar(16) not null, trade_date date not null, close double precision, primary key (ts_code, trade_date))`

/** Serves a database of the statements, which `run` adds to. */
async function serving(open: StoreMaker['open'], ...statements: readonly string[]) {
  const store = await open()
  onTestFinished(() => store.drop())
  await sql(store.address, ...statements)
  const served = await serve(store.address, { catalogue, tables: false })
  onTestFinished(() => served.close())
  return { ...served, run: (...words: readonly string[]) => sql(store.address, ...words) }
}

describe.each(enginesOfRun)('tables of a dataset with several on $engine', ({ open }) => {
  it('that are not there, or lack a column, are named', async () => {
    const none = await serving(open, createStock('s_notes'))
    await expect(none.db.per_stock.latest()).rejects.toThrow(
      /the database has no table whose name is like s_\{symbol\}/,
    )
    const { db } = await serving(
      open,
      createStock('s_000001'),
      'create table s_000002 (trade_date date primary key, price int)',
    )
    await expect(db.per_stock.latest()).rejects.toThrow(
      /1 of the 2 tables of per_stock cannot be served as declared: s_000002: close: found no such column/,
    )
  })

  it('for the same symbol are refused by name', async () => {
    const { db } = await serving(open, createStock('s_000001'), createStock('s_sz000001'))
    await expect(db.per_stock.latest()).rejects.toThrow(
      /s_000001 and s_sz000001 are both for 000001\.SZ; expected one of them/,
    )
  })

  it('with rows of another year, or of another symbol, are refused', async () => {
    const { db } = await serving(
      open,
      ...[createYear('y_2023'), createYear('y_2024')],
      "insert into y_2023 values ('000001.SZ', '2024-01-02', 1)",
      'create table s_000001 (ts_code varchar(16), trade_date date primary key, close double precision)',
      "insert into s_000001 values ('000002.SZ', '2024-01-02', 1)",
    )
    const message = (call: Promise<unknown>): Promise<string> => call.then(String, (error: Error) => error.message)
    // A search of a column without an index goes on while calls are answered.
    await expect
      .poll(() => message(db.per_year.range({ start: '2024-01-01' })), { timeout: 15_000 })
      .toMatch(/table y_2023, column trade_date: got 2024-01-02; expected dates from 2023-01-01 to 2023-12-31/)
    await expect
      .poll(() => message(db.per_stock.latest()), { timeout: 15_000 })
      .toMatch(/table s_000001, column ts_code: got "000002\.SZ"; expected only rows of 000001\.SZ/)
  })

  it('that are made while the server runs are found', async () => {
    const { db, run } = await serving(open, createStock('s_000001'), "insert into s_000001 values ('2024-01-02', 1)")
    expect((await db.per_stock.latest()).columns.ts_code).toEqual(['000001.SZ'])
    await run(createStock('s_600519'), "insert into s_600519 values ('2024-01-03', 2)")
    await expect
      .poll(async () => (await db.per_stock.latest()).columns.ts_code, { timeout: 15_000, interval: 200 })
      .toEqual(['000001.SZ', '600519.SH'])
  })

  it('are not written', async () => {
    const { db } = await serving(open, createStock('s_000001'))
    await expect(
      (db.per_stock as unknown as { upsert(rows: readonly object[]): Promise<unknown> }).upsert([
        { ts_code: '000001.SZ', trade_date: '2024-01-02', close: 1 },
      ]),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })
})

describe.each(mysqlMakers)('tables of a dataset with several on $engine', ({ open }) => {
  it('that keep numbers of other precision are named', async () => {
    const { db } = await serving(open, createStock('s_000001'), createStock('s_000002', 'float'))
    await expect(db.per_stock.latest()).rejects.toThrow(/s_000002: close is float, in s_000001 double/)
  })
})
