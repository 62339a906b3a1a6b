import { setTimeout as sleep } from 'node:timers/promises'
import { date, defineCatalogue, defineDataset, float64, symbol, text, tushare } from '@stockdb/contract'
import { createLog, openEngine, type ReadBatch } from '@stockdb/server'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { openMysqlIntrospector } from '../../src/engine/mysql/introspector.ts'
import { leftAlone, pinned } from '../../src/engine/mysql/session.ts'
import { importFile } from '../../src/ingest/import-file.ts'
import { fileOf } from '../support/bar-file.ts'
import { type MeddlingProxy, meddle } from '../support/meddling-proxy.ts'
import { watchAccount } from '../support/process-list.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { mysqlMakers, type Store } from '../support/stores.ts'

const stocks = defineDataset({
  name: 'stocks',
  description: 'Stocks with names',
  fields: {
    code: symbol.required('A code'),
    day: date.required('A day'),
    name: text('A name', { length: 32 }),
    price: float64('A price'),
  },
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
})
const catalogue = defineCatalogue({ stocks, adj_factor: tushare.adj_factor })

/** The worst session settings that a server's options and `init_connect` can cause. */
const WORST = [
  'set names gbk',
  `set session autocommit = 0, sql_select_limit = 5, max_join_size = 1, sql_auto_is_null = 1, completion_type = 'CHAIN',
    sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE', time_zone = '+08:00',
    timestamp = 86400, group_concat_max_len = 4, div_precision_increment = 0, foreign_key_checks = 0, unique_checks = 0,
    max_sort_length = 64, lc_time_names = 'zh_CN', default_week_format = 3, sql_safe_updates = 1, wait_timeout = 30,
    lock_wait_timeout = 31536000, innodb_lock_wait_timeout = 1000000
    /*!80013 , max_execution_time = 1, windowing_use_high_precision = 0 */
    /*M!100502 , max_statement_time = 0.001, check_constraint_checks = 0, max_recursive_iterations = 1, sql_if_exists = 1,
      system_versioning_asof = '2000-01-01 00:00:00', default_regex_flags = 'EXTENDED', old_mode = 'ZERO_DATE_TIME_CAST',
      idle_transaction_timeout = 1, idle_readonly_transaction_timeout = 1, idle_write_transaction_timeout = 1 */`,
  'set session transaction isolation level read uncommitted',
  'set session transaction read only',
  'start transaction',
]

it.each(inject('mysqlServers').map((server, index) => [inject('mysqlServerNames')[index], server]))(
  'every session variable of %s is set, or exempt for a reason',
  async (_, server) => {
    const [[version]] = (await sql(server, 'select version()')) as [[string]]
    const rows = version.includes('MariaDB')
      ? "select lower(variable_name) from information_schema.system_variables where variable_scope like 'SESSION%'"
      : "select variable_name from performance_schema.variables_metadata where variable_scope like '%SESSION%'"
    const looked = new Set([...Object.keys(pinned), ...Object.values(leftAlone).join(' ').trim().split(/\s+/)])
    expect((await sql(server, rows)).map(([name]) => name).filter((name) => !looked.has(String(name)))).toEqual([])
  },
)

async function collect(batches: AsyncIterable<ReadBatch>): Promise<number> {
  let rows = 0
  for await (const { batch } of batches) rows += batch.numRows
  return rows
}

