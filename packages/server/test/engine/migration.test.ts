import { DatabaseSync } from 'node:sqlite'
import { connect } from '@stockdb/client'
import { defineCatalogue, tushare } from '@stockdb/contract'
import { createLog, type Engine, openEngine, start } from '@stockdb/server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createMissingTables, planMigration } from '../../src/engine/migration.ts'
import { withOwnTables } from '../../src/engine/own-tables.ts'
import { describeDifference } from '../../src/engine/schema.ts'
import { byEngine } from '../support/engines.ts'
import { outcomeOf, withoutRequest } from '../support/failure.ts'
import { runProgram } from '../support/program.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, mysqlMakers, type Store, type StoreMaker, sqliteMaker } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

const never = new AbortController().signal
const onlyDaily = defineCatalogue({ adj_factor: tushare.adj_factor, daily: tushare.daily })

async function openTogether(maker: StoreMaker): Promise<{ store: Store; engine: Engine }> {
  const store = await maker.open()
  onTestFinished(() => store.drop())
  const engine = openEngine(store.address, createLog('silent'))
  onTestFinished(() => engine.close())
  return { store, engine }
}

/** The differences of `daily` from its declaration, as printed. */
async function differences(engine: Engine): Promise<string[]> {
  const [, step] = await planMigration(engine, onlyDaily, never)
  return (step?.differences ?? []).map(describeDifference)
}

describe.each(enginesOfRun)('migrating $engine', (maker) => {
  it('creates missing tables, and then has nothing to do', async () => {
    const { engine } = await openTogether(maker)
    const kinds = async () => (await planMigration(engine, tushare, never)).map(({ kind }) => kind)
    expect(new Set(await kinds())).toEqual(new Set(['create']))
    expect(await createMissingTables(engine, tushare, never)).toHaveLength(Object.keys(tushare).length)
    expect(new Set(await kinds())).toEqual(new Set(['none']))
    expect(await createMissingTables(engine, tushare, never)).toEqual([])
  })

  it('marks its tables, including those of older versions; a recreated table has no mark', async () => {
    const { engine, store } = await openTogether(maker)
    await createMissingTables(engine, onlyDaily, never)
    const made = async () => (await engine.describe('daily', never))?.made
    expect(await made()).toBe(true)
    const unmark = byEngine(store.address, {
      mysql: "alter table daily comment = 'it''s \\\\ mine'",
      sqlite: 'drop index daily_made_by_stockdb',
      duckdb: "comment on table daily is 'it''s mine'",
    })
    await engine.define([unmark], never)
    expect(await made()).toBe(false)
    const [, step] = await planMigration(engine, onlyDaily, never)
    expect([step?.kind, step?.statements.length]).toEqual(['none', 1])
    await engine.define(step?.statements ?? [], never)
    expect(await made()).toBe(true)
    expect((await planMigration(engine, onlyDaily, never))[1]?.statements).toEqual([])
    await engine.define(['drop table daily', 'create table daily (ts_code varchar(9))'], never)
    const [, unmarked] = await planMigration(engine, onlyDaily, never)
    expect([unmarked?.kind, unmarked?.statements]).toEqual(['unmarked', []])
    expect((await planMigration(engine, onlyDaily, never, new Set(['daily'])))[1]?.kind).toBe('alter')
  })

  it('clusters by symbol and date, and indexes the date', async () => {
    const { engine } = await openTogether(maker)
    await createMissingTables(engine, tushare, never)
    const shape = await engine.describe('daily', never)
    expect(shape?.key).toEqual(['ts_code', 'trade_date'])
    expect(engine.dialect.scans || shape?.indexes.some(([first]) => first === 'trade_date')).toBe(true)
    expect(shape?.columns.map(({ name }) => name)).toEqual(Object.keys(tushare.daily.fields))
    expect((await engine.describe('stock_basic', never))?.key).toEqual(['ts_code'])
  })

  it('has a command that reports changes, made or planned', { timeout: 60_000 }, async () => {
    const store = await maker.open()
    onTestFinished(() => store.drop())
    const migrate = (...more: string[]) => runProgram(['migrate', '--database', store.address, ...more])
    // A dry run creates no file.
    await sql(store.address, 'select 1')
    const dry = await migrate('--dry-run')
    expect(dry.stdout).toMatch(/^daily: missing, would be created\n {2}would run: create table \S*daily/im)
    expect((await migrate()).stdout).toContain('daily: created\n')
    const { code, stdout, stderr } = await migrate()
    expect(stdout).toBe(
      Object.keys(withOwnTables(tushare))
        .map((name) => `${name}: as declared\n`)
        .join(''),
    )
    expect([code, stderr]).toEqual([0, ''])
  })

  it('has a dry run that prints the statements which create the tables', { timeout: 60_000 }, async () => {
    const store = await maker.open()
    onTestFinished(() => store.drop())
    await sql(store.address, 'select 1')
    const dry = await runProgram(['migrate', '--database', store.address, '--dry-run'])
    const statements = [...dry.stdout.matchAll(/^ {2}would run: (.*)$/gm)].map(([, statement = '']) => statement)
    await sql(store.address, ...statements)
    const { stdout } = await runProgram(['migrate', '--database', store.address])
    expect(stdout).toBe(
      Object.keys(withOwnTables(tushare))
        .map((name) => `${name}: as declared\n`)
        .join(''),
    )
  })
})

