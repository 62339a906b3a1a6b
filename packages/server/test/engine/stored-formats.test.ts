import { type DateFormat, date, defineDataset, float64, symbol } from '@stockdb/contract'
import { describe, expect, it, onTestFinished } from 'vitest'
import { draftedCatalogue } from '../support/drafted.ts'
import { serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, mysqlMakers, type StoreMaker } from '../support/stores.ts'

const days = ['2023-12-29', '2024-01-02', '2024-01-03', '2024-02-29', '2024-12-31', '2025-01-02']
const times = [
  '2023-12-29 15:00:00',
  '2024-01-02 09:35:00',
  '2024-01-02 09:40:00',
  '2024-01-03 09:35:00',
  '2024-12-31 15:00:00',
]
const compact = (text: string) => text.replaceAll(/\D/g, '')
const slashes = (text: string) => text.replaceAll('-', '/')
const utcMs = (text: string) => Date.parse(`${text.replace(' ', 'T')}Z`)

/** What introspection should call a column, its type in the database, and how a day or a time is written there. */
type Case = readonly [format: string, column: string, write: (canonical: string) => string]

const quoted =
  (write: (text: string) => string): Case[2] =>
  (text) =>
    `'${write(text)}'`

const dayCases: readonly Case[] = [
  ['YYYYMMDD', 'double precision', compact],
  ['YYYYMMDD', 'bigint', compact],
  ['YYYYMMDD', 'varchar(20)', quoted(compact)],
  ['YYYY/MM/DD', 'varchar(20)', quoted(slashes)],
  ['YYYY/M/D', 'varchar(20)', quoted((day) => day.split('-').map(Number).join('/'))],
  ['YYYY-MM-DD HH:MM:SS', 'varchar(20)', quoted((day) => `${day} 00:00:00`)],
  ['YYYY-MM-DD HH:MM:SS.ffffff', 'varchar(30)', quoted((day) => `${day} 00:00:00.000000`)],
  ['YYYY-MM-DDTHH:MM:SS', 'varchar(30)', quoted((day) => `${day}T00:00:00`)],
  ['epoch-s', 'bigint', (day) => String(utcMs(`${day} 00:00:00`) / 1_000)],
  ['epoch-ms+08:00', 'bigint', (day) => String(utcMs(`${day} 00:00:00`) - 28_800_000)],
]
const timeCases: readonly Case[] = [
  ['YYYYMMDDHHMM', 'bigint', (time) => compact(time).slice(0, 12)],
  ['YYYYMMDDHHMM', 'double precision', (time) => compact(time).slice(0, 12)],
  ['YYYYMMDDHHMMSS', 'varchar(20)', quoted(compact)],
  ['YYYYMMDDHHMMSSfff', 'varchar(20)', quoted((time) => `${compact(time)}000`)],
  ['YYYY-MM-DD HH:MM', 'varchar(20)', quoted((time) => time.slice(0, 16))],
  ['YYYY-MM-DDTHH:MM:SS', 'varchar(20)', quoted((time) => time.replace(' ', 'T'))],
  ['YYYY/MM/DD HH:MM:SS', 'varchar(20)', quoted(slashes)],
  ['YYYY/MM/DD HH:MM', 'varchar(20)', quoted((time) => slashes(time).slice(0, 16))],
  ['epoch-s', 'bigint', (time) => String(utcMs(time) / 1_000)],
  ['epoch-s+08:00', 'bigint', (time) => String(utcMs(time) / 1_000 - 28_800)],
  ['epoch-ms', 'bigint', (time) => String(utcMs(time))],
  ['epoch-ms+08:00', 'double precision', (time) => String(utcMs(time) - 28_800_000)],
]

