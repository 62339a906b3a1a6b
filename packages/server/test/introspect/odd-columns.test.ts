import { DatabaseSync } from 'node:sqlite'
import type { Catalogue } from '@stockdb/contract'
import { createLog, type StockdbServer, start } from '@stockdb/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askJson } from '../support/ask-json.ts'
import { draftedCatalogue } from '../support/drafted.ts'
import { sql } from '../support/sql.ts'
import { everyEngine, indexedMakers, mysqlMakers, type Store, sqliteMaker } from '../support/stores.ts'

/** Runs statements in an empty database of any engine, serves the introspected catalogue, and queries it. */
async function served(store: Store, statements: readonly string[]) {
  await sql(store.address, ...statements)
  const catalogue: Catalogue = await draftedCatalogue(store.address)
  const server: StockdbServer = await start({ database: store.address, catalogue, port: 0, log: createLog('silent') })
  return {
    catalogue,
    server,
    ask: async (path: string, input: object = {}) => (await askJson(server.url, path, input)).items,
  }
}

type Asked = Awaited<ReturnType<typeof served>>

describe.each(mysqlMakers)('unusual columns of existing tables in $engine', ({ open }) => {
  let store: Store
  let db: Asked

  beforeAll(async () => {
    store = await open()
    db = await served(store, [
      "set session sql_mode = ''",
      `create table numbers (id int primary key, f float, d decimal(20,4), wide decimal(30,10), u int unsigned, bu bigint unsigned,
        t1 tinyint(1), t2 tinyint(1), b bit(1), y year, e enum('a','b'), s set('x','y'), tm time, js json, bl blob, b8 bit(8),
        g int generated always as (id * 2) virtual)`,
      `insert into numbers (id, f, d, wide, u, bu, t1, t2, b, y, e, s, tm, js, bl, b8) values
        (1, 10.52, 1234567890123.4567, 12345678901234567890.0123456789, 4294967295, 9223372036854775807,
          1, 2, b'1', 2024, 'b', 'x,y', '-12:34:56', '{}', 'x', b'101'),
        (2, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null)`,
      `create table days (code char(10) not null, d date not null, opt date, dt datetime(6), ts timestamp null, txt varchar(10), num int,
        words varchar(30) not null, mixed varchar(20), primary key (code, d))`,
      `insert into days values
        ('a', '2024-01-02', '0000-00-00', '2024-01-02 09:30:00.123456', '2024-01-02 09:30:00', '2024-01-02', 20240102, '2024-01-02 09:30:00', '20240102'),
        ('b', '2024-01-03', null, '0000-00-00 00:00:00', null, '', 0, '2024-01-03 09:30:00', '2024-01-03'),
        ('c', '2024-01-04', '2024-01-04', null, null, null, null, '2024-01-03 09:30:00', 'no date')`,
      `create table codes (code varchar(10) not null, day date not null, n int, name varchar(20), primary key (code, day), key (day))
        default charset utf8mb4 collate utf8mb4_general_ci`,
      `insert into codes values ('abc', '2024-01-02', 1, 'x'), ('abd', '2024-01-02', 2, 'X'), ('abd', '2024-01-03', 3, 'x ')`,
      `create table gbk (代码 varchar(10), 日期 varchar(8), 名称 varchar(20)) default charset gbk`,
      `insert into gbk values ('600519.SH', '20240102', '贵州茅台'), ('600036.SH', '20240102', '招商银行')`,
      `create table same (code varchar(10) not null, day date not null, n int, key (code, day)) default charset utf8mb4 collate utf8mb4_general_ci`,
      `insert into same values ('abc', '2024-01-05', 1), ('ABC', '2024-01-04', 2), ('ABC', '2024-01-03', 3), ('abc ', '2024-01-02', 4)`,
    ])
  })

  afterAll(async () => {
    await db?.server.close()
    await store?.drop()
  })

  it('are numbers: exact if the type allows, else as stored', async () => {
    const fields = ['f', 'd', 'wide', 'u', 'bu', 't1', 't2', 'b', 'y', 'e', 's', 'tm', 'g']
    const served = Object.keys(db.catalogue.numbers?.fields ?? {})
    // MariaDB's json is a text.
    expect(served.filter((name) => name !== 'js').toSorted()).toEqual(['id', ...fields].toSorted())
    expect(await db.ask('numbers.list', { fields })).toEqual([
      [
        ...[1, 10.52, Number('1234567890123.4567'), Number('12345678901234567890.0123456789'), '4294967295'],
        ...['9223372036854775807', true, 2, true, 2024, 'b', 'x,y', '-12:34:56', 2],
      ],
      [2, ...Array.from({ length: 12 }, () => null), 4],
    ])
  })

  it('are dates: zero and empty ones are null, microseconds truncated to milliseconds, timestamps in UTC', async () => {
    const fields = ['opt', 'dt', 'ts', 'txt', 'num', 'words', 'mixed']
    expect(await db.ask('days.range', { fields })).toEqual([
      [
        'a',
        '2024-01-02',
        null,
        '2024-01-02 09:30:00.123',
        '2024-01-02 09:30:00',
        '2024-01-02',
        '2024-01-02',
        '2024-01-02 09:30:00',
        '20240102',
      ],
      ['b', '2024-01-03', null, null, null, null, null, '2024-01-03 09:30:00', '2024-01-03'],
      ['c', '2024-01-04', '2024-01-04', null, null, null, null, '2024-01-03 09:30:00', 'no date'],
    ])
    const types = Object.entries(db.catalogue.days?.fields ?? {}).map(([name, { type, dateFormat }]) => [
      name,
      type,
      dateFormat,
    ])
    expect(types).toContainEqual(['txt', 'date', 'YYYY-MM-DD'])
    expect(types).toContainEqual(['num', 'date', 'YYYYMMDD'])
    expect(types).toContainEqual(['words', 'datetime', 'YYYY-MM-DD HH:MM:SS'])
    expect(types).toContainEqual(['mixed', 'text', undefined])
  })

  it('are codes: case and trailing spaces count, whatever the collation', async () => {
    expect(await db.ask('codes.range', { symbols: ['abd'], fields: ['n'] })).toHaveLength(2)
    for (const symbols of [['ABD'], ['Abd', 'ABC']])
      expect(await db.ask('codes.range', { symbols, unknownSymbols: 'ignore', fields: ['n'] })).toEqual([])
    expect(await db.ask('same.range', { symbols: ['abc'], fields: ['n'] })).toEqual([['abc', '2024-01-05', 1]])
    expect(await db.ask('same.at', { date: '2024-01-04', symbols: ['abc'], fields: ['n'] })).toEqual([])
    expect(await db.ask('same.at', { date: '2024-01-04', symbols: ['ABC'], lookback: true, fields: ['n'] })).toEqual([
      ['ABC', '2024-01-04', 2],
    ])
  })

  it('are distinguished by latest even if a collation treats them as equal', async () => {
    expect(db.catalogue.same?.latest).toBe('scan')
    expect(db.catalogue.codes?.latest).toBeUndefined()
    const latest = await db.ask('same.latest', { fields: ['n'] })
    expect(latest.toSorted()).toEqual([
      ['ABC', '2024-01-04', 2],
      ['abc ', '2024-01-02', 4],
      ['abc', '2024-01-05', 1],
    ])
    expect(await db.ask('same.latest', { n: 2, symbols: ['ABC'], fields: ['n'] })).toEqual([
      ['ABC', '2024-01-03', 3],
      ['ABC', '2024-01-04', 2],
    ])
  })

  it('are still read through an index: of a code with any collation, of dates stored as text', async () => {
    await sql(
      store.address,
      'create table big (code varchar(10), day varchar(8), n int, key (code, day), key (day)) collate utf8mb4_general_ci',
      `insert into big with recursive n (i) as (select 0 union all select i + 1 from n where i < 999)
        select concat('c', n.i), date_format(date_add('2024-01-01', interval m.i day), '%Y%m%d'), 1 from n, n m where m.i < 20`,
      'analyze table big',
    )
    const { big } = await draftedCatalogue(store.address, ['big'])
    expect(big).toMatchObject({ symbol: 'code', date: 'day' })
    if (!big) return
    const plans: unknown[] = []
    const server = await start({ database: store.address, catalogue: { big }, port: 0, log: createLog('silent') })
    try {
      const { read } = server.engine
      const asked: Parameters<typeof read>[0][] = []
      server.engine.read = (query, signal) => {
        // The table is searched for dates in other formats before it is read.
        if (!query.long) asked.push(query)
        return read.call(server.engine, query, signal)
      }
      const one = await askJson(server.url, 'big.range', { symbols: ['c7'], start: '2024-01-03', end: '2024-01-05' })
      expect(one.items.map((row) => row[1])).toEqual(['2024-01-03', '2024-01-04', '2024-01-05'])
      const day = await askJson(server.url, 'big.at', { date: '2024-01-03' })
      expect(day.items).toHaveLength(1_000)
      for (const query of asked)
        plans.push(...(await server.engine.explain(query.sql, query.parameters, AbortSignal.timeout(10_000))))
    } finally {
      await server.close()
    }
    expect(plans).toMatchObject([{ key: expect.stringContaining('code') }, { key: expect.stringContaining('day') }])
    for (const plan of plans) expect(plan).toMatchObject({ type: expect.stringMatching(/^(range|ref)/) })
  })

  it('are refused if they do not fit the declaration', async () => {
    await sql(
      store.address,
      'create table wild (code varchar(5) primary key, n bigint unsigned)',
      "insert into wild values ('a', 18446744073709551615)",
    )
    const catalogue = await draftedCatalogue(store.address, ['wild'])
    const server = await start({ database: store.address, catalogue, port: 0, log: createLog('silent') })
    try {
      await expect(askJson(server.url, 'wild.list')).rejects.toThrow(
        'table wild, column n: got 18446744073709551615 in the row code = "a"; expected int64',
      )
    } finally {
      await server.close()
    }
  })
})