describe.each(mysqlMakers)('migrating $engine', (maker) => {
  it('gives every field its declared type, codes in ASCII, texts by their bytes', async () => {
    const { store, engine } = await openTogether(maker)
    await createMissingTables(engine, tushare, never)
    const rows = await sql(
      store.address,
      `select column_name, data_type, is_nullable, collation_name, column_key from information_schema.columns
        where table_schema = database() and table_name in ('daily', 'stock_basic') order by table_name, ordinal_position`,
    )
    const columns = new Map(rows.map(([name, ...rest]) => [name, rest]))
    expect(columns.get('ts_code')).toEqual(['varchar', 'NO', 'ascii_bin', 'PRI'])
    expect(columns.get('trade_date')).toEqual(['date', 'NO', null, 'PRI'])
    expect(columns.get('close')).toEqual(['double', 'YES', null, ''])
    expect(columns.get('name')).toEqual(['varchar', 'YES', 'utf8mb4_bin', ''])
    const [[engineName]] = (await sql(
      store.address,
      "select engine from information_schema.tables where table_schema = database() and table_name = 'daily'",
    )) as [[string]]
    expect(engineName).toBe('InnoDB')
  })

  it('reports an existing table field by field, alters it only on request, and keeps its other columns', async () => {
    const { store, engine } = await openTogether(maker)
    await sql(
      store.address,
      `create table daily (
        ts_code varchar(16) character set utf8mb4 collate utf8mb4_general_ci not null, trade_date varchar(8) not null, open float,
        high decimal(10, 2), low double, close double, \`change\` double, pct_chg double, vol bigint, amount double, my_note varchar(20))`,
      "insert into daily values ('000001.SZ', '20240102', 9.5, 9.75, 9.25, 9.5, -0.25, -1.5, 1158366, 1075742.25, 'kept')",
    )
    expect(await differences(engine)).toEqual([
      'ts_code: found varchar(16) not null, declared varchar(32) character set ascii collate ascii_bin not null',
      'ts_code: found collation utf8mb4_general_ci, declared collation ascii_bin',
      'trade_date: found varchar(8) not null, declared date not null',
      'open: found float, declared double',
      expect.stringMatching(/^high: found decimal\(10,2\), declared double$/),
      'pre_close: found no such column, declared double',
      expect.stringMatching(/^vol: found bigint(\(20\))?, declared double$/),
      'found no primary key, declared primary key (ts_code, trade_date)',
      'trade_date: found no index, declared an index',
    ])

    const server = await start({ database: store.address, catalogue: onlyDaily, port: 0, log: createLog('silent') })
    onTestFinished(() => server.close())
    const db = await connect(server.url, { retries: 0 })
    const { error } = await outcomeOf(db.daily.range())
    expect(error?.code).toBe('SCHEMA_MISMATCH')
    expect(error?.message).toMatch(/trade_date: found varchar\(8\) not null, declared date not null/)
    expect(error?.message).toMatch(/pre_close: found no such column, declared double/)
    expect(error?.message).not.toMatch(/open:/)
    const info = (await db.meta.datasets()).find(({ name }) => name === 'daily')
    expect([info?.coverage, info?.problem]).toEqual([null, withoutRequest(error?.message ?? '')])

    const unmarked =
      /daily: differs, but was not created by stockdb, left unchanged; --adopt daily alters it\n {2}ts_code: found/
    for (const more of [[], ['--apply']]) {
      expect((await runProgram(['migrate', '--database', store.address, ...more])).stdout).toMatch(unmarked)
      expect(await sql(store.address, 'select trade_date from daily')).toEqual([['20240102']])
    }
    const left = await runProgram(['migrate', '--database', store.address, '--adopt', 'daily'])
    expect(left.stdout).toMatch(/daily: differs, left unchanged\n {2}ts_code: found/)
    expect(left.stdout).toMatch(/would run: alter table `daily` modify column/)
    expect(await sql(store.address, 'select trade_date from daily')).toEqual([['20240102']])

    const applied = await runProgram(['migrate', '--database', store.address, '--apply', '--adopt', 'daily'])
    expect(applied.stderr).toBe('')
    expect(applied.stdout).toMatch(/daily: altered\n/)
    expect(await differences(engine)).toEqual([])
    expect(await sql(store.address, 'select my_note from daily')).toEqual([['kept']])
    // A reported mismatch is cached for a second.
    await expect
      .poll(() => outcomeOf(db.daily.range()).then(({ result }) => result?.rows()), { timeout: 5_000 })
      .toEqual([
        {
          ts_code: '000001.SZ',
          trade_date: '2024-01-02',
          ...{ open: 9.5, high: 9.75, low: 9.25, close: 9.5, pre_close: Number.NaN },
          ...{ change: -0.25, pct_chg: -1.5, vol: 1_158_366, amount: 1_075_742.25 },
        },
      ])
  })

  it('leaves a table unchanged if a value does not fit its declaration', async () => {
    const { store } = await openTogether(maker)
    await sql(
      store.address,
      'create table adj_factor (ts_code varchar(32) not null, trade_date varchar(10) not null, adj_factor double)',
      "insert into adj_factor values ('000001.SZ', '20240102', 1), ('000001.SZ', 'yesterday', 1)",
    )
    const { code, stderr } = await runProgram([
      'migrate',
      '--database',
      store.address,
      '--apply',
      '--adopt',
      'adj_factor',
    ])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^stockdb: /)
    expect(await sql(store.address, 'select trade_date from adj_factor order by trade_date')).toEqual([
      ['20240102'],
      ['yesterday'],
    ])
  })
})

