import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, ForbiddenError, QueryRefusedError, TimeoutError, TooManyRowsError } from '@stockdb/client'
import type { Tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeToken } from '../../src/access/token.ts'
import { changeTokens } from '../../src/access/token-file.ts'
import { bySqlEngine, engineOf } from '../support/engines.ts'
import type { Served } from '../support/serve.ts'
import { type Store, sqlMakers } from '../support/stores.ts'
import { runOn, serveMarket } from './market.ts'

/** Keeps any engine busy for minutes. */
const ENDLESS =
  'with recursive n (i) as (select 1 union all select i + 1 from n where i < 900) select count(*) from n a, n b, n c, n d'

describe.each(sqlMakers)('db.sql on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>

  beforeAll(async () => {
    store = await open()
    const bounds = { sqlTimeoutMs: 3_000, maxSqlRows: 1_000, maxSqlBytes: 2 ** 17, sqlConnections: 2 }
    served = await serveMarket(store, { bounds })
    const { kinds, end, most } = bySqlEngine(store.address, {
      mysql: {
        kinds:
          'b bigint, u bigint unsigned, i int, t tinyint, x decimal(10, 4), f double, d date, m datetime(3), s varchar(20), k time, y year, j json, r blob, g bit(4)',
        end: ' default charset utf8mb4',
        most: '18446744073709551615',
      },
      sqlite: {
        kinds:
          'b integer, u integer, i integer, t integer, x real, f real, d text, m text, s text, k text, y integer, j text, r blob, g integer',
        end: '',
        most: '9223372036854775807',
      },
    })
    await runOn(
      store,
      `create table kinds (${kinds})${end}`,
      `insert into kinds values (-9223372036854775808, ${most}, 2147483647, -1, 12.3456, 0.1, '2024-01-02', '2024-01-02 09:30:00.250', '贵州', '09:30:00', 2024, '{"a": 1}', x'ff', 5)`,
      'insert into kinds values (null, null, null, null, null, null, null, null, null, null, null, null, null, null)',
    )
  }, 60_000)
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it('takes a bigint as the number that it is', async () => {
    const { db } = served
    const first = async (text: string, value: bigint): Promise<number> =>
      Number([...(await db.sql<{ a: number }>(text, [value])).rows()][0]?.a)
    expect(await first('select ? > 10 as a', 5n)).toBe(0)
    expect(await first('select -1 - ? as a', -5n)).toBe(4)
    expect(await first('select count(*) as a from kinds where b + 0 < ?', -(2n ** 63n) + 1n)).toBe(1)
    expect(await first('select count(*) as a from kinds where b = ?', -(2n ** 63n))).toBe(1)
    expect((await db.sql('select b from kinds order by b limit ?', [1])).numRows).toBe(1)
    await expect(db.sql('select ? as a', [2n ** 63n])).rejects.toThrow(
      /params\[0\].*: got "9223372036854775808"; expected a whole number of 64 bits/,
    )
  })

  it('returns a frame of typed columns', async () => {
    const frame = await served.db.sql<{ ts_code: string; trade_date: string; close: number }>(
      'select ts_code, trade_date, close from daily where ts_code = ? and close >= ? order by trade_date limit ?',
      ['600519.SH', 1_685, 2],
    )
    expect(frame.numRows).toBe(2)
    expect(frame.columns.close).toEqual(Float64Array.of(1_685, 1_685.25))
    expect(frame.columns.trade_date).toEqual(['2024-01-02', '2024-01-03'])
    expect(frame.columns.ts_code).toEqual(['600519.SH', '600519.SH'])
    expect(frame.meta).toMatchObject({ dataset: 'sql', rows: 2, complete: true })
    expect(frame.pivot('close').symbols).toEqual(['600519.SH'])
  })

  it('maps every column type, and returns null as null', async () => {
    const { columns } = await served.db.sql('select b, u, i, t, x, f, d, m, s, k, y, j, g from kinds order by i desc')
    expect(columns).toMatchObject({
      b: [-(2n ** 63n), null],
      u: bySqlEngine<unknown[]>(store.address, {
        mysql: ['18446744073709551615', null],
        sqlite: [2n ** 63n - 1n, null],
      }),
      i: Float64Array.of(2_147_483_647, Number.NaN),
      t: Float64Array.of(-1, Number.NaN),
      x: Float64Array.of(12.3456, Number.NaN),
      f: Float64Array.of(0.1, Number.NaN),
      d: ['2024-01-02', null],
      m: ['2024-01-02 09:30:00.250', null],
      s: ['贵州', null],
      k: ['09:30:00', null],
      y: Float64Array.of(2024, Number.NaN),
      j: ['{"a": 1}', null],
      g: Float64Array.of(5, Number.NaN),
    })
  })

  it('refuses bytes, but returns their hex', async () => {
    await expect(served.db.sql('select r from kinds')).rejects.toThrow('the column r')
    const { columns } = await served.db.sql('select hex(r) as h from kinds where r is not null')
    expect(columns.h).toEqual(['FF'])
  })

  it('returns columns with equal and unusual names without losing any', async () => {
    const { columns } = await served.db.sql(
      "select 1 as a, 2 as a, 3 as a_2, 4 as `__proto__`, 5 as `constructor`, 6 as `');x//`",
    )
    expect(Object.entries(columns).map(([name, values]) => [name, Number(values[0])])).toEqual([
      ['a', 1],
      ['a_3', 2],
      ['a_2', 3],
      ['column_4', 4],
      ['constructor', 5],
      ["');x//", 6],
    ])
  })

  it('returns empty columns if there are no rows', async () => {
    const frame = await served.db.sql('select ts_code, close from daily where 1 = 0')
    expect([frame.numRows, Object.keys(frame.columns)]).toEqual([0, ['ts_code', 'close']])
  })

  it('binds parameters literally', async () => {
    const odd = `'; drop table daily -- \\' \0 \n 贵州 " \``
    const { columns } = await served.db.sql('select ? as t, ? as n, ? as e', [odd, 1.5, null])
    expect([columns.t?.[0], columns.n?.[0], columns.e?.[0] ?? null]).toEqual([odd, 1.5, null])
    await expect(served.db.sql('select ?', [])).rejects.toThrow('got 0; expected 1, one for each "?"')
    await expect(served.db.sql('select 1', [1])).rejects.toThrow('got 1; expected 0, one for each "?"')
  })

  it('kills a statement at its time limit, or when its caller leaves, and continues to serve', async () => {
    const startedAt = performance.now()
    await expect(served.db.sql(ENDLESS)).rejects.toThrow(TimeoutError)
    expect(performance.now() - startedAt).toBeLessThan(20_000)
    const controller = new AbortController()
    const left = served.db.sql(ENDLESS, [], { signal: controller.signal })
    setTimeout(() => controller.abort(), 300)
    await expect(left).rejects.toThrow()
    // Both places are free again, though each statement would run for minutes.
    await Promise.all([1, 2, 3].map(() => served.db.sql('select 1')))
    const load = await served.db.daily.at({ date: '2024-01-02' })
    expect(load.numRows).toBe(2)
  }, 60_000)

  it('refuses answers with too many rows or bytes, without returning any', async () => {
    const rows = 'select a.close from daily a, daily b, daily c'
    await expect(served.db.sql(rows)).rejects.toThrow(TooManyRowsError)
    await expect(served.db.sql(rows)).rejects.toThrow('more than 1000 rows')
    const long = 'x'.repeat(10_000)
    await expect(served.db.sql('select ? as t from daily a, daily b', [long])).rejects.toThrow('more than 131072 bytes')
  })

  it("reports the database's message, and nothing about the server", async () => {
    const refusal = await served.db.sql('select nothing from daily').catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(QueryRefusedError)
    expect(String(refusal)).toContain('nothing')
    await expect(served.db.sql('select * from no_such_table')).rejects.toThrow(QueryRefusedError)
    await expect(served.db.sql('select sleep(1)')).rejects.toThrow('the function sleep')
    await expect(served.db.sql('delete from daily')).rejects.toThrow('starts with "delete"; expected one SELECT')
  })

  it('describes what is wrong with an expression', async () => {
    const refused = (statement: string) =>
      served.db.sql(statement).then(
        ({ columns }) => Object.values(columns)[0]?.[0],
        (error: unknown) => {
          expect(error, statement).toBeInstanceOf(QueryRefusedError)
          expect(String(error), statement).not.toMatch(/error \d+|stockdb_test/)
          return 'refused'
        },
      )
    expect(await refused('select abs(-9223372036854775808)')).toBe('refused')
    expect(await refused('select ntile(0) over () from daily')).toBe('refused')
    expect(await refused('select (select close, open from daily limit 1)')).toBe('refused')
    expect(await refused('select no_such_table.close from daily')).toBe('refused')
    expect(await refused("select json_extract('{}', 'bad')")).toBeOneOf(['refused', null])
    if (engineOf(store.address) !== 'mysql') return
    for (const statement of [
      'select 9223372036854775807 + 1',
      'select sum(exp(close)) from daily',
      'select pow(-8, 0.5)',
      'select 1e309',
      'select (select close from daily)',
      "select date '2024-02-30'",
      "select 'a' regexp '('",
      'select sum(close) over w from daily',
      'select julianday(trade_date) from daily',
      "select cast('9' as decimal(99, 99))",
    ]) {
      expect(await refused(statement), statement).toBe('refused')
    }
    // Null or refused, never another day.
    expect(await refused("select str_to_date('2024-02-30', '%Y-%m-%d')")).toBeOneOf(['refused', null])
  })

  it('refuses statements that take long to parse, or have too many columns', async () => {
    const many = Array.from({ length: 5_000 }, () => 'close').join(', ')
    await expect(served.db.sql(`select ${many} from daily`)).rejects.toThrow(
      /5000 columns; an answer has at most 1000|SQLite|too many/,
    )
    await expect(served.db.sql(`${'select 1 union '.repeat(4_000)}select 1`)).rejects.toThrow(QueryRefusedError)
    const few = Array.from({ length: 500 }, () => 'close').join(', ')
    const { columns } = await served.db.sql(`select ${few} from daily`)
    expect(Object.keys(columns)).toHaveLength(500)
  }, 60_000)

  it('never puts a statement into a URL', async () => {
    const asked: (string | undefined)[] = []
    const proxy = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`)
      response.writeHead(request.method === 'POST' ? 500 : 200, { 'content-type': 'application/json' })
      fetch(`${served.server.url}${request.url}`)
        .then((answer) => answer.text())
        .then((text) => response.end(text))
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const { port } = proxy.address() as { port: number }
    const db = await connect(`http://127.0.0.1:${port}`, { retries: 0 })
    await expect(db.sql('select 1')).rejects.toThrow()
    proxy.close()
    proxy.closeAllConnections()
    expect(asked.at(-1)).toBe('POST /trpc/sql.run')
  })
})