describe.each(enginesOfRun)('columns in other formats on $engine', (maker: StoreMaker) => {
  /** The table as introspection declares it, served. */
  async function opened(...statements: string[]) {
    const store = await maker.open()
    await sql(store.address, ...statements)
    const catalogue = await draftedCatalogue(store.address)
    // The client is typed by a table of this shape; what is asked of others is cast.
    const typed = catalogue as unknown as { bars: ReturnType<typeof barsAs> }
    const served = await serve(store.address, { catalogue: typed })
    onTestFinished(async () => {
      await served.close()
      await store.drop()
    })
    return { db: served.db, catalogue, store }
  }
  const values = async (frame: Promise<{ rows(): readonly object[] }>, field = 'trade_date') =>
    (await frame).rows().map((row) => (row as Record<string, unknown>)[field])

  const table = (column: string, rows: readonly string[]) => [
    `create table bars (ts_code varchar(9), trade_date ${column}, close double precision)`,
    'create index bars_key on bars (ts_code, trade_date)',
    `insert into bars values ${rows.map((row, at) => `('600519.SH', ${row}, ${at})`).join()}`,
  ]

  it.each(dayCases)('dates as %s in %s are recognised, found and read', async (format, column, write) => {
    const { db, catalogue } = await opened(...table(column, days.map(write)))
    expect(catalogue.bars?.fields.trade_date).toMatchObject({ type: 'date', dateFormat: format })
    const daily = db.bars
    expect(await values(daily.range({}))).toEqual(days)
    expect(await values(daily.range({ start: '2024-01-02', end: '2024-12-31' }))).toEqual(days.slice(1, 5))
    expect(await values(daily.range({ symbols: ['600519.SH'], start: '2024-02-29', end: '2024-02-29' }))).toEqual([
      '2024-02-29',
    ])
    expect(await values(daily.at({ date: '2024-01-03' }))).toEqual(['2024-01-03'])
    expect(await values(daily.latest({ n: 2 }))).toEqual(days.slice(4))
    expect(await values(daily.latest({ n: 1, end: '2024-03-01' }))).toEqual(['2024-02-29'])
    const from = db.query.selectFrom('bars')
    expect(
      await from.select('trade_date').where('trade_date', '>', '2024-02-01').orderBy('trade_date').execute(),
    ).toEqual(days.slice(3).map((day) => ({ trade_date: day })))
    expect(await from.select((eb) => eb.fn.max('trade_date').as('last')).execute()).toEqual([{ last: '2025-01-02' }])
    const [info] = await db.meta.datasets()
    expect(info).toMatchObject({ coverage: { firstDate: '2023-12-29', lastDate: '2025-01-02' } })
  })

  it.each(timeCases)('moments as %s in %s are recognised, found and read', async (format, column, write) => {
    const { db, catalogue } = await opened(...table(column, times.map(write)))
    expect(catalogue.bars?.fields.trade_date).toMatchObject({ type: 'datetime', dateFormat: format })
    const minutes = db.bars
    expect(await values(minutes.range({}))).toEqual(times)
    expect(await values(minutes.range({ start: '2024-01-02', end: '2024-01-02' }))).toEqual(times.slice(1, 3))
    expect(await values(minutes.range({ start: '2024-01-02 09:35:30', end: '2024-01-03 09:35:30' }))).toEqual(
      times.slice(2, 4),
    )
    expect(await values(minutes.latest({ n: 1 }))).toEqual(times.slice(4))
    const from = db.query.selectFrom('bars')
    expect(
      await from.select('trade_date').where('trade_date', '=', '2024-01-02 09:40:00').distinct().execute(),
    ).toEqual([{ trade_date: '2024-01-02 09:40:00' }])
  })

  it.each([
    ['double precision', '20240104.5', 'YYYYMMDD', '20240104.5'],
    ['double precision', '20240231', 'YYYYMMDD', '20240231'],
    ['varchar(20)', "'2024/13/01'", 'YYYY/M/D', '"2024/13/01"'],
    ['varchar(20)', "'20240104'", 'YYYY/M/D', '"20240104"'],
  ])('names table, column, value and key of a value in %s that is no date: %s', async (column, bad, format, shown) => {
    const write = dayCases.find(([one, type]) => one === format && type === column)?.[2] ?? String
    const { store } = await opened(...table(column, days.map(write)))
    await sql(store.address, `insert into bars values ('600036.SH', ${bad}, 1)`)
    const again = await serve(store.address, { catalogue: { bars: barsAs(format as DateFormat) } })
    onTestFinished(() => again.close())
    await expect(again.db.bars.range({ start: '2024-01-01' })).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringContaining(
        `table bars, column trade_date: got ${shown} in the row ts_code = "600036.SH", trade_date = ${shown}; expected a date as ${format}`,
      ),
    })
  })

  it('reads numbers, flags and codes that are stored as texts and numbers, and finds them', async () => {
    const { db, catalogue, store } = await opened(
      'create table bars (code bigint, date varchar(10), close varchar(20), volume varchar(20), isST varchar(5))',
      "insert into bars values (1, '2024-01-02', '9.1000', '100', '0'), (1, '2024-01-03', '', '', '1'), (600519, '2024-01-02', '1685.5', '7', '0')",
    )
    expect(catalogue.bars?.fields).toMatchObject({
      code: { type: 'symbol', symbolFormat: 'number' },
      close: { type: 'float64', numberFormat: 'text' },
      volume: { type: 'float64', numberFormat: 'text' },
      isST: { type: 'bool', numberFormat: 'text' },
    })
    const daily = db.bars
    expect((await daily.range({})).rows()).toEqual([
      { code: '000001', date: '2024-01-02', close: 9.1, volume: 100, isST: false },
      { code: '000001', date: '2024-01-03', close: Number.NaN, volume: Number.NaN, isST: true },
      { code: '600519', date: '2024-01-02', close: 1685.5, volume: 7, isST: false },
    ])
    expect(await values(daily.range({ symbols: ['000001'] }), 'date')).toEqual(['2024-01-02', '2024-01-03'])
    await expect(daily.range({ symbols: ['1'] })).rejects.toMatchObject({ code: 'UNKNOWN_SYMBOL' })
    expect(await values(daily.latest({ symbols: ['600519', '000001'] }), 'code')).toEqual(['000001', '600519'])
    expect(await values(daily.range({ where: { close: 9.1 } as never }), 'close')).toEqual([9.1])
    expect(await values(daily.range({ where: { isST: true } as never }), 'date')).toEqual(['2024-01-03'])
    expect(
      await db.query
        .selectFrom('bars')
        .select(['code' as 'ts_code', 'close'])
        .where('close', '>', 9)
        .where('code' as 'ts_code', 'in', ['000001', '600519'])
        .orderBy('close')
        .execute(),
    ).toEqual([
      { code: '000001', close: 9.1 },
      { code: '600519', close: 1685.5 },
    ])
    await sql(store.address, "insert into bars values (2, '2024-01-02', 'n/a', '1', '0')")
    await expect(daily.range({ symbols: ['000002'] })).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringContaining(
        'table bars, column close: got "n/a" in the row code = 2, date = "2024-01-02"; expected float64: a number such as 10.52 as a text',
      ),
    })
    await expect(daily.range({ where: { close: 9.1 } as never })).rejects.toThrow()
  })
})

