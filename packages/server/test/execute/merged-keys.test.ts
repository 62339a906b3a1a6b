import { type Client, defineCatalogue, defineDataset } from '@stockdb/client'
import { date, float64, int32, type OnDuplicate, symbol, text } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { oneOfEachEngine, type Store } from '../support/stores.ts'

async function onDatabase(address: string, ...statements: readonly string[]): Promise<void> {
  await sql(address, ...statements)
}

/** A catalogue over tables without keys, with the same onDuplicate everywhere. */
function catalogueOf(onDuplicate: OnDuplicate | undefined) {
  const others = { managed: false, ...(onDuplicate ? { onDuplicate } : {}) } as const
  const version = int32('Number of the delivery')
  return defineCatalogue({
    trade_cal: defineDataset({
      name: 'trade_cal',
      description: 'Calendar',
      ...others,
      fields: {
        exchange: symbol.required('Exchange'),
        cal_date: date.required('Day'),
        is_open: int32.required('1 on a trading day'),
        version,
      },
      key: ['exchange', 'cal_date'],
      symbol: 'exchange',
      date: 'cal_date',
    }),
    stock_basic: defineDataset({
      name: 'stock_basic',
      description: 'Stocks',
      ...others,
      fields: {
        ts_code: symbol.required('Code'),
        name: text('Name', { length: 20 }),
        list_date: date('Listed'),
        delist_date: date('Delisted'),
        version,
      },
      key: ['ts_code'],
      symbol: 'ts_code',
      pointInTime: { kind: 'current', immutable: ['ts_code', 'list_date'] },
    }),
    namechange: defineDataset({
      name: 'namechange',
      description: 'Names',
      ...others,
      fields: {
        ts_code: symbol.required('Code'),
        name: text('Name', { length: 20 }),
        start_date: date.required('First day'),
        end_date: date('Last day'),
        version,
      },
      key: ['ts_code', 'start_date'],
      symbol: 'ts_code',
      pointInTime: { kind: 'interval', from: 'start_date', to: 'end_date', endInclusive: true },
    }),
    index_weight: defineDataset({
      name: 'index_weight',
      description: 'Constituents',
      ...others,
      fields: {
        index_code: symbol.required('Index'),
        con_code: symbol.required('Member'),
        trade_date: date.required('Published'),
        weight: float64('Weight'),
        version,
      },
      key: ['index_code', 'trade_date', 'con_code'],
      symbol: 'index_code',
      date: 'trade_date',
      pointInTime: { kind: 'published' },
    }),
    bars: defineDataset({
      name: 'bars',
      description: 'Bars',
      ...others,
      fields: { code: symbol.required('Code'), day: date.required('Day'), close: float64('Close'), version },
      key: ['code', 'day'],
      symbol: 'code',
      date: 'day',
      calendar: 'SSE',
      bars: { first: [], max: [], min: [], last: ['close'], sum: [] },
      adjustment: { dataset: 'rates', factor: 'factor', prices: ['close'] },
    }),
    rates: defineDataset({
      name: 'rates',
      description: 'Factors',
      ...others,
      fields: { code: symbol.required('Code'), day: date.required('Day'), factor: float64('Factor'), version },
      key: ['code', 'day'],
      symbol: 'code',
      date: 'day',
    }),
    reports: defineDataset({
      name: 'reports',
      description: 'Statements',
      ...others,
      fields: {
        code: symbol.required('Code'),
        period: date.required('Period'),
        announced: date.required('Announced'),
        profit: float64('Profit'),
        version,
      },
      key: ['code', 'period', 'announced'],
      symbol: 'code',
      date: 'period',
      pointInTime: { kind: 'announced', period: 'period', announced: 'announced' },
    }),
    holders: defineDataset({
      name: 'holders',
      description: 'Intervals distinguished by their end',
      ...others,
      fields: {
        code: symbol.required('Code'),
        since: date.required('First day'),
        till: date('Last day'),
        share: float64('Share'),
        version,
      },
      key: ['code', 'since', 'till'],
      symbol: 'code',
      pointInTime: { kind: 'interval', from: 'since', to: 'till', endInclusive: true },
    }),
  })
}

const copies = catalogueOf('identical')
const newest = catalogueOf({ keep: 'last', order: 'version' })
const oldest = catalogueOf({ keep: 'first', order: 'version' })
type Db = Client<typeof copies>

const tables: Readonly<Record<string, string>> = {
  trade_cal: 'exchange varchar(8), cal_date date, is_open int, version int',
  stock_basic: 'ts_code varchar(12), name varchar(20), list_date date, delist_date date, version int',
  namechange: 'ts_code varchar(12), name varchar(20), start_date date, end_date date, version int',
  index_weight: 'index_code varchar(12), con_code varchar(12), trade_date date, weight double, version int',
  bars: 'code varchar(12), day date, close double, version int',
  rates: 'code varchar(12), day date, factor double, version int',
  reports: 'code varchar(12), period date, announced date, profit double, version int',
  holders: 'code varchar(12), since date, till date, share double, version int',
}

