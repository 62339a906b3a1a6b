import { setTimeout as sleep } from 'node:timers/promises'
import { date, defineCatalogue, defineDataset, float64, symbol } from '@stockdb/contract'
import { createDatabase } from '@stockdb/testing/database'
import { type PrivateServer, startPrivateServer } from '@stockdb/testing/private-server'
import { createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { mysqlMakers, type Store } from '../support/stores.ts'

/** The time within which a write by another program is noticed. */
const NOTICED_MS = 1_000
/** So many rows that a search takes longer than calls wait for. */
const THOUSANDS = 100

const bars = {
  managed: false,
  latest: 'scan',
  description: 'Bars with dates as text',
  fields: {
    code: symbol.required('Code'),
    day: date.required('Date', { dateFormat: 'YYYY-MM-DD' }),
    close: float64('Close'),
  },
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
} as const
const catalogue = defineCatalogue({
  big: defineDataset({ ...bars, name: 'big', writable: true }),
  indexed: defineDataset({ ...bars, name: 'indexed' }),
  seen: defineDataset({ ...bars, name: 'seen', table: 'seen_through' }),
  plain: defineDataset({ ...bars, name: 'plain', fields: { ...bars.fields, day: date.required('Date') } }),
})

const columns = 'code varchar(12) not null, day varchar(30) not null, close double'
const big = [
  `create table big (${columns}, primary key (code, day))`,
  `insert into big with recursive n (i) as (select 0 union all select i + 1 from n where i < 999)
    select lpad(a.i, 6, '0'), date_format('2020-01-01' + interval b.i day, '%Y-%m-%d'), b.i
    from n a cross join n b where a.i < ${THOUSANDS}`,
]
const small = [
  `create table indexed (${columns}, primary key (code, day))`,
  'create index indexed_day on indexed (day)',
  "insert into indexed values ('a', '2024-01-02', 1), ('a', '2024-01-03', 2)",
  `create table behind (${columns}, primary key (code, day))`,
  'create view seen_through as select * from behind',
  "insert into behind values ('a', '2024-01-02', 1), ('a', '2024-01-03', 2)",
  'create table plain (code varchar(12) not null, day date not null, close double, primary key (code, day))',
  "insert into plain values ('a', '2024-01-02', 1)",
]

/** Another program writes a date that is not in the declared format. */
const write = (address: string, table: string) =>
  sql(address, `insert into ${table} values ('bad', '2024-01-04 00:00:00', 3)`)

interface Server {
  readonly engine: string
  readonly open: () => Promise<Store>
  /** Whether it tells of all commits, and which of them were stockdb's. */
  readonly tells: boolean
}

const LOGGING = 'MariaDB with a log'
let logging: PrivateServer
const servers: Server[] = [
  ...mysqlMakers.map(({ engine, open }) => ({ engine, open, tells: engine.startsWith('MySQL') })),
  {
    engine: LOGGING,
    open: async () => {
      const { url, drop } = await createDatabase(logging.url)
      return { address: url, drop }
    },
    tells: true,
  },
]
beforeAll(async () => {
  logging = await startPrivateServer(['--log-bin=log', '--server-id=1'])
}, 120_000)
afterAll(() => logging.stop())

describe.each(servers)(
  'dates that another program writes into a text column, on $engine',
  ({ engine, open, tells }) => {
    const served = async (tables: readonly string[]) => {
      const store = await open()
      await sql(store.address, ...tables)
      const { db, server, close } = await serve(store.address, { catalogue })
      onTestFinished(async () => {
        await close()
        await store.drop()
      })
      return { db, engine: server.engine, address: store.address }
    }
    type Db = Awaited<ReturnType<typeof served>>['db']
    const asked = { symbols: ['a'], start: '2024-01-02', end: '2024-01-02' } as const
    const outcome = (answer: Promise<{ readonly meta: { readonly formatChecked?: false } }>) =>
      answer.then(({ meta }) => meta.formatChecked, String)
    const refusal = (table: string) =>
      `table ${table}, column day: got "2024-01-04 00:00:00" in the row code = "bad", day = "2024-01-04 00:00:00"; expected a date as YYYY-MM-DD`
    const questions: Readonly<
      Record<string, (db: Db) => Promise<{ readonly meta: { readonly formatChecked?: false } }>>
    > = {
      range: (db) => db.big.range({ symbols: ['000001'], start: '2021-01-04', end: '2021-01-05' }),
      at: (db) => db.big.at({ date: '2021-01-04', symbols: ['000001'] }),
      latest: (db) => db.big.latest({ symbols: ['000001'], end: '2021-01-04' }),
      screen: (db) => db.screen({ symbols: ['000001'], date: '2021-01-04', fields: ['big.close'] }),
      query: (db) => db.frame(db.query.selectFrom('big').select('close').where('day', '=', '2021-01-04')),
      sql: (db) => db.sql("select close from big where day = '2021-01-04'"),
    }

    it('are in a big table without an index noticed within a second, and named after the next search', async () => {
      const { db, address } = await served([...small, ...big])
      const ask = (name: string) => outcome((questions[name] as (typeof questions)[string])(db))
      await expect.poll(() => ask('range'), { timeout: 20_000 }).toBeUndefined()
      for (const name of Object.keys(questions)) expect([name, await ask(name)]).toEqual([name, undefined])
      await write(address, 'big')
      await sleep(NOTICED_MS)
      for (const name of Object.keys(questions)) {
        const answer = await ask(name)
        if (answer !== false) expect([name, answer]).toEqual([name, expect.stringContaining(refusal('big'))])
      }
      await expect.poll(() => ask('range'), { timeout: 200_000 }).toContain(refusal('big'))
      for (const name of Object.keys(questions).filter((name) => name !== 'sql'))
        expect([name, await ask(name)]).toEqual([name, expect.stringContaining(refusal('big'))])
      // A statement may not need the column, so it is answered with a warning.
      expect(await ask('sql')).toBe(false)
    }, 240_000)

    it('are in an indexed column found a second later, and no longer after they are gone', async () => {
      const { db, address } = await served(small)
      expect(await outcome(db.indexed.range(asked))).toBeUndefined()
      await write(address, 'indexed')
      await sleep(NOTICED_MS)
      const ask = () => outcome(db.indexed.range(asked))
      // The search is awaited, unless the machine is so busy that it takes long.
      expect(await ask()).not.toBeUndefined()
      await expect.poll(ask, { timeout: 30_000 }).toContain(refusal('indexed'))
      await sql(address, "delete from indexed where code = 'bad'")
      await expect.poll(ask, { timeout: 30_000 }).toBeUndefined()
    })

    it('are noticed when they are committed, and not when they are written', async () => {
      const { db, address } = await served([...small, ...big])
      const ask = () => outcome((questions.range as (typeof questions)[string])(db))
      await expect.poll(ask, { timeout: 20_000 }).toBeUndefined()
      // Without a log, MariaDB does not tell two transactions apart that began within the same second.
      if (!tells) await sleep(NOTICED_MS)
      const writer = await createConnection(address)
      onTestFinished(() => writer.end())
      await writer.query('begin')
      await writer.query("insert into big values ('bad', '2024-01-04 00:00:00', 3)")
      // Longer than the whole seconds in which a database counts.
      for (const until = performance.now() + 4_000; performance.now() < until; await sleep(200)) await ask()
      await expect.poll(ask, { timeout: 60_000 }).toBeUndefined()
      await writer.query('commit')
      await sleep(NOTICED_MS)
      expect(await ask()).not.toBeUndefined()
    }, 120_000)

    it('are in a view found at the latest after a few seconds', async () => {
      const { db, address } = await served(small)
      expect(await outcome(db.seen.range(asked))).toBeUndefined()
      await write(address, 'behind')
      if (tells) {
        await sleep(NOTICED_MS)
        expect(await outcome(db.seen.range(asked))).not.toBeUndefined()
      }
      await expect.poll(() => outcome(db.seen.range(asked)), { timeout: 10_000 }).toContain(refusal('seen_through'))
    })

    // For a minute after a write, its log is all that MariaDB tells.
    if (engine !== LOGGING)
      it('are not suspected because of writes to other tables', async () => {
        const { db, address } = await served([...small, ...big])
        const ask = () => outcome((questions.range as (typeof questions)[string])(db))
        // Until two seconds after the last write to the table itself.
        for (const until = performance.now() + 3_000; performance.now() < until; await sleep(200)) await ask()
        await expect.poll(ask, { timeout: 20_000 }).toBeUndefined()
        for (let close = 1; close < 5; close++) {
          await sql(address, `update plain set close = ${close + 1}`)
          await sleep(NOTICED_MS / 2)
          expect(await ask()).toBeUndefined()
        }
      }, 60_000)

    // Commits of other tests on a shared server, to whatever database, are rightly suspected.
    if (engine === LOGGING)
      it('are not suspected because of rows that stockdb checked', async () => {
        const { db } = await served([...small, ...big])
        const ask = () => outcome((questions.range as (typeof questions)[string])(db))
        await expect.poll(ask, { timeout: 20_000 }).toBeUndefined()
        for (let close = 1; close < 5; close++) {
          await db.big.upsert([{ code: '000001', day: '2021-01-04', close }])
          expect(await ask()).toBeUndefined()
          await sleep(NOTICED_MS / 2)
          expect(await ask()).toBeUndefined()
        }
      }, 60_000)

    if (tells)
      it('are told from rows that stockdb wrote', async () => {
        const { db, engine } = await served([...small, ...big.slice(0, 1)])
        let close = 0
        // Others may commit on the same server meanwhile: between some two marks, nobody does.
        const written = async () => {
          const before = await engine.commitMark(new AbortController().signal)
          await db.big.upsert([{ code: '000001', day: '2021-01-04', close: close++ }])
          return (await engine.commitMark(new AbortController().signal, before)).written?.map(({ dataset }) => dataset)
        }
        await expect.poll(written, { timeout: 20_000 }).toEqual(['big'])
      })

    it('are looked for once a second, and not for tables without text dates', async () => {
      const { db, engine } = await served(small)
      const { plain, indexed } = db
      await plain.range(asked)
      await indexed.range(asked)
      const [versions, marks] = [vi.spyOn(engine, 'tableVersion'), vi.spyOn(engine, 'commitMark')]
      for (let call = 0; call < 50; call++) await plain.range(asked)
      expect(versions).not.toHaveBeenCalled()
      const start = performance.now()
      for (let call = 0; call < 50; call++) await indexed.range(asked)
      expect(versions.mock.calls.length + marks.mock.calls.length).toBeLessThanOrEqual(
        2 + 2 * Math.ceil((performance.now() - start) / NOTICED_MS),
      )
    })
  },
)