describe('migrating SQLite', () => {
  async function openForeign(...statements: string[]): Promise<{ store: Store; engine: Engine; file: DatabaseSync }> {
    const store = await sqliteMaker.open()
    onTestFinished(() => store.drop())
    const file = new DatabaseSync(store.address.slice('sqlite:'.length))
    onTestFinished(() => file.close())
    for (const statement of statements) file.exec(statement)
    const engine = openEngine(store.address, createLog('silent'))
    onTestFinished(() => engine.close())
    return { store, engine, file }
  }

  it('creates strict tables clustered by their key', async () => {
    const { engine, file } = await openForeign()
    await createMissingTables(engine, tushare, never)
    const { strict, wr } = file.prepare("select strict, wr from pragma_table_list('daily')").get() as {
      strict: number
      wr: number
    }
    expect([strict, wr]).toEqual([1, 1])
  })

  it('reports an existing table field by field, and alters it on request', async () => {
    const { store, engine, file } = await openForeign(
      'create table daily (ts_code text, trade_date integer, open real, high real, low real, close real, change real, pct_chg real, vol integer, amount real, my_note text)',
      "insert into daily values ('000001.SZ', '2024-01-02', 1, 2, 3, 4.5, 5, 6, 7, 8, 'mine')",
    )
    expect(await differences(engine)).toEqual(
      [
        'ts_code: found TEXT, declared TEXT not null',
        'trade_date: found INTEGER, declared TEXT not null',
        'open: found REAL, declared ANY',
        'high: found REAL, declared ANY',
        'low: found REAL, declared ANY',
        'close: found REAL, declared ANY',
        'pre_close: found no such column, declared ANY',
        'change: found REAL, declared ANY',
        'pct_chg: found REAL, declared ANY',
        'vol: found INTEGER, declared ANY',
        'amount: found REAL, declared ANY',
        'found no primary key, declared primary key (ts_code, trade_date)',
        'trade_date: found no index, declared an index',
      ].map((text) =>
        expect.stringMatching(
          new RegExp(
            `^${text.replace(/[()]/g, '\\$&').replace('found TEXT, declared TEXT not null', 'found .*')}$`,
            'i',
          ),
        ),
      ),
    )
    const server = await start({ database: store.address, catalogue: onlyDaily, port: 0, log: createLog('silent') })
    onTestFinished(() => server.close())
    const { error } = await outcomeOf((await connect(server.url, { retries: 0 })).daily.range())
    expect(error?.message).toMatch(/trade_date: found integer, declared TEXT not null/i)

    const { stdout, stderr } = await runProgram(['migrate', '--database', store.address, '--apply', '--adopt', 'daily'])
    expect([stdout, stderr]).toEqual([expect.stringContaining('daily: altered\n'), ''])
    expect(await differences(engine)).toEqual([])
    expect(
      file
        .prepare('select trade_date, close, my_note from daily')
        .all()
        .map((row) => ({ ...row })),
      // Undeclared columns are kept.
    ).toEqual([{ trade_date: '2024-01-02', close: 4.5, my_note: 'mine' }])
  })

  it.each(['20240102', '2024/01/02', 'yesterday', '2024-01-02 15:00'])(
    'invariant 8: the text %s in a date column is an error, never another date or null',
    async (text) => {
      const { store } = await openForeign(
        'create table daily (ts_code text not null, trade_date text not null, close real)',
        `insert into daily values ('000001.SZ', '${text}', 1)`,
        'create table stock_basic (ts_code text not null primary key, list_date text)',
        `insert into stock_basic values ('000001.SZ', '${text}')`,
      )
      const { daily, stock_basic } = tushare
      const { ts_code, trade_date, close } = daily.fields
      const few = defineCatalogue({
        daily: {
          name: 'daily',
          description: '',
          fields: { ts_code, trade_date, close },
          key: daily.key,
          symbol: 'ts_code',
          date: 'trade_date',
        },
        stock_basic: {
          name: 'stock_basic',
          description: '',
          fields: { ts_code, list_date: stock_basic.fields.list_date },
          key: stock_basic.key,
          symbol: 'ts_code',
        },
      } as const)
      const server = await start({ database: store.address, catalogue: few, port: 0, log: createLog('silent') })
      onTestFinished(() => server.close())
      const db = await connect<typeof few>(server.url, { retries: 0 })
      expect((await outcomeOf(db.daily.range())).error?.code).toBe('SCHEMA_MISMATCH')
      expect((await outcomeOf(db.stock_basic.list())).error?.code).toBe('SCHEMA_MISMATCH')
    },
  )

  it('sees writes of another process at once', async () => {
    const { engine, file } = await openForeign()
    await createMissingTables(engine, tushare, never)
    await writeRows(engine, tushare.adj_factor, [['A', '2024-01-02', 1]])
    expect(file.prepare('select count(*) as n from adj_factor').get()).toMatchObject({ n: 1 })
  })
})