/** Rows of the first delivery. */
const first: Readonly<Record<string, readonly string[]>> = {
  trade_cal: ["'SSE', '2024-01-02', 1", "'SSE', '2024-01-03', 1", "'SSE', '2024-01-04', 1"],
  stock_basic: ["'A', 'Alpha', '2000-01-01', null", "'B', 'Beta', '2000-01-01', null"],
  namechange: ["'A', 'Old', '2000-01-01', '2023-12-31'", "'A', 'Then', '2024-01-01', null"],
  index_weight: ["'I', 'A', '2024-01-02', 60", "'I', 'B', '2024-01-02', 40"],
  bars: ["'A', '2024-01-02', 10", "'A', '2024-01-03', 11", "'B', '2024-01-02', 20"],
  rates: ["'A', '2024-01-02', 1", "'A', '2024-01-03', 2", "'B', '2024-01-02', 1"],
  reports: ["'A', '2023-12-31', '2024-01-02', 7", "'B', '2023-12-31', '2024-01-02', 8"],
  holders: ["'A', '2023-01-01', '2024-06-30', 5"],
}

/** A second delivery with one row for each table. */
const second: Readonly<Record<string, string>> = {
  trade_cal: "'SSE', '2024-01-03', 0",
  stock_basic: "'B', 'Beta 2', '2000-01-01', '2024-01-01'",
  namechange: "'A', 'Renamed', '2024-01-01', null",
  index_weight: "'I', 'B', '2024-01-02', 45",
  bars: "'A', '2024-01-02', 12",
  rates: "'A', '2024-01-03', 4",
  reports: "'A', '2023-12-31', '2024-01-02', 9",
  holders: "'A', '2023-01-01', '2024-06-30', 6",
}

const create = Object.entries(tables).flatMap(([name, columns]) => [
  `create table ${name} (${columns})`,
  // A non-unique index: reading through it does not imply a key.
  `create index ${name}_first on ${name} (${columns.split(' ')[0]}, ${columns.split(', ')[1]?.split(' ')[0]})`,
])
const insert = (name: string, rows: readonly string[], version: number): string =>
  `insert into ${name} values ${rows.map((row) => `(${row}, ${version})`).join(', ')}`

/** Every procedure that joins, ranks or filters, and some others. */
const answers = async (db: Db) => ({
  sessions: await db.calendar.sessions({ start: '2024-01-02', end: '2024-01-04' }),
  next: await db.calendar.next({ date: '2024-01-02' }),
  offset: await db.calendar.offset({ date: '2024-01-02', n: 2 }).catch(({ code }) => code),
  listed: (await db.instruments.list({ asOf: '2024-01-02' })).rows(),
  found: (await db.instruments.search({ text: 'Beta' })).rows().map(({ ts_code, name }) => `${ts_code} ${name}`),
  closes: (await db.screen({ date: '2024-01-02', symbols: ['A', 'B'], fields: ['bars.close'] })).rows(),
  filtered: (await db.screen({ date: '2024-01-02', where: { 'bars.close': { lt: 15 } } })).numRows,
  lookback: (await db.screen({ date: '2024-01-04', lookback: true, fields: ['bars.close'] })).rows(),
  members: (await db.screen({ date: '2024-01-02', index: 'I', fields: ['bars.close'] })).rows(),
  weights: (await db.index_weight.asOf({ date: '2024-01-02', fields: ['weight'] })).columns.weight,
  profits: (await db.reports.asOf({ date: '2024-02-01' })).columns.profit,
  screened: (await db.screen({ date: '2024-02-01', symbols: ['A'], fields: ['reports.profit'] })).rows(),
  shares: (await db.holders.asOf({ date: '2024-02-01' })).columns.share,
  names: (await db.namechange.asOf({ date: '2024-02-01' })).columns.name,
  adjusted: (await db.bars.range({ symbols: ['A'], adjust: 'hfq', fields: ['close'] })).columns.close,
  panel: await db.bars
    .panel({ start: '2024-01-02', end: '2024-01-03', fields: ['close'], fill: 'previous' })
    .then(({ panels }) => panels.close.values)
    .catch(({ code }) => code),
})

