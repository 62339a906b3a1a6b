import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, connect, defineFactor, StockdbError, tushare } from '@stockdb/client'
import { defineCatalogue, defineDataset, float64, int32, symbol, text } from '@stockdb/contract'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createMissingTables, planMigration } from '../../src/engine/migration.ts'
import { openIntrospector } from '../../src/engine/open.ts'
import { withOwnTables } from '../../src/engine/own-tables.ts'
import { introspect } from '../../src/introspect/introspect.ts'
import { engineOf, engines } from '../support/engines.ts'
import { withoutRequest } from '../support/failure.ts'
import { type Served, serve } from '../support/serve.ts'
import { enginesOfRun, mysqlMakers, type Store, sqliteMaker } from '../support/stores.ts'

const DAYS = ['2024-01-02', '2024-01-03', '2024-01-04']
const alpha = defineFactor({
  name: 'my_alpha',
  description: 'A factor of three days',
  unit: 'percent',
  fields: { value: float64('The factor'), rank: int32('Rank on the day', { unit: 'place' }), note: text('A remark') },
})
const { trade_cal, stock_basic, daily, adj_factor } = tushare
/** Few tables, which are made quickly. */
const catalogue = defineCatalogue({ trade_cal, stock_basic, daily, adj_factor })
type Base = typeof catalogue
type Mine = Base & { my_alpha: typeof alpha }

const rows = DAYS.flatMap((trade_date, day) => [
  { ts_code: '000001.SZ', trade_date, value: day + 0.5, rank: 1, note: 'a' },
  { ts_code: '600519.SH', trade_date, value: day === 1 ? null : -day - 1, rank: 2, note: null },
])

/** The message of the error that a call ends with, and its code. */
const failureOf = async (call: Promise<unknown>): Promise<string> => {
  const error = await call.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  )
  return error instanceof StockdbError ? `${error.code} ${withoutRequest(error.message)}` : String(error)
}

