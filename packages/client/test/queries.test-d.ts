import { type Client, defineCatalogue, defineDataset, type Tushare } from '@stockdb/client'
import { bool, date, float64, int64, symbol } from '@stockdb/contract'
import { describe, expectTypeOf, it } from 'vitest'

declare const db: Client<Tushare>

/** The rows of a query's result. */
type Rows<Q extends { execute(): Promise<unknown[]> }> = Awaited<ReturnType<Q['execute']>>[number]

describe('a query', () => {
  it('returns the selected columns, nullable where the field is', () => {
    const query = db.query.selectFrom('daily').select(['ts_code', 'trade_date', 'close'])
    expectTypeOf<Rows<typeof query>>().toEqualTypeOf<{ ts_code: string; trade_date: string; close: number | null }>()
    expectTypeOf(query.executeTakeFirst()).resolves.toEqualTypeOf<Rows<typeof query> | undefined>()
    expectTypeOf(query.executeTakeFirstOrThrow()).resolves.toEqualTypeOf<Rows<typeof query>>()
    expectTypeOf(query.stream()).toExtend<AsyncIterable<Rows<typeof query>>>()
    const all = db.query.selectFrom('adj_factor').selectAll()
    expectTypeOf<Rows<typeof all>>().toEqualTypeOf<{ ts_code: string; trade_date: string; adj_factor: number | null }>()
  })

  it('with joins has the columns of all tables, nullable on the outer side', () => {
    const query = db.query
      .selectFrom('daily as d')
      .innerJoin('stock_basic as b', 'b.ts_code', 'd.ts_code')
      .leftJoin('adj_factor as f', (join) =>
        join.onRef('f.ts_code', '=', 'd.ts_code').onRef('f.trade_date', '=', 'd.trade_date'),
      )
      .select(['d.ts_code', 'b.name', 'f.trade_date as factor_date'])
    expectTypeOf<Rows<typeof query>>().toEqualTypeOf<{
      ts_code: string
      name: string | null
      factor_date: string | null
    }>()
  })

  it('with aggregates, windows and common table expressions has their types', () => {
    const query = db.query
      .with('ranked', (qb) =>
        qb.selectFrom('daily').select((eb) => [
          'ts_code',
          'close',
          eb.fn
            .agg<number>('row_number')
            .over((over) => over.partitionBy('ts_code').orderBy('trade_date', 'desc'))
            .as('place'),
        ]),
      )
      .selectFrom('ranked')
      .where('place', '<=', 3)
      .groupBy('ts_code')
      .having((eb) => eb.fn.countAll(), '>', 1)
      .select((eb) => ['ts_code', eb.fn.max('close').as('high'), eb.fn.countAll<number>().as('days')])
    expectTypeOf<Rows<typeof query>>().toEqualTypeOf<{ ts_code: string; high: number | null; days: number }>()
  })

  it('knows only the tables, columns and types of the catalogue', () => {
    // @ts-expect-error: no such dataset
    db.query.selectFrom('dayly')
    // @ts-expect-error: no such column
    db.query.selectFrom('daily').select('closing')
    // @ts-expect-error: a column of another dataset
    db.query.selectFrom('daily').select('adj_factor')
    // @ts-expect-error: a price is a number
    db.query.selectFrom('daily').selectAll().where('close', '>', 'ten')
    // @ts-expect-error: a date is a text
    db.query.selectFrom('daily').selectAll().where('trade_date', '=', 20240102)
    // @ts-expect-error: no such table to join
    db.query.selectFrom('daily as d').innerJoin('basics as b', 'b.ts_code', 'd.ts_code')
    // @ts-expect-error: no such column to order by
    db.query.selectFrom('daily').select('close').orderBy('closing')
  })

  it('is read-only', () => {
    // @ts-expect-error: no insert
    db.query.insertInto('daily').values
    // @ts-expect-error: no update
    db.query.updateTable('daily').set
    // @ts-expect-error: no delete
    db.query.deleteFrom('daily').execute
    // @ts-expect-error: no schema builder
    db.query.schema.createTable('mine')
  })
})

describe('db.frame', () => {
  it('returns columns: numbers as doubles, everything else as arrays', async () => {
    const frame = await db.frame(
      db.query.selectFrom('daily').select((eb) => ['ts_code', 'close', eb.fn.countAll<number>().over().as('days')]),
    )
    expectTypeOf<keyof typeof frame.columns>().toEqualTypeOf<'ts_code' | 'close' | 'days'>()
    expectTypeOf(frame.columns.close).toEqualTypeOf<Float64Array>()
    expectTypeOf(frame.columns.days).toEqualTypeOf<Float64Array>()
    expectTypeOf(frame.columns.ts_code).toEqualTypeOf<string[]>()
    expectTypeOf(frame.rows()).toEqualTypeOf<{ ts_code: string; close: number; days: number }[]>()
    // @ts-expect-error: not selected
    frame.columns.open
    // @ts-expect-error: a string is not a query
    db.frame('select 1')
  })

  it('keeps 64-bit integers and booleans', async () => {
    const catalogue = defineCatalogue({
      trades: defineDataset({
        name: 'trades',
        description: 'Trades',
        fields: {
          code: symbol.required('Code'),
          day: date.required('Day'),
          id: int64.required('Number'),
          buy: bool('Whether it was bought'),
          price: float64('Price'),
        },
        key: ['code', 'day'],
      }),
    })
    const own = {} as Client<typeof catalogue>
    const query = own.query.selectFrom('trades').select(['id', 'buy', 'price'])
    expectTypeOf<Rows<typeof query>>().toEqualTypeOf<{ id: bigint; buy: boolean | null; price: number | null }>()
    type Columns = Awaited<ReturnType<typeof own.frame<Rows<typeof query>>>>['columns']
    expectTypeOf<Columns['id']>().toEqualTypeOf<(bigint | null)[]>()
    expectTypeOf<Columns['buy']>().toEqualTypeOf<(boolean | null)[]>()
    // @ts-expect-error: Tushare's tables are not in this catalogue
    own.query.selectFrom('daily')
  })
})

describe('no result of a query', () => {
  it('is any', () => {
    const query = db.query.selectFrom('income').selectAll()
    type Any = { [K in keyof Rows<typeof query>]: 0 extends 1 & Rows<typeof query>[K] ? K : never }[keyof Rows<
      typeof query
    >]
    expectTypeOf<Any>().toEqualTypeOf<never>()
  })
})