describe.each(sqlMakers)('a token for some datasets, on $engine', ({ open }) => {
  let store: Store
  let folder: string
  let served: Served<Tushare>

  beforeAll(async () => {
    store = await open()
    folder = await mkdtemp(join(tmpdir(), 'stockdb-test-'))
    const tokens = join(folder, 'tokens.json')
    const all = makeToken({ name: 'all', scopes: ['read', 'sql'] }, new Date())
    const some = makeToken({ name: 'some', scopes: ['read', 'sql'], datasets: ['daily'] }, new Date())
    const none = makeToken({ name: 'none', scopes: ['read'] }, new Date())
    await changeTokens(tokens, () => [all.token, some.token, none.token])
    served = await serveMarket(store, { tokens, token: all.secret })
    secrets = { some: some.secret, none: none.secret }
  }, 60_000)
  let secrets: { readonly some: string; readonly none: string }
  afterAll(async () => {
    await served?.close()
    await store?.drop()
    await rm(folder, { recursive: true, force: true })
  })

  it('reads their tables and no others, however they are named', async () => {
    const db = await connect(served.server.url, { token: secrets.some, retries: 0 })
    expect((await db.sql('select * from daily')).numRows).toBe(12)
    expect((await db.sql('with adj_factor as (select * from daily) select * from adj_factor')).numRows).toBe(12)
    for (const statement of [
      'select * from adj_factor',
      'select * from ADJ_FACTOR',
      'select * from `adj_factor`',
      'select * from `行情`',
      'select * from daily, adj_factor',
      'select * from daily d join (select * from adj_factor) a on 1 = 1',
      'select (select max(adj_factor) from adj_factor) from daily',
      'select * from daily where exists (select * from adj_factor)',
      'select close from daily union select adj_factor from adj_factor',
      'with x as (select * from adj_factor) select * from x',
      'with adj_factor as (select * from adj_factor) select * from adj_factor',
      'with x as (select * from adj_factor), adj_factor as (select 1) select * from x',
      'select * from (with adj_factor as (select 1) select * from adj_factor) as t, adj_factor',
      'select * from daily order by (select max(adj_factor) from adj_factor)',
      'select count(*) over (order by (select 1 from adj_factor limit 1)) from daily',
      'select case when exists (select 1 from adj_factor) then 1 end from daily',
    ]) {
      await expect(db.sql(statement), statement).rejects.toThrow(ForbiddenError)
    }
  })

  it('waits for no connection that another token keeps busy', async () => {
    const { url } = served.server
    const [busy, other] = [await connect(url, { token: secrets.some, retries: 0 }), served.db]
    const leave = new AbortController()
    const running = Array.from({ length: 4 }, () => busy.sql(ENDLESS, [], { signal: leave.signal }).catch(() => {}))
    await sleep(300)
    expect((await other.sql('select 1 as one', [], { timeoutMs: 5_000 })).numRows).toBe(1)
    leave.abort()
    await Promise.all(running)
  })

  it('cannot run statements without the scope sql', async () => {
    const db = await connect(served.server.url, { token: secrets.none, retries: 0 })
    await expect(db.sql('select 1')).rejects.toThrow('requires scope "sql"')
  })
})