describe.each(enginesOfRun)('factors on $engine', ({ open }) => {
  let store: Store
  let served: Served<Base>
  let db: Client<Mine>

  beforeAll(async () => {
    store = await open()
    served = await serve(store.address, { catalogue })
    db = await connect<Mine>(served.server.url, { retries: 0 })
    await db.trade_cal.upsert(DAYS.map((cal_date) => ({ exchange: 'SSE', cal_date, is_open: 1 })))
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })
  afterEach(async () => {
    for (const { name } of await db.factors.list()) await db.factors.drop(name)
  })

  it('is written, read, joined, screened and dropped like a dataset of the server', async () => {
    const mine = await db.factors.define(alpha)
    expect(await mine.upsert(rows)).toMatchObject({ inserted: 6, changed: 0 })
    const range = await mine.range({ start: DAYS[1] as string })
    expect(range.rows()).toEqual([
      { ts_code: '000001.SZ', trade_date: '2024-01-03', value: 1.5, rank: 1, note: 'a' },
      { ts_code: '000001.SZ', trade_date: '2024-01-04', value: 2.5, rank: 1, note: 'a' },
      { ts_code: '600519.SH', trade_date: '2024-01-03', value: Number.NaN, rank: 2, note: null },
      { ts_code: '600519.SH', trade_date: '2024-01-04', value: -3, rank: 2, note: null },
    ])
    // The client knows it by its name.
    const at = await db.my_alpha.at({ date: '20240102', fields: ['value'] })
    expect([...at.columns.value]).toEqual([0.5, -1])
    expect([...(await mine.latest({ fields: ['rank'] })).columns.trade_date]).toEqual(['2024-01-04', '2024-01-04'])
    const panel = await mine.panel({ start: DAYS[0] as string, end: DAYS[2] as string, fields: ['value'] })
    expect(panel.panels.value.at('2024-01-03', '000001.SZ')).toBe(1.5)
    let streamed = 0
    for await (const { numRows } of mine.stream()) streamed += numRows
    expect(streamed).toBe(6)

    await db.daily.upsert([{ ts_code: '000001.SZ', trade_date: DAYS[1] as string, close: 9 }])
    const joined = await db.query
      .selectFrom('my_alpha as f')
      .innerJoin('daily as d', (on) =>
        on.onRef('d.ts_code', '=', 'f.ts_code').onRef('d.trade_date', '=', 'f.trade_date'),
      )
      .select(['f.ts_code', 'f.value', 'd.close'])
      .execute()
    expect(joined).toEqual([{ ts_code: '000001.SZ', value: 1.5, close: 9 }])
    const screened = await db.screen({
      date: DAYS[2] as string,
      symbols: ['000001.SZ', '600519.SH'],
      where: { 'my_alpha.value': { gt: 0 } },
      fields: ['my_alpha.value'],
    })
    expect([...screened.columns['my_alpha.value']]).toEqual([2.5])
    const asOfTheSecondDay = await db.screen({
      date: DAYS[1] as string,
      symbols: ['000001.SZ'],
      fields: ['my_alpha.value'],
    })
    expect([...asOfTheSecondDay.columns['my_alpha.value']]).toEqual([1.5])

    expect(await mine.delete({ symbols: ['600519.SH'] })).toMatchObject({ deleted: 3 })
    expect(await db.factors.drop('my_alpha')).toEqual({ deleted: 3, sequence: expect.any(Number) })
    expect(await failureOf(mine.range())).toBe(
      'UNKNOWN_PROCEDURE the factor my_alpha was dropped, with all its rows; "db.factors.define" defines it again, "db.factors.list" lists those that there are',
    )
    expect(await failureOf(db.factors.drop('my_alpha'))).toBe(
      'INVALID_INPUT name: got "my_alpha"; expected a factor, and none is defined',
    )
  })

  it('is listed with its owner, its time and its table', async () => {
    const before = Date.now()
    await db.factors.define(alpha)
    const [factor] = await db.factors.list()
    const { definedAt, ...known } = factor as NonNullable<typeof factor>
    expect(Math.abs(Date.parse(`${definedAt.replace(' ', 'T')}Z`) - before)).toBeLessThan(60_000)
    expect(known).toMatchObject({ name: 'my_alpha', owner: 'anonymous', table: 'factor_my_alpha' })
    expect(known.fields.slice(2)).toEqual([
      { name: 'value', type: 'float64', nullable: true, unit: 'percent', description: 'The factor' },
      { name: 'rank', type: 'int32', nullable: true, unit: 'place', description: 'Rank on the day' },
      { name: 'note', type: 'text', nullable: true, description: 'A remark' },
    ])
    const listed = (await db.meta.datasets()).find(({ name }) => name === 'my_alpha')
    expect(listed).toMatchObject({ description: 'A factor of three days', owner: 'anonymous', definedAt })
    expect(listed?.coverage).toEqual({ rows: 0, firstDate: null, lastDate: null, symbols: 0 })
    expect((await db.meta.datasets()).find(({ name }) => name === 'daily')).not.toHaveProperty('owner')
    expect((await db.meta.info()).datasets.my_alpha).toEqual([
      'range',
      'at',
      'latest',
      'panel',
      'upsert',
      'delete',
      'watch',
    ])
  })

  it('takes the same definition again, also in other words, and refuses another one field by field', async () => {
    await db.factors.define(alpha)
    await db.my_alpha.upsert(rows)
    await db.factors.define(alpha)
    await db.factors.define({ ...alpha, description: 'In other words' })
    expect((await db.factors.list())[0]?.description).toBe('In other words')
    expect((await db.my_alpha.range()).numRows).toBe(6)
    const other = {
      name: 'my_alpha',
      description: 'Another one',
      fields: { value: int32('The factor'), rank: int32.required('Rank', { unit: 'place' }), extra: float64('More') },
    }
    const message = await failureOf(db.factors.define(other))
    expect(message.replace(/at \d{4}-[^:]*:\d\d:[\d.]+/, 'at TIME')).toBe(
      'CONFLICT the factor my_alpha is defined differently, by anonymous at TIME: ' +
        'value: got type "int32"; the factor has "float64"; value: got unit null; the factor has "percent"; ' +
        'rank: got nullable false; the factor has true; note: is missing; the factor has it; ' +
        'extra: got a field of type float64; the factor has none of this name; choose another name, or drop it first',
    )
    expect((await db.my_alpha.range()).numRows).toBe(6)
  })

  it('of a name can be another one after it was dropped, with other fields', async () => {
    await db.factors.define(alpha)
    await db.my_alpha.upsert(rows)
    await db.my_alpha.range({ fields: ['value'] })
    await db.factors.drop('my_alpha')
    const other = await db.factors.define({ ...alpha, fields: { value: int32.required('Now a number of days') } })
    await other.upsert([{ ts_code: 'A', trade_date: DAYS[0] as string, value: 7 }])
    expect([...(await other.range({ fields: ['value'] })).columns.value]).toEqual([7])
  })

  const define = (change: object) => db.factors.define({ ...alpha, ...change } as never)
  const own = (fields: object) => db.factors.define({ name: 'x', description: 'x', fields } as never)
  it.each([
    ['a name with a quote', () => define({ name: "a'; drop table daily; --" }), /^INVALID_INPUT name: got "a'; drop/],
    ['a name with a backtick', () => define({ name: 'a`b' }), /^INVALID_INPUT name: got "a`b"; expected a lower-case/],
    ['a long name', () => define({ name: 'a'.repeat(33) }), /^INVALID_INPUT name: .* at most 32 in all$/],
    ['a name of an object', () => define({ name: '__proto__' }), /^INVALID_INPUT name: /],
    ['a reserved name', () => define({ name: 'factors' }), /^INVALID_INPUT name: got "factors"; expected a name that/],
    ['the name of a dataset', () => define({ name: 'daily' }), /^CONFLICT name: got "daily"; .* dataset of the server/],
    ['no description', () => define({ description: '' }), /^INVALID_INPUT description: got ""; expected a text of 1/],
    ['no fields', () => own({}), /^INVALID_INPUT fields: got 0; expected 1 to 64 fields/],
    ['a field named like its key', () => own({ ts_code: float64('x') }), /^INVALID_INPUT fields: got "ts_code"/],
    ['a field with a quote', () => own({ 'a"b': float64('x') }), /^INVALID_INPUT fields: got "a\\"b"; expected names/],
    [
      'a field of no type',
      () => own({ a: { type: 'json', nullable: true, description: 'x' } }),
      /fields.a.type: got "json"/,
    ],
    ['a column name', () => own({ a: float64('x', { column: 'b' }) }), /fields.a: got "column"; expected only type/],
    ['too long texts', () => own({ a: text('x', { length: 4001 }) }), /fields.a.length: got 4001; expected 1 to 4000/],
    [
      'too many fields',
      () => own(Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`f${n}`, float64('x')]))),
      /^INVALID_INPUT fields: got 65; expected 1 to 64 fields/,
    ],
    ['an unknown argument', () => define({ key: undefined, table: 'x', fields: {} }), /fields: got 0|unknown argument/],
  ])('refuses %s', async (_, call, expected) => {
    expect(await failureOf(call())).toMatch(expected)
    expect(await db.factors.list()).toEqual([])
  })

  it('refuses a name whose table is somebody else’s, and leaves that alone', async () => {
    const { run } = engines[engineOf(store.address)]
    await run(store.address, [
      'create table factor_theirs (id int)',
      'insert into factor_theirs values (1)',
      'select 1',
    ])
    expect(await failureOf(define({ name: 'theirs' }))).toBe(
      'CONFLICT name: got "theirs"; expected another one: the database has a table factor_theirs already',
    )
    const [[rows] = []] = await run(store.address, ['select count(*) from factor_theirs'])
    expect(Number(rows)).toBe(1)
  })

  it('has a table of its own that a migration leaves alone, made again where it is missing', async () => {
    const { run } = engines[engineOf(store.address)]
    await db.factors.define(alpha)
    await db.my_alpha.upsert(rows)
    const signal = new AbortController().signal
    const steps = await planMigration(served.server.engine, withOwnTables(catalogue), signal)
    expect(steps.filter(({ kind }) => kind !== 'none').map(({ dataset }) => dataset.name)).toEqual([])
    expect(await served.server.engine.describe('factor_my_alpha', signal)).toMatchObject({ made: true })
    await createMissingTables(served.server.engine, withOwnTables(catalogue), signal)
    expect((await db.my_alpha.range()).numRows).toBe(6)
    // As a drop that was cut off would leave it.
    await run(store.address, ['drop table factor_my_alpha', 'select 1'])
    expect(await failureOf(db.my_alpha.range())).toBe(
      'SCHEMA_MISMATCH the factor my_alpha has lost its table factor_my_alpha; "db.factors.define" makes it again, "db.factors.drop" drops the factor',
    )
    await db.factors.define(alpha)
    expect(await db.my_alpha.upsert(rows)).toMatchObject({ inserted: 6 })
  })

  it('reaches listeners: its rows, and that it was dropped', async () => {
    await db.factors.define(alpha)
    const heard: string[] = []
    const listening = (async () => {
      for await (const { deleted, inserted } of db.my_alpha.watch({ since: (await db.changes()).last })) {
        heard.push(deleted > 0 ? `deleted ${deleted}` : `inserted ${inserted}`)
        if (deleted > 0) return
      }
    })()
    await db.my_alpha.upsert(rows)
    await db.factors.drop('my_alpha')
    await listening
    expect(heard).toEqual(['inserted 6', 'deleted 6'])
  })

  it('are known to another server on the database at once, and after a restart', async () => {
    const other = await serve(store.address, { catalogue, tables: false })
    try {
      await db.factors.define(alpha)
      await db.my_alpha.upsert(rows)
      // That client connected before the factor was there.
      const theirs = other.db.dataset<typeof alpha>('my_alpha')
      expect((await theirs.range()).numRows).toBe(6)
      expect(await theirs.upsert([{ ts_code: 'B', trade_date: DAYS[0] as string, value: 1 }])).toMatchObject({
        inserted: 1,
      })
      const again = await connect<Mine>(other.server.url)
      expect((await again.my_alpha.range()).numRows).toBe(7)
      await other.close()
      const restarted = await serve(store.address, { catalogue, tables: false })
      try {
        const found = await restarted.db.dataset('my_alpha').latest({ symbols: ['B'] })
        expect(found.numRows).toBe(1)
        await restarted.db.factors.drop('my_alpha')
      } finally {
        await restarted.close()
      }
      expect(await failureOf(db.my_alpha.range())).toMatch(/^UNKNOWN_PROCEDURE the factor my_alpha was dropped/)
      expect((await db.meta.info()).datasets).not.toHaveProperty('my_alpha')
    } finally {
      await other.close()
    }
  })

  it('say that they were dropped, to callers of every server, and give no rows of before', async () => {
    const CACHE_MS = 1_000
    const other = await serve(store.address, { catalogue, tables: false, bounds: { cacheMaxAgeMs: CACHE_MS } })
    const at = { date: DAYS[1] as string }
    const dropped =
      'UNKNOWN_PROCEDURE the factor my_alpha was dropped, with all its rows; "db.factors.define" defines it again, "db.factors.list" lists those that there are'
    try {
      await db.factors.define(alpha)
      await db.my_alpha.upsert(rows)
      const theirs = (await connect<Mine>(other.server.url, { retries: 0 })).my_alpha
      const reads = {
        at: () => theirs.at(at),
        range: () => theirs.range({ start: DAYS[0] as string }, { fresh: true }),
        latest: () => theirs.latest(),
        together: () => Promise.all([theirs.at(at), theirs.at({ date: DAYS[0] as string })]),
        stream: async () => {
          for await (const { numRows } of theirs.stream()) return numRows
          return 0
        },
        upsert: () => theirs.upsert(rows),
        delete: () => theirs.delete({ all: true }),
      }
      for (const name of ['at', 'range', 'latest', 'together', 'stream', 'upsert'] as const) await reads[name]()
      await db.factors.drop('my_alpha')
      // Only an answer from memory may still be given, for as long as answers from memory may be.
      const since = performance.now()
      let failure: string | undefined
      for (; failure === undefined; await sleep(20))
        failure = await reads.at().then(
          () => undefined,
          (error: StockdbError) => `${error.code} ${withoutRequest(error.message)}`,
        )
      expect(failure).toBe(dropped)
      expect(performance.now() - since).toBeLessThan(2 * CACHE_MS)
      for (const [name, read] of Object.entries(reads)) expect(await failureOf(read()), name).toBe(dropped)
      expect(await failureOf(db.my_alpha.at(at))).toBe(dropped)
      const query = other.db.query.selectFrom('my_alpha' as never).select(['ts_code' as never])
      expect(await failureOf(query.execute())).toBe(dropped)
      const where = { 'my_alpha.value': { gt: 0 } } as never
      expect(await failureOf(other.db.screen({ date: DAYS[1] as string, symbols: ['A'], where }))).toBe(dropped)
      // DuckDB has no `sql`.
      if (engineOf(store.address) !== 'duckdb')
        for (const client of [db, other.db])
          expect(await failureOf(client.sql('select count(*) as n from factor_my_alpha'))).toBe(dropped)
      await db.factors.define(alpha)
      expect((await theirs.range()).numRows).toBe(0)
    } finally {
      await other.close()
    }
  })

  it('are defined once, though several callers define them at the same moment', async () => {
    const other = await serve(store.address, { catalogue, tables: false })
    try {
      const both = [db, other.db].flatMap((client) => [1, 2].map(() => client.factors.define(alpha)))
      await Promise.all(both)
      const racing = [db, other.db].map((client, at) =>
        client.factors.define({
          ...alpha,
          name: 'raced',
          fields: at === 0 ? { a: float64('A') } : { b: float64('B') },
        }),
      )
      const ended = await Promise.allSettled(racing)
      expect(ended.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
      expect((await db.factors.list()).map(({ name }) => name)).toEqual(['my_alpha', 'raced'])
    } finally {
      await other.close()
    }
  })

  it('are at most as many as --max-factors allows', async () => {
    const small = await serve(store.address, { catalogue, bounds: { maxFactors: 1 }, tables: false })
    try {
      for (const _ of [1, 2]) await small.db.factors.define(alpha)
      expect(await failureOf(small.db.factors.define({ ...alpha, name: 'second' }))).toBe(
        'CONFLICT cannot define second: the database has 1 factors, the most that --max-factors allows; drop one first',
      )
    } finally {
      await small.close()
    }
  })

  it('leaves the name to a dataset that a server declares itself, and says so', async () => {
    await db.factors.define(alpha)
    const declared = defineDataset({
      ...{ name: 'my_alpha', description: 'A list', key: ['code'], symbol: 'code' },
      fields: { code: symbol.required('Code') },
    })
    const named = await serve(store.address, { catalogue: defineCatalogue({ my_alpha: declared }), tables: false })
    try {
      expect((await named.db.meta.info()).datasets.my_alpha).toContain('list')
      expect((await named.db.factors.list())[0]?.problem).toBe(
        'the catalogue of this server has a dataset of the same name',
      )
    } finally {
      await named.close()
    }
  })
})

