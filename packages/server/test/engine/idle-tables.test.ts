import { date, defineCatalogue, defineDataset, float64, symbol } from '@stockdb/contract'
import { StockdbError } from '@stockdb/contract/wire'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { FormatCheck } from '../../src/engine/format-check.ts'
import { serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun } from '../support/stores.ts'

const HOUR_MS = 3_600_000

const fields = { code: symbol.required('Code'), day: date.required('Date'), close: float64('Close') }
const bars = {
  managed: false,
  latest: 'scan',
  description: 'Bars of a table that others change',
  fields,
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
} as const
const catalogue = defineCatalogue({
  keyed: defineDataset({ ...bars, name: 'keyed' }),
  texts: defineDataset({
    ...bars,
    name: 'texts',
    fields: { ...fields, day: date.required('Date', { dateFormat: 'YYYYMMDD' }) },
  }),
  years: defineDataset({ ...bars, name: 'years', tables: { pattern: 'bars_{year}' } }),
})

const columns = 'code varchar(12) not null, day date not null, close double precision'

const twice = ["insert into keyed values ('a', '2024-01-02', 1), ('a', '2024-01-02', 1)"]

/** As if nobody had called for an hour. */
function passAnHour(): void {
  const now = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => now() + HOUR_MS)
  onTestFinished(() => void vi.restoreAllMocks())
}

describe.each(enginesOfRun)('the first answer after an hour without calls, on $engine', ({ open }) => {
  const served = async () => {
    const store = await open()
    await sql(
      store.address,
      `create table keyed (${columns}, primary key (code, day))`,
      "insert into keyed values ('a', '2024-01-02', 1), ('a', '2024-01-03', 2)",
      'create table texts (code varchar(12), day varchar(30), close double precision)',
      "insert into texts values ('a', '20240102', 1)",
      ...[2023, 2024].flatMap((year) => [
        `create table bars_${year} (${columns}, primary key (code, day))`,
        `insert into bars_${year} values ('a', '${year}-01-03', ${year})`,
      ]),
    )
    const { server, db, close } = await serve(store.address, { catalogue, bounds: { cacheMaxAgeMs: 0 } })
    onTestFinished(async () => {
      await close()
      await store.drop()
    })
    return { db, address: store.address, engine: server.engine }
  }

  it('knows that the database does not enforce the key any more', async () => {
    const { db, address } = await served()
    expect((await db.keyed.range({ symbols: ['a'], fields: ['close'] })).numRows).toBe(2)
    await sql(address, 'drop table keyed', `create table keyed (${columns})`, ...twice)
    passAnHour()
    // Another question than before, whose columns were not compared yet.
    await expect(db.keyed.range({ symbols: ['a'], start: '2024-01-01' })).rejects.toMatchObject({
      code: expect.stringMatching(/DUPLICATE_KEY|DATABASE_INTERRUPTED/),
    })
  })

  it('is an error if the table cannot be looked at, and not one of what was known of it', async () => {
    const { db, address, engine } = await served()
    expect((await db.keyed.range({ symbols: ['a'], fields: ['close'] })).numRows).toBe(2)
    await sql(address, 'drop table keyed', `create table keyed (${columns})`, ...twice)
    passAnHour()
    vi.spyOn(engine, 'describe').mockRejectedValueOnce(new StockdbError('DATABASE_UNAVAILABLE', 'cannot look'))
    await expect(db.keyed.range({ symbols: ['a'], start: '2024-01-01' })).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: expect.stringContaining('cannot look'),
    })
  })

  it('has the rows of a table that was added to those of a dataset', async () => {
    const { db, address } = await served()
    expect([...(await db.years.range({ symbols: ['a'] })).columns.close]).toEqual([2023, 2024])
    await sql(
      address,
      `create table bars_2025 (${columns}, primary key (code, day))`,
      "insert into bars_2025 values ('a', '2025-01-03', 2025)",
    )
    passAnHour()
    expect([...(await db.years.range({ symbols: ['a'] })).columns.close]).toEqual([2023, 2024, 2025])
  })

  it('does not vouch for dates that were written since', async () => {
    const { db, address } = await served()
    const asked = { symbols: ['a'], start: '2024-01-02', end: '2024-01-03' } as const
    expect((await db.texts.range(asked)).meta.formatChecked).toBeUndefined()
    await sql(address, "insert into texts values ('a', '2024-01-03', 2)")
    passAnHour()
    const answer = await db.texts.range(asked).then(({ meta }) => meta.formatChecked, String)
    expect(answer).toMatch(/got "2024-01-03" in the row/)
  })
})

it('a search for dates in another format says nothing any more after an hour, while it is made again', async () => {
  let found: string | undefined | Promise<string | undefined>
  const engine = { commitMark: async () => ({ text: undefined }) }
  const check = new FormatCheck(engine, [{ quick: false, run: async () => found }], ['bars'])
  await check.begin()
  expect(check.vouches()).toBe(true)
  passAnHour()
  const { promise, resolve } = Promise.withResolvers<string>()
  found = promise
  expect(await check.problem()).toBeUndefined()
  expect(check.vouches()).toBe(false)
  resolve('a problem')
  await expect.poll(() => check.problem()).toBe('a problem')
})
