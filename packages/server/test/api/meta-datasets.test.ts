import { date, defineCatalogue, defineDataset, float64, symbol } from '@stockdb/contract'
import { withConnection } from '@stockdb/testing/ask-server'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { LockWait } from '../../src/engine/lock-wait.ts'
import { serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, mysqlMakers, type StoreMaker, sqliteMaker } from '../support/stores.ts'

const never = new AbortController().signal

const foreign = <const Name extends string>(name: Name) =>
  defineDataset({
    name,
    managed: false,
    latest: 'scan',
    description: 'An existing table',
    fields: {
      code: symbol.required('Code'),
      day: date.required('Date', { dateFormat: 'YYYYMMDD' }),
      close: float64('Close'),
    },
    key: ['code', 'day'],
    symbol: 'code',
    date: 'day',
  })
const catalogue = defineCatalogue({ good: foreign('good'), bad: foreign('bad'), gone: foreign('gone') })
const columns = '(code varchar(10), day varchar(20), close double precision)'

async function open(maker: StoreMaker) {
  const store = await maker.open()
  const served = await serve(store.address, { catalogue, bounds: { statementTimeoutMs: 1_000 } })
  onTestFinished(async () => {
    await served.close()
    await store.drop()
  })
  await served.server.engine.define(
    [
      ...['good', 'bad', 'gone'].map((name) => `create table ${name} ${columns}`),
      ...['good', 'bad', 'gone'].map((name) => `insert into ${name} values ('a', '20240102', 1)`),
    ],
    never,
  )
  const problems = async () =>
    Object.fromEntries(
      (await served.db.meta.datasets()).map(({ name, problem, coverage }) => [name, problem ?? coverage?.rows]),
    )
  return { store, ...served, problems }
}

describe.each(enginesOfRun)('meta.datasets on $engine', (maker) => {
  it('reports what is wrong with each dataset, and the coverage of the others', async () => {
    const { server, db, problems } = await open(maker)
    expect(await problems()).toEqual({ good: 1, bad: 1, gone: 1 })
    await server.engine.define(
      ["insert into bad values ('x', 'nan', 2)", 'drop table gone', 'alter table good add note int'],
      never,
    )
    const told = {
      good: 1,
      bad: 'table bad, column day: got "nan" in the row code = "x", day = "nan"; expected a date as YYYYMMDD',
      gone: 'the database has no table gone; restore it, or declare what there is: "stockdb introspect" writes how',
    }
    await expect.poll(problems, { timeout: 5_000 }).toEqual(told)
    expect((await db.good.range()).numRows).toBe(1)
    await expect(db.bad.range({ symbols: ['a'] })).rejects.toThrow(told.bad)
    await server.engine.define(["delete from bad where day = 'nan'"], never)
    await expect.poll(problems, { timeout: 5_000 }).toMatchObject({ good: 1, bad: 1 })
  })
})

describe.each(mysqlMakers)('tables without rights on $engine', (maker) => {
  it('are named with advice, and the others answer', async () => {
    const { store } = await open(maker)
    const url = new URL(store.address)
    const [user, database] = [`limited_${url.pathname.slice(-8)}`, url.pathname.slice(1)]
    await sql(
      store.address,
      `create user ${user} identified by 'a-password'`,
      ...['good', 'bad'].map((table) => `grant select on ${database}.${table} to ${user}`),
    )
    Object.assign(url, { username: user, password: 'a-password' })
    const { db, close } = await serve(url.href, { catalogue, tables: false })
    try {
      const problems = async () =>
        Object.fromEntries(
          (await db.meta.datasets()).map(({ name, problem, coverage }) => [name, problem ?? coverage?.rows]),
        )
      const gone =
        'table gone: the database account may not read it, or it is missing; "stockdb grants" prints the rights it needs'
      expect(await problems()).toEqual({ good: 1, bad: 1, gone })
      await sql(store.address, `revoke select on ${database}.bad from ${user}`)
      await expect(db.bad.range({ symbols: ['a'] })).rejects.toThrow(
        /^table bad: the database account .*stockdb grants/,
      )
      expect(await problems()).toEqual({
        good: 1,
        bad: expect.stringMatching(/^table bad: the database account .*stockdb grants/),
        gone,
      })
      expect((await db.good.range()).numRows).toBe(1)
    } finally {
      await close()
      await sql(store.address, `drop user ${user}`)
    }
  })
})

describe.each(mysqlMakers)('a table that another session locks on $engine', (maker) => {
  it('blocks neither the report on others nor their answers', async () => {
    const { store, db, problems } = await open(maker)
    expect(await problems()).toMatchObject({ good: 1 })
    await withConnection(store.address, 10_000, async (connection) => {
      await connection.query('lock tables bad write')
      expect(await problems()).toEqual({ good: 1, bad: expect.stringMatching(/^table bad: .* 1000 ms/), gone: 1 })
      expect((await db.good.range()).numRows).toBe(1)
    })
  })
})

it('a table whose lock the database does not wait for long enough is the problem of its dataset alone', async () => {
  const { server, problems } = await open(sqliteMaker)
  const { engine } = server
  const { snapshot, read } = engine
  vi.spyOn(engine, 'snapshot').mockImplementation((datasets, signal) =>
    datasets.some(({ name }) => name === 'bad')
      ? Promise.reject(new LockWait(undefined))
      : snapshot.call(engine, datasets, signal),
  )
  vi.spyOn(engine, 'read').mockImplementation((query, signal) => {
    if (query.sql.includes('"bad"')) throw new LockWait(undefined)
    return read.call(engine, query, signal)
  })
  expect(await problems()).toEqual({
    good: 1,
    bad: expect.stringMatching(/^table bad: another session held a lock/),
    gone: 1,
  })
})
