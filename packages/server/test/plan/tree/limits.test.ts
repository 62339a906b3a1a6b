import type { Tushare } from '@stockdb/contract'
import type { ExpressionBuilder, Kysely, SelectQueryBuilder } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serveMarket } from '../../sql/market.ts'
import type { Served } from '../../support/serve.ts'
import { enginesOfRun, type Store, sqliteMaker } from '../../support/stores.ts'
import type { Tables } from './random-query.ts'

const HUGE = 1.7e308
const BEYOND = /computes a number beyond ±1\.8e308, or an undefined one/

describe.each(enginesOfRun)('a query beyond the range of doubles or the limits, on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  let query: Kysely<Tables>

  beforeAll(async () => {
    store = await open()
    served = await serveMarket(store)
    query = served.db.query as unknown as Kysely<Tables>
  }, 60_000)
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  type Eb = ExpressionBuilder<Tables, 'daily'>
  const selecting = (make: (eb: Eb) => unknown) =>
    query.selectFrom('daily').select((eb) => (make(eb) as { as(name: string): never }).as('x'))

  it.each<readonly [string, (eb: Eb) => unknown]>([
    ['a product', (eb) => eb(eb('close', '*', HUGE), '*', HUGE)],
    ['a sum of two', (eb) => eb(eb.val(HUGE), '+', eb.val(HUGE))],
    ['a difference', (eb) => eb(eb.val(-HUGE), '-', eb.val(HUGE))],
    ['a quotient', (eb) => eb(eb.val(HUGE), '/', 1e-300)],
    ['an exponential', (eb) => eb.fn('exp', ['close'])],
    ['a power', (eb) => eb.fn('power', ['close', eb.val(400)])],
    ['zero to a negative power', (eb) => eb.fn('power', [eb.val(0), eb.val(-1)])],
    [
      'the difference of two invalid numbers',
      (eb) => eb(eb.fn('exp', [eb.val(1_000)]), '-', eb.fn('exp', [eb.val(1_000)])),
    ],
    ['a sum of many', (eb) => eb.fn.sum(eb('close', '*', 1e305))],
    ['a mean', (eb) => eb.fn.avg(eb('close', '*', 1e305))],
    ['a sum of a window', (eb) => eb.fn.sum(eb('close', '*', 1e305)).over()],
    ['the greatest', (eb) => eb.fn.max(eb.fn('exp', ['close']))],
    [
      'one of a case',
      (eb) =>
        eb
          .case()
          .when('close', '>', 100)
          .then(eb('close', '*', HUGE))
          .else(1)
          .end(),
    ],
  ])('is refused with the reason for %s beyond the range of doubles', async (_what, make) => {
    const failing = selecting(make)
    await expect(failing.execute()).rejects.toMatchObject({
      code: 'QUERY_REFUSED',
      message: expect.stringMatching(BEYOND) as unknown,
    })
    const outer = query.selectFrom(failing.as('inner')).select('inner.x').distinct()
    await expect(outer.execute()).rejects.toMatchObject({ code: 'QUERY_REFUSED' })
  })

  it.each<readonly [string, (eb: Eb) => unknown]>([
    ['a product', (eb) => eb(eb(eb('close', '*', HUGE), '*', HUGE), '>', 5)],
    ['a product that should keep no row', (eb) => eb(eb(eb('close', '*', HUGE), '*', HUGE), '<', 5)],
    [
      'the difference of two invalid numbers',
      (eb) => eb(eb(eb('close', '*', HUGE), '-', eb('close', '*', HUGE)), '=', 0),
    ],
    ['an exponential', (eb) => eb(eb.fn('exp', ['close']), '>', 5)],
    ['a power within a list', (eb) => eb(eb.fn('power', ['close', eb.val(400)]), 'in', [1, 2])],
    [
      'one of a case',
      (eb) =>
        eb(
          eb
            .case()
            .when('close', '>', 100)
            .then(eb('close', '*', HUGE))
            .else(1)
            .end(),
          '>',
          2,
        ),
    ],
  ])('is refused even if it is only in a condition: %s', async (_what, make) => {
    const all = query.selectFrom('daily').select('close')
    const wrong = { code: 'QUERY_REFUSED', message: expect.stringMatching(BEYOND) as unknown }
    await expect(all.where((eb) => make(eb) as never).execute()).rejects.toMatchObject(wrong)
    await expect(all.orderBy((eb) => eb(eb('close', '*', HUGE), '*', HUGE)).execute()).rejects.toMatchObject(wrong)
    const sums = query.selectFrom('daily').groupBy('ts_code').select('ts_code')
    await expect(
      sums.having((eb) => eb(eb.fn.sum(eb('close', '*', 1e305)), '>', 1) as never).execute(),
    ).rejects.toMatchObject(wrong)
  })

  it('returns null for undefined results, and numbers up to the greatest double', async () => {
    const first = async (make: (eb: Eb) => unknown) => (await selecting(make).limit(1).execute())[0]
    expect(await first((eb) => eb('close', '/', 0))).toEqual({ x: null })
    expect(await first((eb) => eb('close', '%', 0))).toEqual({ x: null })
    expect(await first((eb) => eb.fn('sqrt', [eb.val(-1)]))).toEqual({ x: null })
    expect(await first((eb) => eb.fn('ln', [eb.val(0)]))).toEqual({ x: null })
    expect(await first((eb) => eb(eb.val(HUGE), '*', 1))).toEqual({ x: HUGE })
    expect(await first((eb) => eb(eb.val(1e-308), '/', 1e10))).toEqual({ x: 1e-318 })
  })

  it('is refused for common tables that multiply exponentially, before it reaches the database', async () => {
    const doubling = (times: number) => {
      let sofar = query.with('c0', (qb) => qb.selectFrom('stock_basic').select('ts_code as s'))
      for (let n = 1; n <= times; n++) {
        const inner = `c${n - 1}`
        sofar = sofar.with(`c${n}`, (qb) =>
          qb.selectFrom(`${inner} as a`).innerJoin(`${inner} as b`, 'a.s', 'b.s').select('a.s'),
        ) as never
      }
      return sofar.selectFrom(`c${times}`).select('s').execute()
    }
    expect(await doubling(4)).toHaveLength(2)
    await expect(doubling(40)).rejects.toMatchObject({
      code: 'QUERY_REFUSED',
      message: expect.stringContaining('reads more than 60 tables') as unknown,
    })
  })

  it('is answered with the maximum number of tables', async () => {
    let all = query.selectFrom('stock_basic as t0').select('t0.ts_code')
    for (let n = 1; n < 8; n++) {
      let inner = query.selectFrom('stock_basic as u0').select('u0.ts_code')
      for (let m = 1; m < 8; m++)
        inner = inner.innerJoin(`stock_basic as u${m}`, `u${m}.ts_code`, 'u0.ts_code') as never
      all = all.innerJoin(inner.as(`t${n}`), `t${n}.ts_code`, 't0.ts_code') as never
    }
    expect(await all.execute()).toHaveLength(2)
  })

  it('is refused for repeated concatenation of a text', async () => {
    const doubled = (inner: string) => (eb: ExpressionBuilder<Tables, string>) =>
      eb
        .case()
        .when('n', '=', '')
        .then('')
        .else(eb.fn('coalesce', [eb.fn('concat', ['n', 'n']), eb.val(inner)]))
        .end()
        .as('n')
    const doubling = (times: number) => {
      let sofar = query.with('c0', (qb) => qb.selectFrom('stock_basic').select('name as n'))
      for (let n = 1; n <= times; n++) {
        sofar = sofar.with(`c${n}`, (qb) => qb.selectFrom(`c${n - 1}`).select(doubled(`c${n}`) as never)) as never
      }
      return sofar.selectFrom(`c${times}`).select((eb) => eb.fn<number>('length', ['n']).as('length'))
    }
    expect(await doubling(6).orderBy('length').execute()).toEqual([{ length: 4 * 64 }, { length: 4 * 64 }])
    await expect(doubling(7).execute()).rejects.toMatchObject({
      code: 'QUERY_REFUSED',
      message: expect.stringContaining('concat: got 128 texts; expected at most 100') as unknown,
    })
  })
})

