import { date, defineDataset, float64, symbol, text } from '@stockdb/contract'
import { describe, expect, it, onTestFinished } from 'vitest'
import { byEngine, engineOf } from '../support/engines.ts'
import { serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, type StoreMaker, sqliteMaker } from '../support/stores.ts'

const bars = (dateFormat: 'YYYYMMDD' | 'YYYY-MM-DD') =>
  defineDataset({
    name: 'bars',
    managed: false,
    latest: 'scan',
    description: 'Bars with dates as text',
    fields: { code: symbol.required('Code'), day: date.required('Date', { dateFormat }), close: float64('Close') },
    key: ['code', 'day'],
    symbol: 'code',
    date: 'day',
  })
const asked = { symbols: ['a'], start: '2024-01-02', end: '2024-01-31' }

describe.each(enginesOfRun)('dates stored as text on $engine', (maker: StoreMaker) => {
  const open = async (dataset: ReturnType<typeof bars>, ...statements: string[]) => {
    const store = await maker.open()
    await sql(store.address, ...statements)
    const served = await serve(store.address, { catalogue: { bars: dataset } })
    onTestFinished(async () => {
      await served.close()
      await store.drop()
    })
    return { ...served, store }
  }
  const table = (type: string, index: string) => [
    `create table bars (code varchar(10), day ${type}, close double precision)`,
    ...(index === 'indexed' ? ['create index bars_day on bars (day)'] : []),
  ]

  it.each([
    ['YYYY-MM-DD', '2024-01-04 00:00:00', 'indexed'],
    ['YYYY-MM-DD', '20240104', 'indexed'],
    ['YYYY-MM-DD', '20240104.0', 'indexed'],
    ['YYYY-MM-DD', '2024-01-04T00:00:00', 'not indexed'],
    ['YYYY-MM-DD', '2024-1-4', 'not indexed'],
    ['YYYY-MM-DD', '2024-02-31', 'indexed'],
    ['YYYY-MM-DD', 'nan', 'not indexed'],
    ['YYYYMMDD', '2024-01-04', 'indexed'],
    ['YYYYMMDD', '20240104.0', 'indexed'],
    ['YYYYMMDD', '20240231', 'not indexed'],
  ] as const)('as %s: "%s" is an error that tells it and its row, %s', async (dateFormat, bad, index) => {
    const day = (iso: string) => (dateFormat === 'YYYYMMDD' ? iso.replaceAll('-', '') : iso)
    const { db, store } = await open(
      bars(dateFormat),
      ...table('varchar(30)', index),
      `insert into bars values ('a', '${day('2024-01-02')}', 1), ('a', '${day('2024-01-05')}', 2)`,
    )
    expect((await db.bars.range(asked)).numRows).toBe(2)
    await sql(store.address, `insert into bars values ('bad', '${bad}', 3)`)
    const restarted = await serve(store.address, { catalogue: { bars: bars(dateFormat) } })
    onTestFinished(() => restarted.close())
    const error = {
      code: 'SCHEMA_MISMATCH',
      message: expect.stringContaining(
        `table bars, column day: got "${bad}" in the row code = "bad", day = "${bad}"; expected a date as ${dateFormat}`,
      ) as unknown,
    }
    // A long search runs in the background, and calls report that.
    let outcome: unknown = false
    while (outcome === false)
      outcome = await restarted.db.bars.range(asked).then(
        ({ meta }) => meta.formatChecked,
        (reason: unknown) => reason,
      )
    expect(outcome).toMatchObject(error)
    await expect(restarted.db.bars.at({ date: '2024-01-02' })).rejects.toMatchObject(error)
    await expect(
      restarted.db.query.selectFrom('bars').select('close').where('day', '>=', '2024-01-02').execute(),
    ).rejects.toMatchObject(error)
    const [info] = await restarted.db.meta.datasets()
    expect(info).toMatchObject({ coverage: null, problem: error.message })
  })

  it('looks for other formats in an existing table that is not declared as managed: false', async () => {
    const { managed: _, ...declared } = bars('YYYYMMDD')
    const { db } = await open(
      defineDataset(declared) as ReturnType<typeof bars>,
      'create table bars (code varchar(10), day varchar(30), close real, primary key (code, day))',
      "insert into bars values ('a', '20240102', 1), ('a', '2024-01-03', 2)",
    )
    const answer = () => db.bars.range(asked).then(({ meta }) => `formatChecked ${meta.formatChecked}`, String)
    await expect.poll(answer, { timeout: 10_000 }).toMatch(/got "2024-01-03" in the row/)
  })

  it.each([
    ['YYYY-MM-DD', '2024-01-31 00:00:00'],
    ['YYYY-MM-DD', '2024-01-04T00:00:00'],
    ['YYYY-MM-DD', '20240104'],
    ['YYYY-MM-DD', '20240104.0'],
    ['YYYY-MM-DD', '2024/01/04'],
    ['YYYYMMDD', '2024-01-04'],
    ['YYYYMMDD', '2024/01/04'],
    ['YYYYMMDD', '20240131.0'],
    ['YYYYMMDD', '20240131 00:00'],
  ] as const)('as %s: "%s" is noticed at once when it comes while the table is served', async (dateFormat, bad) => {
    const day = (iso: string) => (dateFormat === 'YYYYMMDD' ? iso.replaceAll('-', '') : iso)
    const { db, store } = await open(
      bars(dateFormat),
      ...table('varchar(30)', 'indexed'),
      `insert into bars values ('a', '${day('2024-01-02')}', 1), ('a', '${day('2025-06-02')}', 2)`,
    )
    expect((await db.bars.range(asked)).numRows).toBe(1)
    expect((await db.bars.at({ date: '2024-01-02' })).numRows).toBe(1)
    await sql(store.address, `insert into bars values ('a', '${bad}', 3)`)
    const refusal = `table bars, column day: got "${bad}" in the row code = "a", day = "${bad}"; expected a date as ${dateFormat}`
    await expect(db.bars.range(asked)).rejects.toThrow(refusal)
    await expect(db.bars.at({ date: '2024-01-31', symbols: ['a'] })).rejects.toThrow(refusal)
    await expect(db.bars.latest({ symbols: ['a'], end: '2024-01-31' })).rejects.toThrow(refusal)
  })

  it('finds the same rows as before if all dates are in the declared format', async () => {
    const days = ['2023-12-31', '2024-01-01', '2024-01-02', '2024-12-31', '2025-01-01', '9999-12-31']
    for (const [type, dateFormat] of [
      ['varchar(30)', 'YYYY-MM-DD'],
      ['varchar(30)', 'YYYYMMDD'],
      ['int', 'YYYYMMDD'],
    ] as const) {
      const kept = days.map((iso) => (dateFormat === 'YYYYMMDD' ? iso.replaceAll('-', '') : iso))
      const { db } = await open(
        bars(dateFormat),
        ...table(type, 'indexed'),
        `insert into bars values ${kept.map((text, at) => `('a', '${text}', ${at})`).join(', ')}`,
      )
      const found = async (frame: Promise<{ readonly columns: { readonly close: Float64Array } }>) => [
        ...(await frame).columns.close,
      ]
      for (const [at, date] of days.entries()) {
        expect(await found(db.bars.at({ date }))).toEqual([at])
        expect(await found(db.bars.range({ start: date }))).toEqual([...days.keys()].slice(at))
        expect(await found(db.bars.range({ end: date }))).toEqual([...days.keys()].slice(0, at + 1))
        if (at < 4)
          expect(await found(db.bars.range({ start: date, end: '2024-12-31' }))).toEqual([...days.keys()].slice(at, 4))
        expect(await found(db.bars.latest({ end: date }))).toEqual([at])
      }
    }
  })

  it('reports meta.formatChecked: false and the progress during a long search', async () => {
    const { db, server, store } = await open(
      bars('YYYYMMDD'),
      ...table('varchar(30)', 'not indexed'),
      "insert into bars values ('a', '20240102', 1), ('a', '20240103.0', 2), ('a', '20240104', 3)",
    )
    const { engine } = server
    const { read } = engine
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    engine.read = async function* (query, signal) {
      if (query.columns[0]?.name === 'value') await released
      yield* read.call(engine, query, signal)
    }
    const early = { symbols: ['a'], start: '2024-01-02', end: '2024-01-02' }
    expect((await db.bars.range(early)).meta).toMatchObject({ formatChecked: false, rows: 1 })
    const query = db.query.selectFrom('bars').select('close').where('day', '=', early.start)
    expect((await db.frame(query)).meta).toMatchObject({ formatChecked: false, rows: 1 })
    if (engineOf(store.address) !== 'duckdb')
      expect((await db.sql('select close from bars')).meta).toMatchObject({ formatChecked: false, rows: 3 })
    const [info] = await db.meta.datasets()
    expect(info).toMatchObject({ formatCheck: { columns: 1, checked: 0, rows: 0 } })
    release()
    const answer = () => db.bars.range(early).then(({ meta }) => `formatChecked ${meta.formatChecked}`, String)
    await expect.poll(answer, { timeout: 10_000 }).toMatch(/got "20240103.0" in the row/)
  })

  it('searches an unindexed column in parts, one statement at a time, and reports progress', async () => {
    const { server, store } = await open(
      bars('YYYYMMDD'),
      'create table bars (code varchar(10), day varchar(30), close double precision)',
      'create index bars_code on bars (code)',
      "insert into bars values (null, '20240102', 1)",
    )
    const code = byEngine(store.address, {
      mysql: "concat(lpad(a.i, 3, '0'), lpad(b.i, 3, '0'))",
      sqlite: "printf('%03d%03d', a.i, b.i)",
      duckdb: "lpad(cast(a.i as varchar), 3, '0') || lpad(cast(b.i as varchar), 3, '0')",
    })
    await sql(
      store.address,
      // In the database: DuckDB takes seconds to read 140,000 rows of a statement.
      `insert into bars with recursive n (i) as (select 0 union all select i + 1 from n where i < 999)
        select ${code}, '20240102', 1 from n a cross join n b where a.i < 140 order by a.i, b.i`,
      "insert into bars values ('140000', '20240103.0', 1), ('140001', '20240105', 1)",
    )
    await server.close()
    const restarted = await serve(store.address, { catalogue: { bars: bars('YYYYMMDD') } })
    onTestFinished(() => restarted.close())
    const { engine } = restarted.server
    const { read } = engine
    const searches: string[] = []
    let running = 0
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    onTestFinished(() => release())
    engine.read = async function* (query, signal) {
      if (!['value', 'edge'].includes(query.columns[0]?.name ?? '')) return yield* read.call(engine, query, signal)
      running++
      try {
        if (query.columns[0]?.name === 'value') searches.push(`${running} at once: ${query.sql}`)
        if (searches.length === 3) await released
        yield* read.call(engine, query, signal)
      } finally {
        running--
      }
    }
    const answer = () =>
      restarted.db.bars
        .range({ symbols: ['000001'], start: '2024-01-02', end: '2024-01-02' })
        .then(({ meta }) => `formatChecked ${meta.formatChecked}`, String)
    expect(await answer()).toBe('formatChecked false')
    await expect.poll(() => searches, { timeout: 10_000 }).toHaveLength(3)
    const [info] = await restarted.db.meta.datasets()
    expect(info).toMatchObject({ formatCheck: { columns: 1, checked: 0, rows: 100_000 } })
    release()
    await expect.poll(answer, { timeout: 20_000 }).toMatch(/got "20240103.0" in the row code = "140000"/)
    for (const search of searches) expect(search).toMatch(/^1 at once: select .* where .*/s)
  })

  it('refuses a date in another format written since the last search: at once on SQLite, elsewhere after the next search', async () => {
    const { db, store } = await open(
      bars('YYYYMMDD'),
      ...table('varchar(30)', 'indexed'),
      "insert into bars values ('a', '20240102', 1)",
    )
    const outcome = () => db.bars.range(asked).then(({ meta }) => meta.formatChecked, String)
    await expect.poll(outcome).toBeUndefined()
    await sql(store.address, "insert into bars values ('a', '3/1/2024', 2)")
    const refused = expect.stringContaining('got "3/1/2024" in the row')
    // SQLite detects that the file changed.
    if (maker === sqliteMaker) expect(await outcome()).toEqual(refused)
    await expect.poll(outcome, { timeout: 10_000 }).toEqual(refused)
  })

  it('is also reported by screens and lists of stocks', async () => {
    const stocks = defineDataset({
      name: 'stock_basic',
      managed: false,
      description: 'Stocks',
      fields: {
        code: symbol.required('Code'),
        name: text('Name', { length: 20 }),
        list_date: date('Listed', { dateFormat: 'YYYYMMDD' }),
        delist_date: date('Delisted', { dateFormat: 'YYYYMMDD' }),
      },
      key: ['code'],
      symbol: 'code',
      pointInTime: { kind: 'current', immutable: ['code', 'list_date'] },
    })
    const catalogue = { bars: bars('YYYYMMDD'), stock_basic: stocks }
    const { store } = await open(
      bars('YYYYMMDD'),
      ...table('varchar(30)', 'indexed'),
      "insert into bars values ('a', '20240102', 1)",
      'create table stock_basic (code varchar(10), name varchar(20), list_date varchar(20), delist_date varchar(20))',
      "insert into stock_basic values ('a', 'A', '20000101', '')",
    )
    const { db, server } = await serve(store.address, { catalogue })
    onTestFinished(() => server.close())
    const { engine } = server
    const { read } = engine
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    onTestFinished(() => release())
    engine.read = async function* (query, signal) {
      if (query.columns[0]?.name === 'value' && query.sql.includes('delist_date')) await released
      yield* read.call(engine, query, signal)
    }
    for (const frame of [
      await db.screen({ date: '2024-01-02', fields: ['bars.close'] }),
      await db.instruments.list({ asOf: '2024-01-02' }),
      await db.instruments.search({ text: 'A' }),
    ])
      expect([frame.numRows, frame.meta.formatChecked]).toEqual([1, false])
    release()
    const checked = async () => (await db.instruments.list({ asOf: '2024-01-02' })).meta.formatChecked
    await expect.poll(checked, { timeout: 10_000 }).toBeUndefined()
  })
})
