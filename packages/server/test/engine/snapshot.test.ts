import { setTimeout as sleep } from 'node:timers/promises'
import { UnavailableError } from '@stockdb/client'
import { date, defineCatalogue, defineDataset, float64, symbol } from '@stockdb/contract'
import { StockdbError } from '@stockdb/contract/wire'
import { createLog, type Engine } from '@stockdb/server'
import { createConnection } from 'mysql2/promise'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { defaultBounds } from '../../src/bounds/settings.ts'
import type { ReadQuery, Snapshot } from '../../src/engine/engine.ts'
import { createMissingTables } from '../../src/engine/migration.ts'
import { openEngine } from '../../src/engine/open.ts'
import { withOwnTables } from '../../src/engine/own-tables.ts'
import { outcomeOf, withoutRequest } from '../support/failure.ts'
import { fillDaily } from '../support/fill-daily.ts'
import { watchAccount } from '../support/process-list.ts'
import { serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { everyEngine, mysqlMakers, type Store, sqliteMaker } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

const fields = {
  code: symbol.required('A code'),
  day: date.required('A day'),
  n: float64('A number'),
}
const keys = { key: ['code', 'day'], symbol: 'code', date: 'day' } as const
const rates = defineDataset({ name: 'rates', description: 'Factors', fields, ...keys })
const prices = defineDataset({
  name: 'prices',
  description: 'Prices',
  fields,
  ...keys,
  adjustment: { dataset: 'rates', factor: 'n', prices: ['n'] },
})
const catalogue = defineCatalogue({ prices, rates })

const AGE_MS = 300
const never = new AbortController().signal

/** Rows 0, 1, 2, … without a table. */
const numbers = (count: number, more: Partial<ReadQuery> = {}): ReadQuery => ({
  sql: `with recursive n (i) as (select 0 union all select i + 1 from n where i < 999)
    select a.i * 1000 + b.i as n from n a cross join n b where a.i < ${count / 1_000}`,
  parameters: [],
  columns: [{ name: 'n', type: 'int32', nullable: false }],
  ...more,
})
const total = (more: Partial<ReadQuery> = {}): ReadQuery => ({
  sql: 'select sum(n) as total from rates',
  parameters: [],
  columns: [{ name: 'total', type: 'float64', nullable: true }],
  ...more,
})

async function only(source: Pick<Engine, 'read'>, query: ReadQuery): Promise<unknown> {
  for await (const { batch } of source.read(query, never)) return batch.vectors[0]?.values[0]
  return undefined
}

const codeOf = async (failing: Promise<unknown>): Promise<string | undefined> => (await outcomeOf(failing)).error?.code

describe.each(everyEngine)('a snapshot of $engine', ({ open }) => {
  let store: Store
  let engine: Engine
  const write = (n: number): Promise<void> => writeRows(engine, rates, [['A', '2024-01-02', n]])
  /** Some work follows the last row: the connection is returned when the database has ended the transaction. */
  const givenBack = (): Promise<void> =>
    expect.poll(() => [engine.slots.inUse, engine.load().oldestSnapshotMs]).toEqual([0, 0])

  beforeEach(async () => {
    store = await open()
    engine = openEngine(store.address, createLog('silent'), { ...defaultBounds, connections: 2 })
    await createMissingTables(engine, catalogue, never)
    await write(1)
  })
  afterEach(async () => {
    await engine?.close()
    await store?.drop()
  })

  it.each([
    ['', {}],
    [' of long reads', { long: true }],
  ])('gives several reads%s one state, whatever is committed between them', async (_, more) => {
    const snapshot = await engine.snapshot([rates], never)
    expect(await only(snapshot, total(more))).toBe(1)
    await write(2)
    expect(await only(engine, total(more))).toBe(2)
    expect(await only(snapshot, total(more))).toBe(1)
    for await (const { batch } of snapshot.readLast(total(more), never)) expect(batch.vectors[0]?.values[0]).toBe(1)
    await givenBack()
    // The next snapshot on the same connection has another state.
    const next = await engine.snapshot([rates], never)
    expect(await only(next, total(more))).toBe(2)
    next.end()
    next.end()
    await givenBack()
  })

  it('ends when the last row has arrived, before it is consumed', async () => {
    const snapshot = await engine.snapshot([], never)
    // What follows the first batch is more than a socket hands over at once, so some of it is still to come.
    const batches = snapshot.readLast(numbers(100_000), never)[Symbol.asyncIterator]()
    expect((await batches.next()).value?.batch.numRows).toBe(16_384)
    expect(engine.load().oldestSnapshotMs).toBeGreaterThan(0)
    for (let full = 1; full < 6; full++) expect((await batches.next()).value).toMatchObject({ last: false })
    expect((await batches.next()).value).toMatchObject({ last: true, batch: { numRows: 100_000 - 6 * 16_384 } })
    await givenBack()
    expect((await batches.next()).done).toBe(true)
  })

  it.each<[string, (source: Engine) => Promise<unknown>]>([
    [
      'between two reads',
      async (on) => {
        const snapshot = await on.snapshot([rates], never)
        await only(snapshot, total())
        await sleep(AGE_MS + 100)
        return only(snapshot, total())
      },
    ],
    [
      'in the middle of the last read',
      async (on) => slowly((await on.snapshot([], never)).readLast(numbers(1e6), never)),
    ],
    ['in the middle of the only read', (on) => slowly(on.read(numbers(1e6), never))],
    ['in the middle of a long read', (on) => slowly(on.read(numbers(1e6, { long: true }), never))],
  ])('held too long by its reader, %s, expires with a retryable error', async (_, read) => {
    const hasty = openEngine(store.address, createLog('silent'), { ...defaultBounds, maxSnapshotAgeMs: AGE_MS })
    onTestFinished(() => hasty.close())
    const { error } = await outcomeOf(read(hasty))
    expect(error).toMatchObject({ code: 'SNAPSHOT_EXPIRED', retryable: true })
    expect(error?.message).toBe(
      `the database held a snapshot for this answer for more than ${AGE_MS} ms; read faster, or ask for less at once`,
    )
    expect([hasty.slots.inUse, hasty.load().oldestSnapshotMs]).toEqual([0, 0])
    expect(await only(hasty, total())).toBe(1)
  })

  it('is released when its caller leaves, during a read or between two', async () => {
    for (const reads of [0, 1]) {
      const caller = new AbortController()
      const snapshot = await engine.snapshot([rates], caller.signal)
      await only(snapshot, total())
      const batches = snapshot.readLast(numbers(1e6), caller.signal)[Symbol.asyncIterator]()
      for (let read = 0; read < reads; read++) await batches.next()
      caller.abort(new StockdbError('CANCELLED', 'left'))
      await givenBack()
      expect(await codeOf(batches.next())).toBe('CANCELLED')
    }
  })
})

/** Takes a batch, and pauses for longer than the snapshot age limit. */
async function slowly(batches: AsyncIterable<unknown>): Promise<number> {
  let count = 0
  for await (const _ of batches) if (count++ < 2) await sleep(AGE_MS + 700)
  return count
}

it('a client that reads too slowly gets an error, and metrics show the age of the snapshot', async () => {
  const store = await sqliteMaker.open()
  onTestFinished(() => store.drop())
  const { db, close } = await serve(store.address, { bounds: { maxSnapshotAgeMs: 2_000 } })
  onTestFinished(close)
  await fillDaily(store.address, 300, 1_000)
  let oldestMs: number | undefined
  const reading = async (): Promise<void> => {
    for await (const _ of db.daily.stream()) {
      if (oldestMs !== undefined) continue
      oldestMs = (await db.ops.stats()).oldestSnapshotMs
      await sleep(3_000)
    }
  }
  const { error } = await outcomeOf(reading())
  expect(error).toBeInstanceOf(UnavailableError)
  expect(error?.code).toBe('SNAPSHOT_EXPIRED')
  expect(oldestMs).toBeGreaterThan(0)
  expect((await db.ops.stats()).oldestSnapshotMs).toBe(0)
})

describe.each(mysqlMakers)('on $engine', ({ open, engine }) => {
  it('ALTER TABLE waits for a slow reader no longer than the snapshot age limit', async () => {
    const store = await open()
    onTestFinished(() => store.drop())
    const engine = openEngine(store.address, createLog('silent'), { ...defaultBounds, maxSnapshotAgeMs: AGE_MS })
    onTestFinished(() => engine.close())
    await createMissingTables(engine, catalogue, never)
    const { sql: rows } = numbers(400_000)
    await sql(store.address, `create table many as ${rows}`)
    const reader = slowly(engine.read({ ...numbers(1), sql: 'select n from many' }, never))
    const outcome = outcomeOf(reader)
    await sleep(100)
    const startedAt = performance.now()
    await sql(store.address, 'drop table many')
    expect(performance.now() - startedAt).toBeLessThan(AGE_MS + 2_000)
    expect((await outcome).error?.code).toBe('SNAPSHOT_EXPIRED')
  })

  it('answers of several reads are refused for a view with hidden tables, and those of one are not', async () => {
    const store = await open()
    const url = new URL(store.address)
    const [user, database] = [`viewer_${url.pathname.slice(-8)}`, url.pathname.slice(1)]
    onTestFinished(async () => {
      await sql(store.address, `drop user if exists ${user}`)
      await store.drop()
    })
    const owner = await serve(store.address, { catalogue })
    await writeRows(owner.server.engine, prices, [['A', '2024-01-02', 10]])
    await writeRows(owner.server.engine, rates, [['A', '2024-01-02', 2]])
    await owner.close()
    await sql(
      store.address,
      'rename table rates to old',
      'alter table old engine=MyISAM',
      'create view rates as select * from old',
      `create user ${user} identified by 'a-password'`,
      `grant select on ${database}.prices to ${user}`,
      `grant select on ${database}.rates to ${user}`,
    )
    Object.assign(url, { username: user, password: 'a-password' })
    const { db, close } = await serve(url.href, { catalogue, tables: false })
    onTestFinished(close)
    const adjusted = async (): Promise<unknown> => (await db.prices.range({ adjust: 'qfq' })).columns.n[0]
    const message = (): Promise<unknown> => adjusted().catch((error: Error) => error.message)
    expect(await message()).toMatch(
      /^cannot see which storage engine rates has, .*; expected an account with the rights "select, show view" on rates \(request /,
    )
    expect((await db.rates.range({})).numRows).toBe(1)
    await sql(store.address, `grant show view on ${database}.rates to ${user}`)
    await expect
      .poll(message, { timeout: 5_000 })
      .toMatch(/^cannot see which storage engine old, which the view rates reads, has, .* on rates and old \(request /)
    await sql(store.address, `grant select on ${database}.old to ${user}`)
    await expect.poll(message, { timeout: 5_000 }).toContain('has the storage engine MyISAM')
    await sql(store.address, 'alter table old engine=InnoDB')
    await expect.poll(() => adjusted().catch(() => undefined), { timeout: 5_000 }).toBe(10)
  })

  describe('that cannot hold its tables', () => {
    let store: Store
    let engine: Engine
    beforeEach(async () => {
      store = await open()
      engine = openEngine(store.address, createLog('silent'))
      await createMissingTables(engine, withOwnTables(catalogue), never)
      await writeRows(engine, rates, [['A', '2024-01-02', 1]])
    })
    afterEach(async () => {
      await engine?.close()
      await store?.drop()
    })

    it('fails with a retryable error if the database aborts the statement', async () => {
      const account = await watchAccount(store.address)
      const other = await createConnection(store.address)
      const watched = openEngine(account.address, createLog('silent'))
      try {
        // What the engine first looks at is known by now.
        ;(await watched.snapshot([rates, prices], never)).end()
        await other.query('lock tables prices write')
        const opened = outcomeOf(watched.snapshot([rates, prices], never))
        const holding = async (): Promise<number[]> => account.running(/limit 0/)
        await expect.poll(() => holding(), { timeout: 5_000 }).toHaveLength(1)
        await account.kill('query', (await holding())[0] as number)
        await other.query('unlock tables')
        const { result, error } = await opened
        result?.end()
        expect(error).toMatchObject({ code: 'DATABASE_INTERRUPTED', retryable: true })
        expect(watched.slots.inUse).toBe(0)
      } finally {
        await other.end()
        await watched.close()
        await account.close()
      }
    })

    it('because one of them is missing, holds the others and knows the number of the last write', async () => {
      await sql(store.address, 'drop table prices')
      await sql(store.address, 'insert into stockdb_sequence (id, last) values (1, 7)')
      const snapshot = await engine.snapshot([prices, rates], never)
      expect(snapshot.sequence).toBe(7)
      expect(await only(snapshot, total())).toBe(1)
      expect(await isAlteredDuring(300, 'alter table rates add column more int', snapshot)).toBe(false)
    })

    it('holds them without the right to read the number of the last write', async () => {
      const url = new URL(store.address)
      const [user, database] = [`holder_${url.pathname.slice(-8)}`, url.pathname.slice(1)]
      await sql(
        store.address,
        `create user ${user} identified by 'a-password'`,
        ...['prices', 'rates'].map((table) => `grant select on ${database}.${table} to ${user}`),
      )
      Object.assign(url, { username: user, password: 'a-password' })
      const limited = openEngine(url.href, createLog('silent'))
      try {
        // The second time it is known.
        for (const time of [1, 2]) {
          const snapshot = await limited.snapshot([prices, rates], never)
          expect(snapshot.sequence).toBeUndefined()
          expect(await isAlteredDuring(300, `alter table rates add column more${time} int`, snapshot)).toBe(false)
        }
      } finally {
        await limited.close()
        await sql(store.address, `drop user ${user}`)
      }
    })

    /** Whether a table is altered within a time, in which a snapshot is open. */
    async function isAlteredDuring(ms: number, statement: string, snapshot: Snapshot): Promise<boolean> {
      let isAltered = false
      const altering = sql(store.address, statement).then(() => {
        isAltered = true
      })
      await sleep(ms)
      const early = isAltered
      snapshot.end()
      await altering
      return early
    }
  })

  // The servers share them.
  const index = mysqlMakers.findIndex((maker) => maker.engine === engine)
  it.each(['MyISAM', 'MEMORY'].filter((_, at) => at % mysqlMakers.length === index))(
    'answers of several reads are refused for tables of %s, and those of one are not',
    async (kind) => {
      const store = await open()
      onTestFinished(() => store.drop())
      const { server, db, close } = await serve(store.address, { catalogue })
      onTestFinished(close)
      await writeRows(server.engine, prices, [['A', '2024-01-02', 10]])
      await writeRows(server.engine, rates, [['A', '2024-01-02', 2]])
      const adjusted = async (): Promise<unknown> => (await db.prices.range({ adjust: 'qfq' })).columns.n[0]
      const problem = (table: string, through = ''): string =>
        `the table ${table}${through} has the storage engine ${kind}, which does not support transactions: this answer needs several reads, and other writes could happen between them; expected InnoDB: alter table ${table} engine=InnoDB`
      expect(await adjusted()).toBe(10)

      await sql(store.address, `alter table rates engine=${kind}`)
      await expect
        .poll(() => adjusted().catch((error: Error) => error.message), { timeout: 5_000 })
        .toContain(problem('rates'))
      expect(await codeOf(adjusted())).toBe('SCHEMA_MISMATCH')
      expect([...(await db.prices.range({ adjust: 'hfq' })).columns.n]).toEqual([20])
      expect((await db.meta.datasets()).map(({ name, coverage }) => [name, coverage?.rows])).toEqual([
        ['prices', 1],
        ['rates', 1],
      ])

      await sql(store.address, 'rename table rates to old', 'create view rates as select * from old o where n > 0')
      await expect
        .poll(() => adjusted().catch((error: Error) => withoutRequest(error.message)), { timeout: 5_000 })
        .toBe(problem('old', ', which the view rates reads,'))

      await sql(store.address, 'alter table old engine=InnoDB')
      await expect.poll(() => adjusted().catch(() => undefined), { timeout: 5_000 }).toBe(10)
    },
  )
})
