import { type Client, connect, StockdbError } from '@stockdb/client'
import type { Tushare } from '@stockdb/contract'
import { tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { msUntilEnded, statementProcesses } from '../../support/child-processes.ts'
import { fillDaily } from '../../support/fill-daily.ts'
import { expectIdleInTime } from '../../support/idle-database.ts'
import { startServing } from '../../support/program.ts'
import { type Served, serve } from '../../support/serve.ts'
import { type Store, sqliteMaker } from '../../support/stores.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { writeRows } from '../../support/write-rows.ts'

const SYMBOLS = 150
const DAYS = 1_000
const ENDED_MS = 5_000
const TIMES = 5

/** Counts for days before its only row. */
const endless = (db: Client<Tushare>, signal?: AbortSignal) =>
  db.query
    .selectFrom('daily as a')
    .crossJoin('daily as b')
    .crossJoin('daily as c')
    .select(({ fn }) => fn.max('c.close').as('most'))
    .execute(signal ? { signal } : {})

const small = (db: Client<Tushare>) =>
  db.query.selectFrom('daily').select(['trade_date', 'close']).where('ts_code', '=', '000007.SZ').execute()

/** Resolves to the pid of the subprocess that runs a query. */
async function working(server?: number, besides: readonly number[] = []): Promise<number> {
  const others = (): number[] => statementProcesses(server).filter((id) => !besides.includes(id))
  await expect.poll(() => others().length, { timeout: 20_000 }).toBe(1)
  return others()[0] as number
}

describe('a custom query on SQLite', () => {
  let store: Store
  let served: Served<Tushare>

  beforeAll(async () => {
    store = await sqliteMaker.open()
    served = await serve(store.address)
    await fillDaily(store.address, SYMBOLS, DAYS)
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it('that runs for days blocks no other call, and invariant 3: ends when its caller leaves', async () => {
    await expectIdleInTime(async () => {
      const times: number[] = []
      for (let round = 0; round < TIMES; round++) {
        // One spare subprocess.
        await small(served.db)
        const [id = 0, ...others] = statementProcesses()
        expect(others).toEqual([])
        const controller = new AbortController()
        const left = endless(served.db, controller.signal).then(
          () => 'answered',
          () => 'left',
        )
        await expect.poll(() => served.server.engine.load().busy).toBe(1)
        expect((await fetch(`${served.server.url}/healthz`)).status).toBe(200)
        expect((await served.db.daily.at({ date: '2001-01-01' })).numRows).toBe(SYMBOLS)
        controller.abort()
        times.push(await msUntilEnded(id, ENDED_MS))
        expect(await left).toBe('left')
      }
      console.log(`left queries are gone after ${times.map(Math.round).join(', ')} ms`)
      return times
    })
    expect(served.server.admission.calls).toBe(0)
  }, 90_000)

  it('ends at its memory limit, also in db.sql, and is not retried', async () => {
    const much = served.db.sql("select length(format('%900000000d', 1)) as n")
    await expect(much).rejects.toMatchObject({ code: 'QUERY_REFUSED', message: expect.stringContaining('512 MB') })
    expect((await served.db.sql('select 1 as n')).numRows).toBe(1)
  })

  it('reuses the previous subprocess, and sees what was written meanwhile', async () => {
    expect(await small(served.db)).toHaveLength(DAYS)
    const [first, ...others] = statementProcesses()
    expect(others).toEqual([])
    await writeRows(served.server.engine, tushare.daily, [['000007.SZ', '2020-01-01', 1, 1, 1, 1, 1, 1, 1, 1, 1]])
    expect(await small(served.db)).toHaveLength(DAYS + 1)
    expect(statementProcesses()).toEqual([first])
    await Promise.all(Array.from({ length: 40 }, () => small(served.db)))
    expect(statementProcesses().length).toBeLessThanOrEqual(served.server.engine.slots.limit)
  })

  it('streams every row once, and invariant 3: ends when the loop is left', async () => {
    const query = () => served.db.query.selectFrom('daily').select(['ts_code', 'trade_date', 'close'])
    const seen = new Set<string>()
    for await (const { ts_code, trade_date } of query().stream(1_000)) seen.add(`${ts_code} ${trade_date}`)
    expect(seen.size).toBe(SYMBOLS * DAYS + 1)
    const others = statementProcesses().slice(0, -1)
    let rows = 0
    const product = served.db.query
      .selectFrom('daily as a')
      .innerJoin('daily as b', 'a.ts_code', 'b.ts_code')
      .select(['a.ts_code', 'a.close', 'b.close as other'])
    for await (const _ of product.stream(1_000)) if (++rows > 70_000) break
    await expect.poll(() => statementProcesses().length, { timeout: ENDED_MS }).toBeLessThanOrEqual(others.length)
    expect(await small(served.db)).toHaveLength(DAYS + 1)
  })

  it('invariant 2: fails if its subprocess is killed; a killed spare does not matter', async () => {
    for (const id of statementProcesses()) {
      process.kill(id, 'SIGKILL')
      await msUntilEnded(id, ENDED_MS)
    }
    const failed = endless(served.db).catch((error: unknown) => error)
    process.kill(await working(), 'SIGKILL')
    expect(await failed).toMatchObject({ code: 'DATABASE_INTERRUPTED' })
    expect(await small(served.db)).toHaveLength(DAYS + 1)
    for (const id of statementProcesses()) {
      process.kill(id, 'SIGKILL')
      await msUntilEnded(id, ENDED_MS)
    }
    expect(await small(served.db)).toHaveLength(DAYS + 1)
  })

  it('invariant 9: takes no longer than --statement-timeout', async () => {
    const one = await serve(store.address, { bounds: { statementTimeoutMs: 1_000 } })
    onTestFinished(() => one.close())
    const failed = await endless(one.db).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(StockdbError)
    expect(failed).toMatchObject({ code: 'QUERY_TIMEOUT', message: expect.stringContaining('1000 ms') })
    expect(await small(one.db)).toHaveLength(DAYS + 1)
  })

  it('leaves no subprocess, busy or spare, when its server closes', async () => {
    const before = statementProcesses()
    const one = await serve(store.address, { bounds: { drainTimeoutMs: 0 } })
    await small(one.db)
    const waiting = await working(process.pid, before)
    const failed = endless(one.db).catch((error: unknown) => error)
    // It takes the spare, so that the next query needs another.
    await expect.poll(() => one.server.engine.load().busy).toBe(1)
    await small(one.db)
    const ids = statementProcesses().filter((id) => !before.includes(id))
    expect(ids).toContain(waiting)
    expect(ids).toHaveLength(2)
    await one.close()
    expect(statementProcesses()).toEqual(before)
    expect(await failed).toMatchObject({ code: 'SHUTTING_DOWN' })
  })

  it.each([
    ['SIGTERM', 0],
    ['SIGKILL', 'SIGKILL'],
  ] as const)('ends with the program (%s), within ten seconds', async (signal, code) => {
    const program = await startServing(['--database', store.address, '--data', temporaryFolder()])
    onTestFinished(() => void program.child.kill('SIGKILL'))
    const db = await connect<Tushare>(program.url, { retries: 0 })
    const failed = endless(db).catch((error: unknown) => error)
    const id = await working(program.child.pid)
    const askedAt = performance.now()
    program.child.kill(signal)
    expect(await program.ended).toBe(code)
    expect(performance.now() - askedAt).toBeLessThan(10_000)
    expect(await msUntilEnded(id, ENDED_MS)).toBeLessThan(ENDED_MS)
    expect(await failed).toBeInstanceOf(StockdbError)
  })
})