describe.each(mysqlMakers)('factors in another database of the server on $engine', ({ open }) => {
  it('are in all respects like those beside the datasets', async () => {
    const [store, elsewhere] = [await open(), await open()]
    onTestFinished(async () => {
      await store.drop()
      await elsewhere.drop()
    })
    const factorSchema = new URL(elsewhere.address).pathname.slice(1)
    const table = `${factorSchema}.my_alpha`
    const bounds = { cacheMaxAgeMs: 1_000 }
    const one = await serve(store.address, { catalogue, factorSchema, bounds })
    onTestFinished(() => one.close())
    // It was not told where factors are made, and finds those that there are.
    const other = await serve(store.address, { catalogue, bounds })
    onTestFinished(() => other.close())
    const db = await connect<Mine>(one.server.url, { retries: 0 })
    await db.trade_cal.upsert(DAYS.map((cal_date) => ({ exchange: 'SSE', cal_date, is_open: 1 })))
    await db.daily.upsert([{ ts_code: '000001.SZ', trade_date: DAYS[1] as string, close: 9 }])

    const mine = await db.factors.define(alpha)
    await db.factors.define(alpha)
    expect((await db.factors.list()).map((factor) => factor.table)).toEqual([table])
    const theirs = await connect<Mine>(other.server.url, { retries: 0 })
    const { changes, last } = await db.changes()
    expect(changes.at(-1)).toMatchObject({ dataset: 'my_alpha', sequence: last })
    const heard = db.my_alpha.watch({ since: last })
    expect(await mine.upsert(rows)).toMatchObject({ inserted: 6, changed: 0, sequence: last + 1 })
    expect((await heard.next()).value).toMatchObject({ dataset: 'my_alpha', inserted: 6 })
    await heard.return?.()
    expect(await mine.upsert(rows)).toMatchObject({ inserted: 0, unchanged: 6 })
    expect(await failureOf(mine.upsert(rows, { mode: 'insert' }))).toMatch(/^CONFLICT nothing was written: .*row 1 /)
    for (const client of [db, theirs]) {
      expect((await client.my_alpha.range()).numRows).toBe(6)
      const at = await client.my_alpha.at({ date: '20240102', fields: ['value'] })
      expect([...at.columns.value]).toEqual([0.5, -1])
      expect([...(await client.my_alpha.latest({ fields: ['rank'] })).columns.rank]).toEqual([1, 2])
      const panel = await client.my_alpha.panel({ start: DAYS[0] as string, end: DAYS[2] as string, fields: ['value'] })
      expect(panel.panels.value.at('2024-01-03', '000001.SZ')).toBe(1.5)
      const joined = await client.query
        .selectFrom('my_alpha as f')
        .innerJoin('daily as d', (on) =>
          on.onRef('d.ts_code', '=', 'f.ts_code').onRef('d.trade_date', '=', 'f.trade_date'),
        )
        .select(['f.ts_code', 'f.value', 'd.close'])
        .execute()
      expect(joined).toEqual([{ ts_code: '000001.SZ', value: 1.5, close: 9 }])
      const screened = await client.screen({
        date: DAYS[1] as string,
        symbols: ['000001.SZ', '600519.SH'],
        where: { 'my_alpha.value': { gt: 0 } },
        fields: ['my_alpha.value'],
      })
      expect([...screened.columns['my_alpha.value']]).toEqual([1.5])
      const listed = (await client.meta.datasets()).find(({ name }) => name === 'my_alpha')
      expect(listed).toMatchObject({ owner: 'anonymous', coverage: { rows: 6, symbols: 2 } })
      const sum = await client.sql(`select ts_code, max(rank) as r from \`${factorSchema}\`.my_alpha group by ts_code`)
      expect(sum.rows()).toEqual([
        { ts_code: '000001.SZ', r: 1 },
        { ts_code: '600519.SH', r: 2 },
      ])
    }
    expect(await failureOf(db.sql(`select * from \`${factorSchema}\`.other`))).toMatch(/is in another database/)
    // Answers from memory follow writes.
    await mine.upsert([{ ts_code: '000001.SZ', trade_date: DAYS[0] as string, value: 8 }])
    expect([...(await db.my_alpha.at({ date: '20240102', fields: ['value'] })).columns.value]).toEqual([8, -1])
    expect(await mine.delete({ symbols: ['600519.SH'] })).toMatchObject({ deleted: 3 })

    expect(await one.server.engine.tableNames(new AbortController().signal)).not.toContain('my_alpha')
    // One that is made beside the datasets is not taken for a table of the user.
    await theirs.factors.define({ ...alpha, name: 'beside' })
    const drafted = openIntrospector(store.address)
    onTestFinished(() => drafted.close())
    const { datasets } = await introspect(drafted)
    expect(datasets.map(({ name }) => name).sort()).toEqual(Object.keys(catalogue).sort())
    const steps = await planMigration(one.server.engine, withOwnTables(catalogue), new AbortController().signal)
    expect(steps.filter(({ kind }) => kind !== 'none')).toEqual([])

    // A table that is there already is left alone.
    await engines.mysql.run(elsewhere.address, ['create table taken (id int)', 'select 1'])
    expect(await failureOf(db.factors.define({ ...alpha, name: 'taken' }))).toBe(
      `CONFLICT name: got "taken"; expected another one: the database has a table ${factorSchema}.taken already`,
    )
    expect(await db.factors.drop('my_alpha')).toMatchObject({ deleted: 3 })
    const dropped = /^UNKNOWN_PROCEDURE the factor my_alpha was dropped/
    expect(await failureOf(theirs.my_alpha.range({}, { fresh: true }))).toMatch(dropped)
    expect(await failureOf(mine.at({ date: DAYS[1] as string }))).toMatch(dropped)
    expect(await failureOf(db.sql(`select * from \`${factorSchema}\`.my_alpha`))).toMatch(dropped)
    const left = await engines.mysql.run(elsewhere.address, ['show tables'])
    expect(left).toEqual([['taken']])
  })

  it('are refused where that is no other database that can be read', async () => {
    const store = await open()
    onTestFinished(() => store.drop())
    const own = new URL(store.address).pathname.slice(1)
    await expect(serve(store.address, { catalogue, factorSchema: own })).rejects.toThrow(
      `--factor-schema: got "${own}", the database that is served; expected another one on its server, or --factor-prefix`,
    )
    await expect(serve(store.address, { catalogue, factorSchema: 'no_such' })).rejects.toThrow(
      /^--factor-schema: got "no_such", a database that is missing, .*: CREATE DATABASE IF NOT EXISTS `no_such`; GRANT SELECT ON `no_such`\.\* TO 'root'@/,
    )
  })
})

it('--factor-schema: a file has no other database', async () => {
  const store = await sqliteMaker.open()
  onTestFinished(() => store.drop())
  for (const address of [store.address, store.address.replace(/^sqlite:(.*)$/, 'duckdb:$1.duckdb')])
    await expect(serve(address, { catalogue, factorSchema: 'factors' })).rejects.toThrow(
      /^--factor-schema: the database is a single file; expected mysql:.*, or --factor-prefix, which/,
    )
})