describe.each(oneOfEachEngine)('keys that repeat in $engine', ({ open }) => {
  const ends: (() => Promise<void>)[] = []
  const rows = Object.entries(first).map(([name, given]) => insert(name, given, 1))
  const updates = Object.entries(second).map(([name, row]) => insert(name, [row], 2))
  const opened = async (...statements: readonly string[]): Promise<Store> => {
    const store = await open()
    ends.unshift(() => store.drop())
    await onDatabase(store.address, ...create, ...statements)
    return store
  }
  const serving = async ({ address }: Store, catalogue: typeof copies): Promise<Client<typeof copies>> => {
    const served = await serve(address, { catalogue })
    ends.unshift(() => served.close())
    return served.db
  }
  let copied: Store
  let updated: Store
  let plain: Awaited<ReturnType<typeof answers>>
  beforeAll(async () => {
    copied = await opened(...rows)
    updated = await opened(...rows, ...updates)
  })
  afterAll(async () => {
    for (const end of ends) await end()
  })

  it('change no answer if they are declared to be copies', async () => {
    const db = await serving(copied, copies)
    plain = await answers(db)
    await onDatabase(copied.address, ...rows, ...rows)
    expect(plain).toMatchObject({
      sessions: ['2024-01-02', '2024-01-03', '2024-01-04'],
      profits: Float64Array.of(7, 8),
      panel: [Float64Array.of(10, 20), Float64Array.of(11, 20)],
    })
    expect(await answers(db)).toEqual(plain)
  })

  it('give the answers of the first or the last rows by the declared order', async () => {
    expect(await answers(await serving(updated, oldest))).toEqual(plain)
    const db = await serving(updated, newest)
    const bar = (code: string, close: number) => ({ ts_code: code, 'bars.close': close })
    expect(await answers(db)).toEqual({
      sessions: ['2024-01-02', '2024-01-04'],
      next: '2024-01-04',
      offset: 'OUT_OF_CALENDAR',
      listed: [expect.objectContaining({ ts_code: 'A', name: 'Renamed' })],
      found: ['B Beta 2'],
      closes: [bar('A', 12), bar('B', 20)],
      filtered: 1,
      lookback: [bar('A', 11)],
      members: [bar('A', 12), bar('B', 20)],
      weights: Float64Array.of(60, 45),
      profits: Float64Array.of(9, 8),
      screened: [{ ts_code: 'A', 'reports.profit': 9 }],
      shares: Float64Array.of(6),
      names: ['Renamed'],
      adjusted: Float64Array.of(12, 44),
      // A row on a day that the calendar has since closed.
      panel: 'OUT_OF_CALENDAR',
    })
  })

  it('are errors only of calls that would pick one of several', async () => {
    const db = await serving(updated, copies)
    const refused: readonly (readonly [table: string, key: string, call: () => Promise<unknown>])[] = [
      ['trade_cal', 'exchange SSE, cal_date 2024-01-03', () => db.calendar.next({ date: '2024-01-02' })],
      ['stock_basic', 'ts_code B', () => db.instruments.list({ asOf: '2024-01-02' })],
      ['stock_basic', 'ts_code B', () => db.screen({ date: '2024-01-03', fields: ['bars.close'] })],
      [
        'bars',
        'code A, day 2024-01-02',
        () => db.screen({ date: '2024-01-02', symbols: ['A'], fields: ['bars.close'] }),
      ],
      ['reports', 'code A, period 2023-12-31, announced 2024-01-02', () => db.reports.asOf({ date: '2024-02-01' })],
      ['holders', 'code A, since 2023-01-01, till 2024-06-30', () => db.holders.asOf({ date: '2024-02-01' })],
      ['namechange', 'ts_code A, start_date 2024-01-01', () => db.namechange.asOf({ date: '2024-02-01' })],
      [
        'index_weight',
        'index_code I, trade_date 2024-01-02, con_code B',
        () => db.index_weight.asOf({ date: '2024-02-01' }),
      ],
    ]
    for (const [table, key, call] of refused)
      await expect(call(), table).rejects.toMatchObject({
        code: 'DUPLICATE_KEY',
        message: expect.stringContaining(
          `${table}: its table ${table} has several rows of the key ${key}; expected one: they differ, so they are not copies`,
        ) as unknown,
      })
    // Membership does not depend on weights.
    const members = await db.screen({ date: '2024-01-03', index: 'I', fields: ['bars.close'] })
    expect(members.rows()).toEqual([
      { ts_code: 'A', 'bars.close': 11 },
      { ts_code: 'B', 'bars.close': Number.NaN },
    ])
    expect((await db.screen({ date: '2024-01-03', symbols: ['A'], fields: ['bars.close'] })).numRows).toBe(1)
  })

  it('are errors if the order is ambiguous, or none is declared', async () => {
    await onDatabase(updated.address, ...Object.keys(tables).map((name) => `update ${name} set version = 1`))
    const db = await serving(updated, newest)
    for (const call of [
      () => db.calendar.next({ date: '2024-01-02' }),
      () => db.instruments.list({ asOf: '2024-01-02' }),
      () => db.screen({ date: '2024-01-02', symbols: ['A'], fields: ['bars.close'] }),
      () => db.reports.asOf({ date: '2024-02-01' }),
      () => db.holders.asOf({ date: '2024-02-01' }),
    ])
      await expect(call()).rejects.toThrow('they differ but have the same version, which decides between them')
    const bare = await serving(copied, catalogueOf(undefined))
    for (const call of [
      () => bare.calendar.next({ date: '2024-01-02' }),
      () => bare.instruments.list({ asOf: '2024-01-02' }),
      () => bare.instruments.search({ text: 'A' }),
      () => bare.screen({ date: '2024-01-02', index: 'I' }),
      () => bare.reports.asOf({ date: '2024-02-01' }),
      () => bare.holders.asOf({ date: '2024-02-01' }),
    ])
      await expect(call()).rejects.toThrow('delete the repeats, or declare onDuplicate')
  })
})