describe.each(mysqlMakers)('sessions of $engine', ({ open }) => {
  let store: Store
  let proxy: MeddlingProxy
  let served: Served<typeof catalogue>
  beforeAll(async () => {
    store = await open()
    proxy = await meddle(store.address, { atLogin: WORST })
    served = await serve(proxy.address, { catalogue })
  })
  afterAll(async () => {
    await served?.close()
    await proxy?.close()
    await store?.drop()
  })

  const load = (content: string): Promise<number> => {
    const signal = new AbortController().signal
    const options = { dataset: stocks, ignoreUnknown: false, signal, onProgress: () => {} }
    return importFile(served.server.engine, fileOf(content), options).then(({ rows }) => rows)
  }
  const prices = async (code: string): Promise<readonly number[]> => [
    ...(await served.db.stocks.range({ symbols: [code], unknownSymbols: 'ignore', fields: ['price'] })).columns.price,
  ]

  it("names are stored and found unchanged if the server's character set is another", async () => {
    await load('code,day,name,price\nNAMES,2024-01-02,平安银行,1\nNAMES,2024-01-03,万科Ａ,2\n')
    const stored = await sql(store.address, "select hex(name) from stocks where code = 'NAMES' order by day")
    expect(stored.flat()).toEqual(['平安银行', '万科Ａ'].map((name) => Buffer.from(name).toString('hex').toUpperCase()))
    const found = served.db.query.selectFrom('stocks').select('name').where('name', '=', '万科Ａ')
    expect(await found.execute()).toEqual([{ name: '万科Ａ' }])
    const asked = await served.db.sql("select name, price from stocks where name = '平安银行'")
    expect(asked.columns.name).toEqual(['平安银行'])
  })

  it("answers have all rows, whatever the server's limits", async () => {
    const lines = Array.from({ length: 28 }, (_, day) => `MANY,2024-02-${String(day + 1).padStart(2, '0')},n,${day}`)
    await load(['code,day,name,price', ...lines, ''].join('\n'))
    expect(await prices('MANY')).toHaveLength(28)
    expect((await served.db.sql("select price from stocks where code = 'MANY'")).numRows).toBe(28)
  })

  it('answers are current, and do not block ALTER TABLE', async () => {
    await load('code,day,name,price\nNOW,2024-01-02,n,1\n')
    expect(await prices('NOW')).toEqual([1])
    await sql(store.address, "update stocks set price = 2 where code = 'NOW'")
    expect(await prices('NOW')).toEqual([2])
    await sql(store.address, 'set lock_wait_timeout = 3', 'alter table stocks add index by_price (price)')
    expect(await prices('NOW')).toEqual([2])
  })

  it('an unfinished import is not visible', async () => {
    const signal = new AbortController().signal
    const engine = openEngine(store.address, createLog('silent'))
    const import_ = await engine.begin(signal)
    await import_.upsert(stocks, ['code', 'day', 'price'], [['HALF', '2024-01-02', 1]])
    expect(await prices('HALF')).toEqual([])
    await import_.rollback()
    await engine.close()
  })

  it('a pause between two statements does not end a transaction', async () => {
    const { signal } = new AbortController()
    const write = await served.server.engine.begin(signal)
    const snapshot = await served.server.engine.snapshot([stocks], signal)
    const one = {
      sql: 'select 1 as one',
      parameters: [],
      columns: [{ name: 'one', type: 'int32', nullable: false }],
    } as const
    const read = () => collect(snapshot.read(one, signal))
    expect(await read()).toBe(1)
    await sleep(2_000)
    expect(await read()).toBe(1)
    expect((await write.run({ sql: 'select 1', parameters: [] })).rows).toEqual([[1]])
    snapshot.end()
    await write.rollback()
  })

  it('a write does not wait for a lock for days', async () => {
    const write = await served.server.engine.begin(new AbortController().signal)
    const sql = 'select @@lock_wait_timeout, @@innodb_lock_wait_timeout'
    expect((await write.run({ sql, parameters: [] })).rows).toEqual([[50, 50]])
    await write.rollback()
  })

  it.each([
    ["select 1 / 3 as n from stocks where code = 'NAMES' limit 1", 0.3333],
    ["select length(group_concat(code)) as n from stocks where code = 'MANY'", 28 * 5 - 1],
    ["select 'a' || 'b' = 1 as n from stocks where code = 'NAMES' limit 1", 0],
    ["select year(now()) - 2020 > 0 as n from stocks where code = 'NAMES' limit 1", 1],
    ["select dayname('2024-01-02') = 'Tuesday' as n from stocks where code = 'NAMES' limit 1", 1],
    ["select week('2024-01-07') as n from stocks where code = 'NAMES' limit 1", 1],
    ['select count(*) as n from stocks where price is null', 0],
  ])('sql.run is not affected by the settings: %s', async (statement, expected) => {
    const { columns } = await served.db.sql(statement)
    expect(Number(columns.n?.[0])).toBe(expected)
  })

  it('introspection sees the whole table', async () => {
    const database = openMysqlIntrospector(proxy.address)
    try {
      const rows = await database.kysely.selectFrom('stocks').select('name').where('code', '=', 'MANY').execute()
      expect(rows).toHaveLength(28)
      expect((await database.describe('stocks'))?.columns).toHaveLength(4)
    } finally {
      await database.close()
    }
  })

  it('a connection that ignores the settings is not used, and the error names the setting', async () => {
    const careless = await meddle(store.address, {
      rewrite: (statement) => statement.replace(/sql_select_limit = \d+/, 'sql_select_limit = 1000'),
    })
    const engine = openEngine(careless.address, createLog('silent'))
    const database = openMysqlIntrospector(careless.address)
    try {
      const refusal = { code: 'DATABASE_UNAVAILABLE', message: expect.stringMatching(/sql_select_limit at "1000"/) }
      const signal = new AbortController().signal
      await expect(engine.ping(signal)).rejects.toMatchObject(refusal)
      await expect(engine.begin(signal)).rejects.toMatchObject(refusal)
      await expect(engine.describe('stocks', signal)).rejects.toMatchObject(refusal)
      await expect(database.describe('stocks')).rejects.toMatchObject(refusal)
    } finally {
      await engine.close()
      await database.close()
      await careless.close()
    }
  })

  it('a query is killed although the disk of the database has no room for a table of processes', async () => {
    const watcher = await watchAccount(store.address)
    const full = "signal sqlstate 'HY000' set mysql_errno = 1021, message_text = 'Disk full'"
    const proxy = await meddle(watcher.address, {
      rewrite: (statement) => (statement.includes('information_schema.processlist') ? full : statement),
    })
    const engine = openEngine(proxy.address, createLog('silent'))
    try {
      const columns = [{ name: 'late', type: 'int32', nullable: false }] as const
      const left = new AbortController()
      const reading = collect(engine.read({ sql: 'select sleep(30) as late', parameters: [], columns }, left.signal))
      await expect.poll(() => watcher.running(/sleep/)).toHaveLength(1)
      left.abort(new Error('the caller left'))
      await expect(reading).rejects.toThrow()
      // By itself the database looks for its caller every five seconds.
      expect(await watcher.msUntilIdle(5_000)).toBeLessThan(2_500)
    } finally {
      await engine.close()
      await proxy.close()
      await watcher.close()
    }
  })

  it('a connection that is killed between two statements of a transaction was interrupted', async () => {
    const engine = openEngine(store.address, createLog('silent'))
    try {
      const { signal } = new AbortController()
      const kill = (id: unknown) => sql(store.address, `kill ${String(id)}`)
      const interrupted = { code: 'DATABASE_INTERRUPTED', retryable: true }
      const write = await engine.begin(signal)
      const whose = { sql: 'select connection_id() as id', parameters: [] }
      await kill((await write.run(whose)).rows[0]?.[0])
      const snapshot = await engine.snapshot([stocks], signal)
      const columns = [{ name: 'id', type: 'int64', nullable: false }] as const
      for await (const { batch } of snapshot.read({ ...whose, columns }, signal))
        await kill(batch.vectors[0]?.values[0])
      await sleep(200)
      await expect(write.run(whose)).rejects.toMatchObject(interrupted)
      await expect(collect(snapshot.read({ ...whose, columns }, signal))).rejects.toMatchObject(interrupted)
      await write.rollback()
      snapshot.end()
    } finally {
      await engine.close()
    }
  })
})
