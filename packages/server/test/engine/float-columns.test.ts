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
  adjustment: { dataset: 'factors', factor: 'factor', prices: ['close'] },
  bars: { first: [], max: ['close'], min: [], last: [], sum: ['wide'] },
})
const list = defineDataset({ ...made, name: 'rows', table: 'bars', fields })
const factors = defineDataset({
  name: 'factors',
  managed: false,
  description: 'Factors kept as FLOAT',
  fields: { code: symbol.required('Code'), day: date.required('Day'), factor: float64('Factor') },
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
})
const catalogue = defineCatalogue({ bars, rows: list, factors })

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
      'create table factors (code varchar(32) character set ascii collate ascii_bin, day date, factor float, primary key (code, day), key (day))',
      "insert into factors values ('a', '2024-01-01', 1.1)",
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

  it('are the same in queries and statements of one’s own; what is computed stays a double', async () => {
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

  it('are factors and bars as they were written', async () => {
    const adjusted = await served.db.bars.range({ end: '2024-01-02', fields: ['close'], adjust: 'hfq' })
    expect([...adjusted.columns.close]).toEqual([10.52 * 1.1])
  })

  it('are told from DOUBLE by introspection, which declares no field exact', async () => {
    expect((await draftedCatalogue(store.address, ['bars'])).bars?.fields.close).toMatchObject({ type: 'float64' })
  })
})