describe.each(mysqlMakers)('a DATETIME whose times are all midnight on $engine', ({ open }) => {
  it('is a date, and a row with a time is an error that names it', async () => {
    const store = await open()
    await sql(
      store.address,
      'create table bars (ts_code varchar(9), trade_date datetime, close double, key (ts_code, trade_date))',
      `insert into bars values ${days.map((day, at) => `('600519.SH', '${day}', ${at})`).join()}`,
    )
    const { bars } = await draftedCatalogue(store.address)
    expect(bars?.fields.trade_date).toMatchObject({ type: 'date', dateFormat: 'DATETIME' })
    const { db, close } = await serve(store.address, { catalogue: { bars: barsAs('DATETIME') } })
    onTestFinished(async () => {
      await close()
      await store.drop()
    })
    const daysOf = async (frame: ReturnType<typeof db.bars.range>) => (await frame).rows().map((row) => row.trade_date)
    expect(await daysOf(db.bars.range({ start: '2024-01-02', end: '2024-12-31' }))).toEqual(days.slice(1, 5))
    expect(await daysOf(db.bars.at({ date: '2024-01-03' }))).toEqual(['2024-01-03'])
    expect(await daysOf(db.bars.latest({ n: 2 }))).toEqual(days.slice(4))
    expect(
      await db.query.selectFrom('bars').select('trade_date').where('trade_date', '=', '2024-01-03').execute(),
    ).toEqual([{ trade_date: '2024-01-03' }])
    await sql(store.address, "insert into bars values ('600519.SH', '2024-01-03 09:30:00', 9)")
    await expect(db.bars.range({ start: '2024-01-03', end: '2024-01-03' })).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(
        /^table bars, column trade_date: got "2024-0?1-0?3 (09:30:00|with a time)" in the row ts_code = "600519.SH"/,
      ),
    })
  })
})

/** Bars whose days are stored in a format. */
const barsAs = (dateFormat: DateFormat) =>
  defineDataset({
    name: 'bars',
    managed: false,
    description: 'Bars',
    fields: {
      ts_code: symbol.required('Code'),
      trade_date: date.required('Day', { dateFormat }),
      close: float64('Close'),
    },
    key: ['ts_code', 'trade_date'],
    symbol: 'ts_code',
    date: 'trade_date',
  })
