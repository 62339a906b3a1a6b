import { setTimeout as sleep } from 'node:timers/promises'
import { type Change, type Client, connect, type Tushare } from '@stockdb/client'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { engineOf, engines } from '../support/engines.ts'
import { type Served, serve } from '../support/serve.ts'
import { enginesOfRun, type Store } from '../support/stores.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

const factor = (ts_code: string, trade_date: string, adj_factor = 1) => ({ ts_code, trade_date, adj_factor })
/** From a commit to its event: in the same process, and in another one, which looks twice a second. On a busy machine. */
const SOON_MS = 5_000

describe.each(enginesOfRun)('changes on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  let other: Served<Tushare>
  let db: Client<Tushare>

  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
    other = await serve(store.address)
    db = await connect(served.server.url)
  })
  afterAll(async () => {
    await other?.close()
    await served?.close()
    await store?.drop()
  })

  it('are listed in the order of commits, with what they were about', async () => {
    const { last } = await db.changes()
    const { sequence } = await db.adj_factor.upsert([factor('A', '2024-01-02'), factor('B', '2024-01-03')])
    await db.adj_factor.delete({ symbols: ['B'], end: '2024-01-05' })
    const answer = await db.meta.changes({ since: last })
    expect(answer).toMatchObject({ last: last + 2, complete: true })
    expect(answer.changes).toMatchObject([
      {
        sequence,
        dataset: 'adj_factor',
        start: '2024-01-02',
        end: '2024-01-03',
        symbols: ['A', 'B'],
        inserted: 2,
        by: 'anonymous',
      },
      { sequence: sequence + 1, start: null, end: '2024-01-05', symbols: ['B'], inserted: 0, deleted: 1 },
    ])
  })

  it('are heard at once by a listener of the same server, and soon by one of another server', async () => {
    const { last } = await db.changes()
    const heard = [db, other.db].map(async (client) => {
      for await (const change of client.adj_factor.watch({ since: last, symbols: ['C'] }))
        return { ...change, ms: performance.now() }
      return undefined
    })
    await sleep(300)
    await db.daily.upsert([{ ts_code: 'C', trade_date: '2024-01-02', close: 1 }])
    await db.adj_factor.upsert([factor('D', '2024-01-02')])
    const { sequence } = await db.adj_factor.upsert([factor('C', '2024-01-02'), factor('D', '2024-01-03')])
    const committedAt = performance.now()
    const [own, elsewhere] = await Promise.all(heard)
    expect([own, elsewhere]).toMatchObject([
      { sequence, symbols: ['C'], complete: true },
      { sequence, symbols: ['C'], complete: true },
    ])
    expect((elsewhere?.ms ?? Number.NaN) - committedAt).toBeLessThan(SOON_MS)
  })

  it('are all heard once, in order, over connections that are cut, and those made meanwhile too', async () => {
    const proxy = await startTcpProxy(Number(new URL(served.server.url).port))
    onTestFinished(() => proxy.close())
    const listener = await connect(`http://127.0.0.1:${proxy.port}`)
    const heard: number[] = []
    const changes = listener.adj_factor.watch()
    const listening = (async () => {
      for await (const { sequence } of changes) heard.push(sequence)
    })()
    // Once it listens, every write is heard.
    await expect.poll(() => proxy.bytes, { timeout: SOON_MS }).toBeGreaterThan(0)
    await sleep(500)
    const written: number[] = []
    for (let value = 0; value < 30; value++) {
      written.push((await db.adj_factor.upsert([factor('E', '2024-01-02', value + 1)])).sequence)
      if (value % 10 === 5) proxy.cutAfter(0, 'reset')
    }
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBe(written.length)
    await changes.return()
    await listening
    expect(heard).toEqual(written)
  })

  it('are told as lost where the database has forgotten them', async () => {
    const { last } = await db.changes()
    await db.adj_factor.upsert([factor('F', '2024-01-02')])
    await db.adj_factor.upsert([factor('F', '2024-01-03')])
    const { run } = engines[engineOf(store.address)]
    await run(store.address, [`delete from stockdb_changes where sequence <= ${last + 1}`, 'select 1'])
    expect(await db.changes({ since: last })).toMatchObject({ complete: false })
    for await (const change of db.adj_factor.watch({ since: last })) {
      expect(change).toMatchObject({ complete: false })
      break
    }
  })

  it('are followed by the rows that they changed, and deletions by where', async () => {
    const { last } = await db.changes()
    const tail = db.adj_factor.tail({ since: last, symbols: ['G'], fields: ['adj_factor'] })
    await db.adj_factor.upsert([
      factor('G', '2024-01-02', 1),
      factor('G', '2024-01-03', 2),
      factor('H', '2024-01-03', 3),
    ])
    const first = await tail.next()
    expect(first.value?.frame?.rows()).toEqual([factor('G', '2024-01-02', 1), factor('G', '2024-01-03', 2)])
    await db.adj_factor.delete({ symbols: ['G'], start: '2024-01-03' })
    const second = await tail.next()
    expect(second.value?.deleted).toEqual({ symbols: ['G'], start: '2024-01-03', end: null })
    await tail.return()
  })

  it('are heard by those alone who may read the dataset, and are counted by no gap of a failed write', async () => {
    const { last } = await db.changes()
    await db.adj_factor.upsert([factor('I', '2024-01-02')])
    await expect(db.adj_factor.upsert([factor('I', '2024-01-02')], { mode: 'insert' })).rejects.toThrow()
    await db.adj_factor.upsert([factor('I', '2024-01-03')])
    const { changes } = await db.changes({ since: last })
    expect(changes.map(({ sequence }: Change) => sequence)).toEqual([last + 1, last + 2])
  })
  it('are told as lost where some of them are missing in the middle', async () => {
    const { last } = await db.changes()
    for (const day of ['02', '03', '04']) await db.adj_factor.upsert([factor('J', `2024-01-${day}`)])
    const { run } = engines[engineOf(store.address)]
    await run(store.address, [`delete from stockdb_changes where sequence = ${last + 2}`, 'select 1'])
    expect(await db.changes({ since: last })).toMatchObject({ complete: true })
    expect(await db.changes({ since: last + 1 })).toMatchObject({ complete: false })
    await run(store.address, [`delete from stockdb_changes where sequence <= ${last + 2}`, 'select 1'])
  })

  it.each([
    ['was restored from a backup', 0],
    ['was restored from a backup, and written to', 3],
    ['lost some before they could be read', -3],
  ])('are told as lost to those who listen, where the database %s', async (_, later) => {
    await db.adj_factor.upsert([factor('K', '2024-01-02')])
    const { last: before } = await db.changes()
    await db.adj_factor.upsert([factor('K', '2024-01-03')])
    await db.adj_factor.upsert([factor('K', '2024-01-04')])
    const lost = [db, other.db].map(async (client) => {
      for await (const change of client.adj_factor.watch({ symbols: ['K'], since: before }))
        if (!change.complete) return change
      return undefined
    })
    await sleep(1_500)
    const { run } = engines[engineOf(store.address)]
    const set = (sequence: number): string => `update stockdb_sequence set last = ${sequence} where id = 1`
    if (later < 0) await run(store.address, [set(before + 2 - later), 'select 1'])
    else
      await run(store.address, [
        'begin',
        `delete from stockdb_changes where sequence > ${before}`,
        set(before),
        'commit',
      ])
    for (let at = 0; at < Math.max(1, later); at++) await db.adj_factor.upsert([factor('K', `2024-02-0${at + 1}`)])
    const { last } = await db.changes()
    for (const change of await Promise.all(lost)) {
      expect(change).toMatchObject({ complete: false })
      expect(change?.sequence).toBeLessThanOrEqual(last)
    }
    // Later ones are heard.
    const next = db.adj_factor.watch({ symbols: ['K'] }).next()
    await sleep(1_000)
    const { sequence } = await db.adj_factor.upsert([factor('K', '2024-03-01')])
    expect((await next).value).toMatchObject({ sequence, complete: true })
  })
})
