import { date, defineDataset, float64, symbol } from '@stockdb/contract'
import { createLog } from '@stockdb/server'
import { expect, describe as group, it, onTestFinished, vi } from 'vitest'
import { TableGuard } from '../../src/engine/table-guard.ts'
import { serve } from '../support/serve.ts'
import { enginesOfRun } from '../support/stores.ts'

const never = new AbortController().signal

const bars = defineDataset({
  name: 'bars',
  managed: false,
  description: 'Bars in an existing table',
  fields: {
    code: symbol.required('Code'),
    day: date.required('Date'),
    close: float64('Close'),
  },
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
})

group.each(enginesOfRun)('a guard of tables on $engine', (maker) => {
  const open = async () => {
    const store = await maker.open()
    const served = await serve(store.address, { catalogue: { bars } })
    onTestFinished(async () => {
      await served.close()
      await store.drop()
    })
    const { engine } = served.server
    return { ...served, engine, guard: new TableGuard(engine, createLog('silent')) }
  }

  it.each([
    ['primary key (code, day)', true],
    ['primary key (day, code)', true],
    ['unique (code, day)', true],
    ['unique (code, day, close)', false],
    ['check (close > 0)', false],
  ])('detects whether the database enforces the key: %s', async (constraint, enforced) => {
    const { engine, guard } = await open()
    await engine.define(
      [`create table bars (code varchar(32) not null, day date not null, close double, ${constraint})`],
      never,
    )
    expect(guard.enforcesKey(bars)).toBeUndefined()
    await guard.check(bars)
    expect(guard.enforcesKey(bars)).toBe(enforced)
  })

  const replaced = (columns: string, values: string) => [
    'drop table bars',
    `create table bars (${columns})`,
    `insert into bars values (${values})`,
  ]
  const made = [
    'create table bars (code varchar(32) not null, day date not null, close double precision, primary key (code, day))',
    "insert into bars values ('a', '2024-01-02', 1)",
  ]

  it('says of a view that was dropped that it may be restored, on the first error and on the next', async () => {
    const { db, engine } = await open()
    const [table = '', ...rest] = made.map((statement) => statement.replace(/ bars /, ' behind '))
    await engine.define([table, ...rest, 'create view bars as select * from behind'], never)
    const ask = () => db.bars.range({ symbols: ['a'], start: '2024-01-02' })
    expect((await ask()).numRows).toBe(1)
    await engine.define(['drop view bars'], never)
    for (let call = 1; call <= 3; call++)
      await expect(ask()).rejects.toThrow(/the database has no table bars( any more)?; restore it, or/)
  })
  const asked = { symbols: ['a'], start: '2024-01-01', end: '2024-01-31' }

  it.each([
    [
      'a text in another format',
      'code varchar(32), day text, close double precision',
      "'a', '20240102', 1",
      /bars.*day.*date/,
    ],
    ['a whole number', 'code varchar(32), day int, close double precision', "'a', 20240102, 1", /bars.*day.*date/],
    ['a table without the column', 'code varchar(32), close double precision', "'a', 1", /day/],
  ])('refuses dates that became %s while served', async (_what, columns, values, message) => {
    const { engine, db } = await open()
    await engine.define(made, never)
    const rows = async (frame: Promise<{ readonly numRows: number }>) => (await frame).numRows
    const questions = [
      () => rows(db.bars.range(asked)),
      () => rows(db.bars.at({ date: '2024-01-02' })),
      () => rows(db.bars.latest({ n: 2, end: '2024-01-31' })),
      async () => (await db.query.selectFrom('bars').selectAll().where('day', '>=', '2024-01-01').execute()).length,
    ]
    for (const question of questions) expect(await question()).toBe(1)
    await engine.define(replaced(columns, values), never)
    for (const question of questions) {
      // SQLite reports the change first, and the next call what is wrong.
      const errors = [await question().catch(String), await question().catch(String)]
      expect(errors.at(-1)).toMatch(message)
    }
  })

  it('serves a table again once it is as declared, and never too few rows meanwhile', async () => {
    const { engine, db } = await open()
    await engine.define(made, never)
    expect((await db.bars.range(asked)).numRows).toBe(1)
    await engine.define(['drop table bars'], never)
    await expect(db.bars.range(asked)).rejects.toThrow(/bars/)
    await engine.define(made, never)
    await expect.poll(() => db.bars.range(asked).then((frame) => frame.numRows), { timeout: 3_000 }).toBe(1)
  })

  it('checks again when a key is dropped', async () => {
    const { engine, db, guard } = await open()
    await engine.define(made, never)
    await guard.check(bars)
    await db.bars.range(asked)
    expect(guard.enforcesKey(bars)).toBe(true)
    await engine.define(
      replaced('code varchar(32) not null, day date not null, close double precision', "'a', '2024-01-02', 1"),
      never,
    )
    // Either the check before the read finds it, or the reader does.
    const outcome = await db.bars.range(asked).catch((error: { code: string }) => error.code)
    if (engine.kind === 'mysql') expect(outcome).toBe('DATABASE_INTERRUPTED')
    await guard.check(bars)
    expect(guard.enforcesKey(bars)).toBe(false)
    expect((await db.bars.range(asked)).numRows).toBe(1)
  })

  it('looks at a table soon after a write, and not after each of many', async () => {
    const { engine, guard } = await open()
    await engine.define(made, never)
    await guard.check(bars)
    const looks = vi.spyOn(engine, 'describe')
    for (let n = 0; n < 20; n++) {
      const transaction = await engine.begin(never)
      await transaction.upsert(bars, ['code', 'day', 'close'], [['a', '2024-01-02', n]])
      await transaction.commit()
      await guard.check(bars)
    }
    expect(looks.mock.calls.length).toBeLessThan(5)
    const before = looks.mock.calls.length
    await expect
      .poll(
        async () => {
          await guard.check(bars)
          return looks.mock.calls.length
        },
        { timeout: 3_000 },
      )
      .toBeGreaterThan(before)
  })
})