describe('a query on SQLite that would run for years before its first row', () => {
  let store: Store
  let served: Served<Tushare>
  let query: Kysely<Tables>

  beforeAll(async () => {
    store = await sqliteMaker.open()
    served = await serveMarket(store, { bounds: { statementTimeoutMs: 500 } })
    query = served.db.query as unknown as Kysely<Tables>
  }, 60_000)
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  const tables = Array.from({ length: 11 }, (_, n) => `daily as d${n + 1}`)
  const never = (n: number) =>
    [`d${n}.close`, '>', (eb: ExpressionBuilder<Tables, string>) => eb(eb.ref(`d${n + 1}.close`), '+', 1e9)] as const
  const from = () => query.selectFrom('daily as d0')

  it.each<readonly [string, () => SelectQueryBuilder<Tables, string, object>]>([
    ['counts a cross product', () => tables.reduce((sofar, table) => sofar.crossJoin(table) as never, from())],
    [
      'joins on a final condition that is never true',
      () =>
        tables
          .reduce((sofar, table) => sofar.innerJoin(table, (join) => join.onTrue()) as never, from())
          .where(...(never(10) as [never, never, never])),
    ],
    [
      'left joins on a condition that is never true',
      () =>
        tables.reduce(
          (sofar, table, n) =>
            sofar.leftJoin(table, (join) =>
              n < 10 ? join.onTrue() : join.on(...(never(10) as [never, never, never])),
            ) as never,
          from(),
        ),
    ],
    [
      'searches for a missing value, row by row',
      () =>
        tables
          .slice(0, 9)
          .reduce((sofar, table) => sofar.crossJoin(table) as never, from())
          .where((eb) =>
            eb.exists(
              eb
                .selectFrom('stock_basic as b')
                .select('b.name')
                .whereRef('b.name', '>', 'd9.ts_code')
                .where('b.name', '=', 'nobody'),
            ),
          ),
    ],
    [
      'joins with a subquery that has no rows',
      () =>
        tables
          .slice(0, 9)
          .reduce((sofar, table) => sofar.crossJoin(table) as never, from())
          .crossJoin(query.selectFrom('daily').select('close').where('close', '>', 1e9).as('none')) as never,
    ],
  ])('is stopped if it %s', async (_what, make) => {
    const counting = (make() as never as SelectQueryBuilder<Tables, string, object>).select((eb) =>
      eb.fn.countAll().as('n'),
    )
    const outcome = await counting.execute().catch((error: unknown) => error)
    // A query that the engine optimises away reads no rows.
    if (Array.isArray(outcome)) expect(outcome).toEqual([{ n: 0 }])
    else expect(outcome).toMatchObject({ code: 'QUERY_TIMEOUT' })
    expect(await served.db.daily.at({ date: '2024-01-02', fields: ['close'] })).toMatchObject({ numRows: 2 })
  })
})
