import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, connect } from '@stockdb/client'
import { tushare } from '@stockdb/contract'
import { createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { keysTable } from '../../src/engine/own-tables.ts'
import { type Served, serve } from '../support/serve.ts'
import { enginesOfRun, mysqlMakers, type Store } from '../support/stores.ts'

const DAY = '2024-01-02'
const factor = (ts_code: string, value: number) => ({ ts_code, trade_date: DAY, adj_factor: value + 1 })
const WRITES = 16
const catalogue = { adj_factor: tushare.adj_factor }
const GB = 2 ** 30
/** All come from one caller here, at once. */
const bounds = {
  queueWaitMs: 120_000,
  maxBytesInFlight: 4 * GB,
  maxBytesInFlightPerCaller: 4 * GB,
  maxCallsPerCaller: 200,
  maxCalls: 200,
}

describe.each(enginesOfRun)('small writes of the same moment on $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>
  let db: Client<typeof catalogue>

  beforeAll(async () => {
    store = await open()
    served = await serve(store.address, { bounds, catalogue })
    db = await connect(served.server.url, { retries: 0, concurrency: 100 })
    await db.adj_factor.upsert([factor('first', 1)])
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  /** How many transactions are committed until the test ends. */
  const transactions = (): (() => number) => {
    let commits = 0
    onTestFinished(
      served.server.engine.onCommit(({ dataset }) => {
        commits += Number(dataset === 'adj_factor')
      }) as () => void,
    )
    return () => commits
  }
  const numbered = (from: number) => Array.from({ length: WRITES }, (_, at) => from + at)

  it('invariant 5: share transactions, each with its own counts, number and record', async () => {
    await db.adj_factor.delete({ all: true })
    const { sequence: before } = await db.adj_factor.upsert([factor('same', 1), factor('other', 1)])
    const commits = transactions()
    const written = await Promise.all(
      numbered(0).map((n) => db.adj_factor.upsert([factor('same', 1), factor('other', n + 2), factor(`S${n}`, n)])),
    )
    for (const counts of written) expect(counts).toMatchObject({ inserted: 1, changed: 1, unchanged: 1 })
    const sequences = written.map(({ sequence }) => sequence).sort((one, other) => one - other)
    expect(sequences).toEqual(numbered(before + 1))
    expect(commits()).toBeLessThan(WRITES)
    const { changes } = await db.changes({ since: before })
    const bySequence = new Map(changes.map((change) => [change.sequence, change]))
    for (const [n, { sequence }] of written.entries()) {
      const change = bySequence.get(sequence)
      expect(change).toMatchObject({ inserted: 1, changed: 1, unchanged: 1 })
      expect(change?.symbols).toEqual(['same', 'other', `S${n}`])
    }
    // The write with the last number was the last.
    const last = written.findIndex(({ sequence }) => sequence === before + WRITES)
    const rows = (await db.adj_factor.at({ date: DAY, symbols: ['other'] })).rows()
    expect(rows).toEqual([factor('other', last + 2)])
  })

  it('invariant 5: of which some are refused leave nothing of those, and all of the others', async () => {
    await db.adj_factor.delete({ all: true })
    const { sequence: before } = await db.adj_factor.upsert([factor('there', 1)])
    const outcomes = await Promise.all(
      numbered(0).map((n) =>
        db.adj_factor
          .upsert([factor(`S${n}`, n), factor(n % 5 === 0 ? 'there' : `T${n}`, n)], { mode: 'insert' })
          .catch((error: { code: string }) => error.code),
      ),
    )
    const refused = outcomes.flatMap((outcome, n) => (typeof outcome === 'string' ? [n] : []))
    expect(refused).toEqual([0, 5, 10, 15])
    expect(outcomes[0]).toBe('CONFLICT')
    const sequences = outcomes.flatMap((outcome) => (typeof outcome === 'string' ? [] : outcome.sequence))
    expect(sequences.sort((one, other) => one - other)).toEqual(numbered(before + 1).slice(0, WRITES - refused.length))
    const stored = (await db.adj_factor.at({ date: DAY })).rows().map(({ ts_code }) => ts_code)
    const kept = numbered(0).filter((n) => !refused.includes(n))
    expect(stored.sort()).toEqual([...kept.flatMap((n) => [`S${n}`, `T${n}`]), 'there'].sort())
  })

  it('invariant 5: take effect once under one key, and refuse another body under it', async () => {
    await db.adj_factor.delete({ all: true })
    const options = { idempotencyKey: `key-${Math.random()}` }
    const same = numbered(0).map(() => db.adj_factor.upsert([factor('once', 1)], options))
    const other = db.adj_factor.upsert([factor('once', 2)], options).catch((error: { code: string }) => error.code)
    const beside = numbered(0).map((n) => db.adj_factor.upsert([factor(`S${n}`, n)]))
    const results = await Promise.allSettled(same)
    const firsts = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    // Which of the bodies comes first is open.
    if (firsts.length > 0) {
      expect(firsts).toHaveLength(WRITES)
      for (const result of firsts) expect(result).toEqual(firsts[0])
      expect(firsts[0]).toMatchObject({ inserted: 1, changed: 0, unchanged: 0 })
      expect(await other).toBe('CONFLICT')
    } else expect(await other).toMatchObject({ inserted: 1 })
    for (const { inserted } of await Promise.all(beside)) expect(inserted).toBe(1)
  })

  it('go on when the callers of some have left', async () => {
    await db.adj_factor.delete({ all: true })
    const leavers = numbered(0).map((n) => {
      const leaving = new AbortController()
      const write = db.adj_factor.upsert([factor(`L${n}`, n)], { signal: leaving.signal }).catch(() => undefined)
      setTimeout(() => leaving.abort(), n / 2)
      return write
    })
    const stayers = numbered(0).map((n) => db.adj_factor.upsert([factor(`S${n}`, n)]))
    for (const { inserted } of await Promise.all(stayers)) expect(inserted).toBe(1)
    await Promise.all(leavers)
    const { inserted, sequence } = await db.adj_factor.upsert([factor('after', 1)])
    expect(inserted).toBe(1)
    // What a leaver wrote has a number, and is there whole.
    const { changes } = await db.changes({ since: sequence - 1 })
    expect(changes.map((change) => change.sequence)).toEqual([sequence])
  })
})

describe.each(mysqlMakers)('keys of writes that share a commit on $engine', ({ open }) => {
  it('take one statement if they are few, and are counted exactly', async () => {
    const store = await open()
    const served = await serve(store.address, { bounds, catalogue })
    onTestFinished(async () => {
      await served.close()
      await store.drop()
    })
    const transaction = await served.server.engine.begin(new AbortController().signal)
    const inserts = async (): Promise<number> => {
      const { rows } = await transaction.run({ sql: "show session status like 'Com_insert'", parameters: [] })
      return Number(rows[0]?.[1])
    }
    const keys = (count: number, result: string | null) =>
      Array.from({ length: count }, (_, n) => ['token', `key ${n}`, result])
    const fields = ['token', 'idempotency_key', 'result']
    const before = await inserts()
    expect(await transaction.upsert(keysTable, fields, keys(7, null))).toEqual({
      inserted: 7,
      changed: 0,
      unchanged: 0,
    })
    expect(await transaction.upsert(keysTable, fields, keys(7, 'x'))).toEqual({ inserted: 0, changed: 7, unchanged: 0 })
    expect(await transaction.upsert(keysTable, fields, keys(11, 'x'))).toEqual({
      inserted: 4,
      changed: 0,
      unchanged: 7,
    })
    // Eight and three.
    expect((await inserts()) - before).toBe(4)
    await transaction.rollback()
  })
})

describe.each(mysqlMakers)('small writes beside one that waits for a lock on $engine', ({ open }) => {
  it('are written meanwhile', async () => {
    const store = await open()
    const served = await serve(store.address, { bounds, catalogue })
    const holder = await createConnection(store.address)
    onTestFinished(async () => {
      holder.destroy()
      await served.close()
      await store.drop()
    })
    const db = await connect<typeof catalogue>(served.server.url, { retries: 0, concurrency: 100 })
    // A write that waits for a row also keeps others from the gap before it.
    await db.adj_factor.upsert([factor('locked', 1), factor('next', 1)])
    await holder.query('start transaction')
    // The row alone, and no gap beside it.
    await holder.query("update adj_factor set adj_factor = 2 where ts_code = 'locked' and trade_date = '2024-01-02'")
    let done = false
    const others = Array.from({ length: 6 }, (_, n) => db.adj_factor.upsert([factor(`y${n}`, n)]))
    const waits = db.adj_factor.upsert([factor('locked', 3)]).finally(() => {
      done = true
    })
    others.push(...Array.from({ length: 6 }, (_, n) => db.adj_factor.upsert([factor(`z${n}`, n)])))
    for (const { inserted } of await Promise.all(others)) expect(inserted).toBe(1)
    await sleep(50)
    expect(done).toBe(false)
    await holder.query('commit')
    expect(await waits).toMatchObject({ changed: 1 })
    expect((await db.adj_factor.at({ date: DAY, symbols: ['locked'] })).rows()).toEqual([factor('locked', 3)])
  })
})