describe.each(everyEngine)('tables without a key in $engine', ({ open }) => {
  const isIndexed = indexedMakers.some((maker) => maker.open === open)
  let store: Store
  let db: Asked

  beforeAll(async () => {
    store = await open()
    db = await served(store, [
      'create table bars (code varchar(10), day varchar(8), n int)',
      `insert into bars values ('b', '20240103', 1), ('a', '20240102', 2), ('a', '20240103', 3), ('a', '20240103', 3), ('b', '20240101', 4),
        ('a', '20240101', 5)`,
      'create table holes (code varchar(10), day varchar(8), n int)',
      "insert into holes values ('a', '20240102', 1), ('a', null, 2), ('b', '', 3), (null, '20240103', 4)",
    ])
  })

  afterAll(async () => {
    await db?.server.close()
    await store?.drop()
  })

  const n = (items: readonly (readonly unknown[])[]) => items.map((row) => Number(row[2]))

  it('are answered in order if no key repeats, and refused if one does', async () => {
    expect(db.catalogue.bars).toMatchObject({ symbol: 'code', date: 'day', key: ['code', 'day'] })
    // DuckDB needs no index, so that none is missing.
    expect(db.catalogue.bars?.latest).toBe(isIndexed ? 'scan' : undefined)
    const repeated = /bars: its table bars has several rows of the key code a, day 2024-01-03;/
    await expect(db.ask('bars.range')).rejects.toThrow(repeated)
    await expect(db.ask('bars.at', { date: '2024-01-03' })).rejects.toThrow(repeated)
    await expect(db.ask('bars.latest')).rejects.toThrow(repeated)
    expect(n(await db.ask('bars.range', { limit: 3 }))).toEqual([5, 2, 3])
    expect(n(await db.ask('bars.at', { date: '2024-01-02', lookback: true }))).toEqual([2, 4])
    expect(n(await db.ask('bars.latest', { n: 2, symbols: ['b'] }))).toEqual([4, 1])
  })

  it('are refused if a row has no symbol or no date, and answered if the call excludes those rows', async () => {
    await expect(db.ask('holes.range')).rejects.toThrow(
      /table holes, column (code|day): got null in the row .*; the field is declared never null/,
    )
    expect(n(await db.ask('holes.range', { symbols: ['a'], start: '2024-01-01' }))).toEqual([1])
    expect(n(await db.ask('holes.at', { date: '2024-01-02' }))).toEqual([1])
  })
})

