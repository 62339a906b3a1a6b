import { connect } from '@stockdb/client'
import { tushare } from '@stockdb/contract'
import { StockdbError } from '@stockdb/contract/wire'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Semaphore } from '../../src/bounds/semaphore.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { WriteGroups } from '../../src/write/write-groups.ts'
import { meddle } from '../support/meddling-proxy.ts'
import { serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { mysqlMakers, sqliteMaker } from '../support/stores.ts'

const catalogue = { adj_factor: tushare.adj_factor }

it('invariant 2: callers who leave while their commit is lost are told once, and the server goes on', async () => {
  const store = await sqliteMaker.open()
  onTestFinished(() => store.drop())
  const { server, close } = await serve(store.address, { catalogue })
  onTestFinished(close)
  const abort = new AbortController()
  const { engine } = server
  const losing: Pick<Engine, 'begin' | 'dialect'> = {
    dialect: engine.dialect,
    begin: async (signal) => {
      const transaction = await engine.begin(signal)
      return {
        ...transaction,
        commit: async () => {
          abort.abort(new StockdbError('CANCELLED', 'the caller disconnected'))
          throw new StockdbError('WRITE_OUTCOME_UNKNOWN', 'the connection was lost during the commit')
        },
      }
    },
  }
  const slots = new Semaphore({ limit: 1, queueLength: 10, queueWaitMs: 10_000, queueBurstMs: 1_000, what: 'a place' })
  const groups = new WriteGroups(losing as Engine, slots)
  const write = () =>
    groups.run({
      key: undefined,
      rows: 1,
      signal: abort.signal,
      write: async () => ({
        key: undefined,
        digest: '',
        triggers: [],
        record: {
          dataset: tushare.adj_factor,
          span: { start: undefined, end: undefined, symbols: undefined },
          ...{ inserted: 1, changed: 0, unchanged: 0, deleted: 0, by: 'test', at: new Date() },
        },
      }),
      alone: () => Promise.reject(new Error('the group was not given up')),
    })
  const outcomes = await Promise.allSettled([write(), write(), write()])
  // An unhandled rejection would fail the test, as it would end the server.
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'WRITE_OUTCOME_UNKNOWN' } })
})

const DAY = '2024-01-02'
const TOGETHER = 5
const AFTER = 3
/** Transactions of this database that are open, or hold a lock. */
const OPEN = `select count(*) from information_schema.innodb_trx as t join information_schema.processlist as p
  on p.id = t.trx_mysql_thread_id where p.db = database() and p.id <> connection_id()`

describe.each(mysqlMakers)('callers who leave while a commit is under way on $engine', ({ open }) => {
  it.each([
    ['the statement', 'some', 'goes on'],
    ['the answer', 'some', 'is lost'],
    ['the answer', 'all', 'goes on'],
  ] as const)('invariant 5: held before %s, %s leave, and it %s: each write is there once', async (what, who, then) => {
    const store = await open()
    onTestFinished(() => store.drop())
    let armed = false
    const held: PromiseWithResolvers<void>[] = []
    const next = (): Promise<void> => expect.poll(() => held.length, { interval: 5, timeout: 10_000 }).toBe(1)
    const release = (): void => held.shift()?.resolve()
    const hold = (statement: string): Promise<void> | undefined => {
      if (statement !== 'commit' || !armed) return undefined
      const one = Promise.withResolvers<void>()
      held.push(one)
      return one.promise
    }
    const proxy = await meddle(store.address, what === 'the answer' ? { holdAnswer: hold } : { holdStatement: hold })
    onTestFinished(() => proxy.close())
    // With one place among the writes, those that come while the first one commits share the next transaction.
    const { server, close } = await serve(proxy.address, { catalogue, bounds: { maxWrites: 1 } })
    onTestFinished(close)
    onTestFinished(() => {
      armed = false
      while (held.length > 0) release()
    })
    // A write that comes too late for the group may lose a connection of its own before its commit; its client repeats it.
    const db = await connect<typeof catalogue>(server.url, { retries: 3, concurrency: 20 })
    const write = (name: string, options: { idempotencyKey?: string; signal?: AbortSignal } = {}) =>
      db.adj_factor.upsert([{ ts_code: name, trade_date: DAY, adj_factor: 1 }], options)
    await write('before')

    armed = true
    const first = write('first')
    await next()
    const names = Array.from({ length: TOGETHER }, (_, n) => `T${n}`)
    const leaving = names.map(() => new AbortController())
    const writes = names.map((name, n) =>
      write(name, { idempotencyKey: name, signal: (leaving[n] as AbortController).signal }).then(
        ({ inserted }) => inserted,
        (error: StockdbError) => error.code,
      ),
    )
    await expect.poll(() => server.running().length, { timeout: 10_000 }).toBe(1 + TOGETHER)
    release()
    await first
    await next()
    armed = false
    const leavers = who === 'all' ? TOGETHER : 2
    for (const one of leaving.slice(0, leavers)) one.abort()
    expect(await Promise.all(writes.slice(0, leavers))).toEqual(
      Array.from({ length: leavers }, () => 'WRITE_OUTCOME_UNKNOWN'),
    )
    // Until the server has seen that they left.
    await expect.poll(() => server.running().length, { timeout: 10_000 }).toBe(TOGETHER - leavers)
    if (then === 'is lost') {
      const ids = await sql(
        store.address,
        'select id from information_schema.processlist where db = database() and id <> connection_id()',
      )
      for (const [id] of ids) await sql(store.address, `kill ${Number(id)}`).catch(() => {})
    }
    release()
    expect(await Promise.all(writes.slice(leavers))).toEqual(Array.from({ length: TOGETHER - leavers }, () => 1))

    // Nothing is left locked, no place is taken, and a repeat under its key finds what became of the write.
    const again = await Promise.all(names.map((name) => write(name, { idempotencyKey: name })))
    expect(again.map(({ inserted }) => inserted)).toEqual(names.map(() => 1))
    const all = await Promise.all(Array.from({ length: AFTER }, (_, n) => write(`after${n}`)))
    expect(all.map(({ inserted }) => inserted)).toEqual(all.map(() => 1))
    await expect.poll(async () => (await sql(store.address, OPEN))[0]?.[0], { timeout: 10_000 }).toBe(0)
    expect((await db.adj_factor.at({ date: DAY })).numRows).toBe(2 + TOGETHER + AFTER)
    const { changes } = await db.changes({ since: 0 })
    expect(changes.map(({ sequence }) => sequence)).toEqual(changes.map((_, n) => n + 1))
    expect(changes).toHaveLength(2 + TOGETHER + AFTER)
  })
})
