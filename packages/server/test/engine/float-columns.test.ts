import { date, defineCatalogue, defineDataset, float64, symbol } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askJson } from '../support/ask-json.ts'
import { draftedCatalogue } from '../support/drafted.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { mysqlMakers, type Store } from '../support/stores.ts'

const fields = {
  code: symbol.required('Code'),
  day: date.required('Day'),
  close: float64('Close, kept as FLOAT'),
  bytes: float64('Close, kept as FLOAT, read as it is', { exact: true }),
  wide: float64('Close, kept as DOUBLE'),
  digits: float64('Close, kept as DECIMAL'),
}
const made = { managed: false, description: 'Bars of FLOAT', key: ['code', 'day'], symbol: 'code' } as const
const bars = defineDataset({
  ...made,
  name: 'bars',
  fields,
  date: 'day',
  calendar: 'SSE',
  adjustment: { dataset: 'rates', factor: 'factor', prices: ['close'] },
  bars: { first: [], max: ['close'], min: [], last: [], sum: ['wide'] },
})
const list = defineDataset({ ...made, name: 'rows', table: 'bars', fields })
const rates = defineDataset({
  name: 'rates',
  managed: false,
  description: 'Factors kept as FLOAT',
  fields: { code: symbol.required('Code'), day: date.required('Day'), factor: float64('Factor') },
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
})
const catalogue = defineCatalogue({ bars, rows: list, rates })

const SINGLE = Math.fround(10.52)