describe.each(mysqlMakers)('a table without a key, to which $engine adds one', ({ open }) => {
  it('has the key that its columns say, so that a file that was appended twice does not double its rows', async () => {
    const store = await open()
    const db = await served(store, [
      // As with sql_generate_invisible_primary_key, where tables of pandas get it.
      `create table bars (my_row_id bigint unsigned not null auto_increment invisible primary key, code varchar(12), day date, close double,
        key (code, day))`,
      "insert into bars (code, day, close) values ('600519.SH', '2024-01-02', 1), ('600519.SH', '2024-01-03', 2)",
    ])
    try {
      expect(db.catalogue.bars).toMatchObject({ key: ['code', 'day'], symbol: 'code', date: 'day' })
      expect(Object.keys(db.catalogue.bars?.fields ?? {})).toEqual(['code', 'day', 'close'])
      expect(await db.ask('bars.range')).toHaveLength(2)
      await sql(store.address, 'insert into bars (code, day, close) select code, day, close from bars')
      await expect(db.ask('bars.range', { limit: 5 })).rejects.toThrow(
        /several rows of the key code 600519.SH, day 2024-01-02/,
      )
    } finally {
      await db.server.close()
      await store.drop()
    }
  })
})

describe('values in SQLite that violate the type of their column', () => {
  it('are refused, or read as their own type', async () => {
    const store = await sqliteMaker.open()
    const db = await served(store, [
      'create table loose (code text collate nocase, day text, price float, whole int, flag boolean, at timestamp, data blob, kind)',
      "insert into loose values ('a', '2024-01-02', 1.5, 9007199254740993, 1, '2024-01-02 09:30:00.000000', x'00', 'k')",
      "insert into loose values ('A', '2024-01-03', 2, 2, 0, '2024-01-02 15:00:00.000000', x'00', 'k')",
      'create table late (code text, day text, price float, n int)',
      "insert into late values ('a', '2024-01-02', 1.5, 1)",
    ])
    try {
      expect(db.catalogue.loose).toMatchObject({ symbol: 'code', date: 'day' })
      const fields = ['price', 'whole', 'flag', 'at', 'kind']
      expect(await db.ask('loose.range', { symbols: ['a'], fields })).toEqual([
        ['a', '2024-01-02', 1.5, '9007199254740993', true, '2024-01-02 09:30:00', 'k'],
      ])
      expect(await db.ask('loose.latest', { fields: ['price'] })).toHaveLength(2)
      expect(db.catalogue.loose?.fields.data).toBeUndefined()
      // After the check of the table.
      const database = new DatabaseSync(store.address.slice('sqlite:'.length))
      database.exec("insert into late values ('b', '2024-01-02', 'suspended', 1), ('c', '2024-01-02', 1, 1.5)")
      const late = (symbols: string[]) => db.ask('late.range', { symbols })
      await expect(late(['b'])).rejects.toThrow(
        'table late, column price: got "suspended" in the row code = "b", day = "2024-01-02"; expected float64',
      )
      await expect(late(['c'])).rejects.toThrow('table late, column n: got 1.5 in the row code = "c"')
      database.exec("insert into late values ('d', 'soon', 1, 1)")
      database.close()
      // For every caller, even if a filter excludes it.
      await expect(late(['a'])).rejects.toThrow('table late, column day: got "soon" in the row')
    } finally {
      await db.server.close()
      await store.drop()
    }
  })
})
