import { type Tushare, tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../../support/serve.ts'
import { everyEngine, type Store } from '../../support/stores.ts'
import { writeRows } from '../../support/write-rows.ts'

const MAOTAI = '600519.SH'
const PINGAN = '000001.SZ'

/** Bars with explicit high, low, close and vol. */
const bar = (
  symbol: string,
  date: string,
  [high, low, close, vol]: readonly [number, number, number | null, number],
) => [...[symbol, date, 1, high, low, close, null, 0, 0, vol, null]]

describe.each(everyEngine)('custom queries on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>

  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
    const { engine } = served.server
    await writeRows(engine, tushare.daily, [
      bar(MAOTAI, '2024-01-02', [12, 8, 10, 100]),
      bar(MAOTAI, '2024-01-03', [16, 8, 16, 300]),
      bar(MAOTAI, '2024-01-04', [16, 8, null, 0]),
      bar(PINGAN, '2024-01-02', [4, 2, 4, 50]),
      bar(PINGAN, '2024-01-03', [4, 2, 2, 70]),
    ])
    await writeRows(
      engine,
      tushare.stock_basic,
      [
        [MAOTAI, '贵州茅台', '白酒'],
        [PINGAN, '平安 ', '银行'],
        ['000002.SZ', '平安', null],
      ],
      ['ts_code', 'name', 'industry'],
    )
  })
  afterAll(async () => {
    await served.close()
    await store.drop()
  })

  it('joins, filters by dates in either format, orders, and returns null as null', async () => {
    const rows = await served.db.query
      .selectFrom('daily as d')
      .innerJoin('stock_basic as b', 'b.ts_code', 'd.ts_code')
      .select(['d.trade_date', 'b.name', 'd.close'])
      .where('d.trade_date', '>=', '20240103')
      .orderBy('d.trade_date', 'desc')
      .orderBy('b.name')
      .execute()
    expect(rows).toEqual([
      { trade_date: '2024-01-04', name: '贵州茅台', close: null },
      { trade_date: '2024-01-03', name: '平安 ', close: 2 },
      { trade_date: '2024-01-03', name: '贵州茅台', close: 16 },
    ])
  })

  it('supports row_number, lag and arithmetic in doubles', async () => {
    const rows = await served.db.query
      .with('ranked', (qb) =>
        qb.selectFrom('daily').select((eb) => [
          'ts_code',
          'trade_date',
          eb.fn
            .agg<number>('row_number')
            .over((over) => over.partitionBy('ts_code').orderBy('close', 'desc'))
            .as('n'),
          eb.fn
            .agg<number | null>('lag', ['close', eb.lit(1)])
            .over((over) => over.partitionBy('ts_code').orderBy('trade_date'))
            .as('before'),
          eb(eb.parens('high', '-', eb.ref('low')), '/', eb.ref('vol')).as('spread'),
        ]),
      )
      .selectFrom('ranked')
      .selectAll()
      .where('n', '<=', 2)
      .orderBy('ts_code')
      .orderBy('n')
      .execute()
    expect(rows).toEqual([
      { ts_code: PINGAN, trade_date: '2024-01-02', n: 1, before: null, spread: 2 / 50 },
      { ts_code: PINGAN, trade_date: '2024-01-03', n: 2, before: 4, spread: 2 / 70 },
      { ts_code: MAOTAI, trade_date: '2024-01-03', n: 1, before: 10, spread: 8 / 300 },
      { ts_code: MAOTAI, trade_date: '2024-01-02', n: 2, before: null, spread: 4 / 100 },
    ])
  })

  it('groups by texts and expressions, with filters, having and case', async () => {
    const { db } = served
    const byIndustry = await db.query
      .selectFrom('stock_basic as b')
      .leftJoin('daily as d', 'd.ts_code', 'b.ts_code')
      .select((eb) => [
        'b.industry',
        eb.fn.count<number>('d.close').as('bars'),
        eb.fn.avg<number | null>('d.close').as('mean'),
        eb.fn.sum<number | null>('d.vol').filterWhere('d.close', '>', 3).as('vol'),
        eb.case().when('b.industry', 'like', '银%').then('bank').else('other').end().as('kind'),
      ])
      .groupBy('b.industry')
      .having((eb) => eb.or([eb('b.industry', 'is', null), eb(eb.fn.countAll(), '>', 1)]))
      .orderBy('b.industry')
      .execute()
    expect(byIndustry).toEqual([
      { industry: null, bars: 0, mean: null, vol: null, kind: 'other' },
      { industry: '白酒', bars: 2, mean: 13, vol: 400, kind: 'other' },
      { industry: '银行', bars: 2, mean: 3, vol: 50, kind: 'bank' },
    ])
    const byDay = await db.query
      .selectFrom('daily')
      .select((eb) => [
        eb(eb.fn<number>('day', ['trade_date']), '*', 10).as('ten_days'),
        eb.fn.max('trade_date').as('last'),
        eb.fn.countAll<number>().as('n'),
      ])
      .groupBy((eb) => eb.fn<number>('day', ['trade_date']))
      .orderBy('ten_days')
      .execute()
    expect(byDay).toEqual([
      { ten_days: 20, last: '2024-01-02', n: 2 },
      { ten_days: 30, last: '2024-01-03', n: 2 },
      { ten_days: 40, last: '2024-01-04', n: 1 },
    ])
  })

  it('divides integers as doubles', async () => {
    const { db } = served
    const [row] = await db.query
      .selectFrom('daily')
      .select((eb) => [
        eb(eb.fn.count('close'), '/', eb.fn.countAll()).as('share'),
        eb(eb.fn.sum(eb.fn<number>('length', ['ts_code'])), '/', eb.parens(eb.fn.countAll(), '*', 4)).as('length'),
        eb.fn.avg<number>(eb.fn<number>('day', ['trade_date'])).as('day'),
        eb(eb.fn.max(eb.fn<number>('datediff', ['trade_date', eb.val('2024-01-01')])), '/', 7).as('weeks'),
      ])
      .execute()
    expect(row).toEqual({ share: 4 / 5, length: 45 / 20, day: 14 / 5, weeks: 3 / 7 })
  })

  it('compares texts bytewise, including trailing spaces', async () => {
    const { db } = served
    const named = (name: string) =>
      db.query.selectFrom('stock_basic').select('ts_code').where('name', '=', name).execute()
    expect(await named('平安')).toEqual([{ ts_code: '000002.SZ' }])
    expect(await named('平安 ')).toEqual([{ ts_code: PINGAN }])
    const names = await db.query.selectFrom('stock_basic').select('name').distinct().execute()
    expect(names).toHaveLength(3)
  })

  it('supports subqueries, exists, row values and unions', async () => {
    const { db } = served
    const above = await db.query
      .selectFrom('daily as d')
      .select(['d.ts_code', 'd.trade_date'])
      .where('d.close', '>', (eb) => eb.selectFrom('daily as e').select((e) => e.fn.avg<number>('e.close').as('mean')))
      .where((eb) =>
        eb.exists(eb.selectFrom('stock_basic as b').select('b.name').whereRef('b.ts_code', '=', 'd.ts_code')),
      )
      .where('d.ts_code', 'in', (eb) =>
        eb.selectFrom('stock_basic').select('ts_code').where('industry', 'is not', null),
      )
      .orderBy('d.trade_date')
      .execute()
    expect(above).toEqual([
      { ts_code: MAOTAI, trade_date: '2024-01-02' },
      { ts_code: MAOTAI, trade_date: '2024-01-03' },
    ])
    const dates = await db.query
      .selectFrom('daily')
      .select('trade_date as d')
      .where('ts_code', '=', PINGAN)
      .union(db.query.selectFrom('daily').select('trade_date as d').where('close', 'is', null))
      .orderBy('d', 'desc')
      .limit(2)
      .offset(1)
      .execute()
    expect(dates).toEqual([{ d: '2024-01-03' }, { d: '2024-01-02' }])
  })

  it('supports is null on dates that MySQL considers non-null', async () => {
    const { query } = served.db
    const first = query.selectFrom('daily').select((eb) => eb.fn.min('trade_date').as('day'))
    const both = first.intersect(query.selectFrom('daily').select('trade_date as day'))
    expect(await query.selectFrom(both.as('b')).select('b.day').where('b.day', 'is', null).execute()).toEqual([])
    expect(await query.selectFrom(both.as('b')).select('b.day').where('b.day', 'is not', null).execute()).toEqual([
      { day: '2024-01-02' },
    ])
  })

  it('computes window counts before it intersects two selects', async () => {
    const { query } = served.db
    // Two bars, a stock without bars, three bars.
    const numbered = query
      .selectFrom('stock_basic as b')
      .leftJoin('daily as d', 'd.ts_code', 'b.ts_code')
      .select((eb) => [
        'd.ts_code',
        eb.fn
          .agg<number>('row_number')
          .over((over) => over.orderBy('b.ts_code').orderBy('d.trade_date'))
          .as('n'),
      ])
    const sixth = query.selectFrom('daily').select((eb) => ['ts_code', eb.lit(6).as('n')])
    expect(await numbered.intersect(sixth).execute()).toEqual([{ ts_code: MAOTAI, n: 6 }])
    expect(await sixth.except(numbered as never).execute()).toEqual([{ ts_code: PINGAN, n: 6 }])
  })

  it('returns columns, and a panel if there are symbols and dates', async () => {
    const { db } = served
    const frame = await db.frame(
      db.query
        .selectFrom('daily')
        .select((eb) => ['ts_code', 'trade_date', 'close', eb('close', '>', 5).as('high')])
        .orderBy('ts_code')
        .orderBy('trade_date'),
    )
    expect(frame.columns.ts_code).toEqual([PINGAN, PINGAN, MAOTAI, MAOTAI, MAOTAI])
    expect(frame.columns.close).toEqual(Float64Array.of(4, 2, 10, 16, Number.NaN))
    expect(frame.columns.high).toEqual([false, false, true, true, null])
    expect(frame.pivot('close').at('2024-01-03', MAOTAI)).toBe(16)
    expect(frame.meta).toMatchObject({ dataset: 'query', rows: 5, complete: true })
  })

  it('behaves like Kysely for executeTakeFirst, stream and missing rows', async () => {
    const { db } = served
    const none = db.query.selectFrom('daily').select('close').where('ts_code', '=', 'none')
    expect(await none.executeTakeFirst()).toBeUndefined()
    await expect(none.executeTakeFirstOrThrow()).rejects.toThrow('no result')
    expect(await none.execute()).toEqual([])
    const closes: (number | null)[] = []
    for await (const { close } of db.query.selectFrom('daily').select('close').orderBy('close').stream(2)) {
      closes.push(close)
      if (closes.length === 3) break
    }
    expect(closes).toEqual([null, 2, 4])
  })

  it('can be answered in JSON', async () => {
    const { db } = served
    const query = db.query.selectFrom('daily').select(['ts_code', 'close']).orderBy('close').limit(1).compile().query
    expect(await db.trpc.query.run.query({ query })).toMatchObject({
      fields: ['ts_code', 'close'],
      items: [[MAOTAI, null]],
    })
  })
})