describe.each(mysqlMakers)('columns of FLOAT in $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>

  beforeAll(async () => {
    store = await open()
    await sql(
      store.address,
      `create table bars (code varchar(32) character set ascii collate ascii_bin, day date, close float, bytes float, wide double,
        digits decimal(18,4), primary key (code, day), key (day))`,
      `insert into bars values ('a', '2024-01-02', 10.52, 10.52, ${SINGLE}, 1234567890123.4567), ('a', '2024-01-03', -0.1, 0.1, 0.1, 0.1),
        ('a', '2024-01-04', 5440082.5, 1, 10.52, 10.52), ('a', '2024-01-05', null, null, null, null)`,
      'create table rates (code varchar(32) character set ascii collate ascii_bin, day date, factor float, primary key (code, day), key (day))',
      "insert into rates values ('a', '2024-01-01', 1.1)",
    )
    served = await serve(store.address, { catalogue })
  })
  afterAll(async () => {
    await served.close()
    await store.drop()
  })

  it('are read as the shortest decimal of their four bytes, in JSON and Arrow; an exact field, DOUBLE and DECIMAL as they are', async () => {
    const expected = [
      ['a', '2024-01-02', 10.52, SINGLE, SINGLE, Number('1234567890123.4567')],
      ['a', '2024-01-03', -0.1, Math.fround(0.1), 0.1, 0.1],
      ['a', '2024-01-04', 5440082.5, 1, 10.52, 10.52],
      ['a', '2024-01-05', null, null, null, null],
    ]
    expect((await askJson(served.server.url, 'bars.range')).items).toEqual(expected)
    const frame = await served.db.bars.range({})
    expect([...frame.columns.close]).toEqual([10.52, -0.1, 5440082.5, Number.NaN])
    expect([...frame.columns.bytes]).toEqual([SINGLE, Math.fround(0.1), 1, Number.NaN])
    expect([...(await served.db.bars.latest({ n: 3 })).columns.close]).toEqual([-0.1, 5440082.5, Number.NaN])
    expect([...(await served.db.bars.at({ date: '2024-01-02' })).columns.close]).toEqual([10.52])
  })

  it('are found by the number that was written', async () => {
    const days = async (where: object) =>
      (await askJson(served.server.url, 'rows.list', { where })).items.map((row) => row[1])
    expect(await days({ close: 10.52 })).toEqual(['2024-01-02'])
    expect(await days({ close: [10.52, -0.1, 1e300] })).toEqual(['2024-01-02', '2024-01-03'])
    expect(await days({ bytes: 10.52 })).toEqual([])
    expect(await days({ bytes: SINGLE })).toEqual(['2024-01-02'])
    expect(await days({ wide: 10.52 })).toEqual(['2024-01-04'])
    const ranged = await askJson(served.server.url, 'bars.range', { where: { close: 10.52 }, fields: [] })
    expect(ranged.items).toEqual([['a', '2024-01-02']])
    const { db } = served
    const found = async (query: { execute(): Promise<{ day: string }[]> }) =>
      (await query.execute()).map(({ day }) => day)
    const plain = db.query.selectFrom('bars').select('day').orderBy('day')
    expect(await found(plain.where('close', '=', 10.52))).toEqual(['2024-01-02'])
    expect(await found(plain.where('close', 'in', [10.52, 1e300]))).toEqual(['2024-01-02'])
    expect(await found(plain.where('close', '>', 10.52))).toEqual(['2024-01-04'])
    expect(await found(plain.where((eb) => eb.between('close', -0.1, 10.52)))).toEqual(['2024-01-02', '2024-01-03'])
    expect(await found(plain.where('wide', '=', 10.52))).toEqual(['2024-01-04'])
    const inner = db.query.selectFrom(db.query.selectFrom('bars').select(['day', 'close as c']).as('i'))
    expect(await found(inner.select('day').where('c', '=', 10.52))).toEqual(['2024-01-02'])
  })

  it('are found by the number that was written in a min or max of a query', async () => {
    const { query } = served.db
    const daily = query.selectFrom('bars').select('day').groupBy('day').orderBy('day')
    const days = async (select: typeof daily) => (await select.execute()).map(({ day }) => day)
    expect(await days(daily.having((eb) => eb.fn.max('close'), '=', 10.52))).toEqual(['2024-01-02'])
    expect(await days(daily.having((eb) => eb.fn.min('close'), 'in', [10.52, -0.1]))).toEqual([
      '2024-01-02',
      '2024-01-03',
    ])
    expect(await days(daily.having((eb) => eb.fn.max('wide'), '=', 10.52))).toEqual(['2024-01-04'])
    expect(await days(daily.having((eb) => eb.fn.sum('close'), '=', 10.52))).toEqual([])
    const greatest = query
      .selectFrom('bars')
      .select((eb) => eb.fn.max('close').as('m'))
      .where('day', '<', '2024-01-04')
    expect(await greatest.execute()).toEqual([{ m: 10.52 }])
    const outer = query.selectFrom(greatest.as('g')).select('m').where('m', '=', 10.52)
    expect(await outer.execute()).toEqual([{ m: 10.52 }])
    // Computed values are doubles.
    const computed = query.selectFrom('bars').select('day')
    expect(await computed.where((eb) => eb.fn.coalesce('close', 'wide'), '=', 10.52).execute()).toEqual([])
    expect(await computed.where((eb) => eb.neg('close'), '=', -10.52).execute()).toEqual([])
  })

  it.each<[string, unknown[], string]>([
    ['close = 10.52', [], '2'],
    ['10.52 = close', [], '2'],
    ['close = ?', [10.52], '2'],
    ['wide = ? and close = ?', [SINGLE, 10.52], '2'],
    ["'元🚀\n元' <> '元' and close = ? and day < ?", [10.52, '2024-02-01'], '2'],
    ["close = '10.52'", [], '2'],
    ['close = - 0.1 or close = -(?)', [0.1], '3'],
    ['close <> 10.52', [], '34'],
    ['close in (10.52, ?, 1e300)', [-0.1], '23'],
    ['close not in (10.52)', [], '34'],
    ['close between -0.1 and 10.52', [], '23'],
    ['close > 10.52', [], '4'],
    ['close <= 10.52', [], '23'],
    ['close <=> 10.52', [], '2'],
    ['(code, close) = (?, 10.52)', ['a'], '2'],
    ["(code, close) in (('a', 10.52), ('a', -0.1))", [], '23'],
    ['case close when 10.52 then 1 else 0 end = 1', [], '2'],
    ['10.52 in (select close from bars)', [], '2345'],
    ['(select max(close) from bars where day < 20240104) = 10.52', [], '2345'],
    ['exists (select 1 from rates where b.close = 10.52)', [], '2'],
    // Not FLOAT, or declared exact.
    ['wide = 10.52', [], '4'],
    ['wide = ?', [10.52], '4'],
    ['bytes = 10.52', [], ''],
    ['10.52 in (close, wide)', [], '4'],
    ['close * 1 = 10.52', [], ''],
    ['exists (select 1 from rates where close = 10.52)', [], '2'],
    ['exists (select 1 from (select wide as close from bars) x where close = 10.52)', [], '2345'],
    ['exists (select 1 from rates where factor = 1.1)', [], '2345'],
  ])('are found in db.sql where %s', async (condition, parameters, days) => {
    const { columns } = await served.db.sql(
      `select day(day) as d from bars b where ${condition} order by d`,
      parameters as number[],
    )
    expect([...(columns.d as Iterable<unknown>)].join('')).toBe(days)
  })

  it.each<[string, string]>([
    ['select day(day) as d from bars group by day having max(close) = 10.52', '2'],
    ['select day(day) as d, min(close) as m from bars group by day having m = 10.52', '2'],
    ['select day(day) as d, max(wide) as close from bars group by day having close = 10.52', '4'],
    ['select d from (select day(day) as d, close as c from bars) x where c = 10.52', '2'],
    ['select x.d from (select b.*, day(day) as d from bars b) x where x.close = 10.52', '2'],
    ['with x (d, c) as (select day(day), max(close) from bars group by day) select d from x where c = 10.52', '2'],
    [
      'with x as (select day(day) as d, close from bars union all select 9, close from bars) select d from x where close = 10.52 order by d',
      '29',
    ],
    [
      'with x as (select day(day) as d, close from bars union all select 9, wide from bars) select d from x where close = 10.52 order by d',
      '9',
    ],
    ['select day(a.day) as d from bars a join bars b on a.code = b.code and b.close = 10.52 and a.wide = 10.52', '4'],
    ['select day(b.day) as d from bars b natural join (select code from rates) f where close = 10.52', '2'],
    ['select day(day) as d from bars where close = 10.52 limit 1', '2'],
  ])('are found in %s', async (statement, days) => {
    const { columns } = await served.db.sql(statement)
    const found = [...(columns.d as Iterable<unknown>)].filter((day) => !Number.isNaN(day))
    expect(found.join('')).toBe(days)
  })

  it('are the same in custom queries and statements; computed values stay doubles', async () => {
    const { db } = served
    const query = db.query
      .selectFrom('bars')
      .select((eb) => ['close', 'bytes', eb('close', '*', 1).as('double')])
      .where('day', '=', '2024-01-02')
    expect(await query.execute()).toEqual([{ close: 10.52, bytes: SINGLE, double: SINGLE }])
    const answer = await db.sql("select close, bytes, close * 1e0, digits from bars where day = '2024-01-02'")
    expect(answer.rows().map((row) => Object.values(row))).toEqual([
      [10.52, SINGLE, SINGLE, Number('1234567890123.4567')],
    ])
  })

  it('give factors and bars as written', async () => {
    const adjusted = await served.db.bars.range({ end: '2024-01-02', fields: ['close'], adjust: 'hfq' })
    expect([...adjusted.columns.close]).toEqual([10.52 * 1.1])
  })

  it('are distinguished from DOUBLE by introspection, which declares no field exact', async () => {
    expect((await draftedCatalogue(store.address, ['bars'])).bars?.fields.close).toMatchObject({ type: 'float64' })
  })
})
