import { setTimeout as sleep } from 'node:timers/promises'
import { type Tushare, tushare } from '@stockdb/contract'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { FAILURE_MS, outcomeOf } from '../support/failure.ts'
import { fillDaily } from '../support/fill-daily.ts'
import { expectIdleInTime, msUntilIdle } from '../support/idle-database.ts'
import { type Watcher, watchAccount } from '../support/process-list.ts'
import { randomFrom } from '../support/random.ts'
import { times } from '../support/scale.ts'
import { type Served, serve } from '../support/serve.ts'
import { mysqlMakers, oneServer, type Store } from '../support/stores.ts'
import { type Cut, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

const SYMBOLS = 300
const DAYS = 1_000
const ROWS = SYMBOLS * DAYS
const everything = { fields: ['close', 'vol'] } as const
const ways: readonly Cut[] = ['end', 'reset']

describe.each(mysqlMakers)('faults on $engine', (maker) => {
  /** Fewer rounds on further servers: they behave the same, and CI time is limited. */
  const often = <T>(few: T, all: T): T => (oneServer.includes(maker) ? all : few)
  const DISCONNECTS = often(10, times(25, 50))
  let store: Store
  let account: Watcher
  let served: Served<Tushare>

  beforeAll(async () => {
    store = await maker.open()
    account = await watchAccount(store.address)
    // The tests' client never retries, so calls wait when the queue is long for a moment.
    served = await serve(account.address, { bounds: { queueBurstMs: 60_000 } })
    await fillDaily(store.address, SYMBOLS, DAYS)
  })
  afterAll(async () => {
    await served?.close()
    await account?.close()
    await store?.drop()
  })
  afterEach(async () => {
    await msUntilIdle(account)
    expect((await served.db.daily.range({ symbols: ['000007.SZ'], fields: ['vol'] })).numRows).toBe(DAYS)
  })

  /** Reads everything through a proxy and returns the size of a whole answer in bytes. */
  async function bytesOfWhole(proxy: TcpProxy, read: () => Promise<{ numRows: number }>): Promise<number> {
    proxy.reset()
    expect((await read()).numRows).toBe(ROWS)
    return proxy.bytes
  }

  it('invariant 2: a connection to the database cut at any byte is an error within 2 s, and the next call is served', async () => {
    const address = new URL(account.address)
    const proxy = await startTcpProxy(Number(address.port || 3306))
    address.port = String(proxy.port)
    // Without a calendar, because the cut could hit its periodic refresh instead.
    const catalogue = { daily: tushare.daily, adj_factor: tushare.adj_factor }
    const through = await serve(address.href, { bounds: { connections: 1 }, catalogue })
    const random = randomFrom(3)
    const read = () => through.db.daily.range(everything)
    try {
      // The first read checks the table, later ones do not; then a new connection, as for each read below.
      await read()
      proxy.cutAfter(1, 'end')
      await outcomeOf(read())
      proxy.reset()
      await through.db.daily.range({ symbols: ['000001.SZ'], fields: ['vol'] })
      // The connections that kill cut queries also transfer bytes, which do not count.
      await sleep(200)
      const whole = await bytesOfWhole(proxy, read)
      const places = [
        ...[1, 2, 3, 4, 5, 6, 8, 12, 20, 40, 60, 80, 100, 150, 200, 300, 500, 1_000],
        // The end packet comes last: if it is cut, all rows have arrived, but not the end of the result.
        ...[1, 2, 3, 4, 5, 6, 8, 12, 30, 100].map((back) => whole - back),
        ...Array.from({ length: often(5, times(15, 31)) }, () => Math.floor(random() * whole)),
      ]
      for (const [index, place] of places.entries()) {
        proxy.cutAfter(place, ways[index % 2] ?? 'end')
        const { result, error, ms } = await outcomeOf(read())
        expect(result?.numRows, `cut after ${place} of ${whole} bytes`).toBeUndefined()
        expect(error?.code).toMatch(/^DATABASE_(UNAVAILABLE|INTERRUPTED)$/)
        expect(error?.retryable).toBe(true)
        expect(ms).toBeLessThan(FAILURE_MS)
        proxy.reset()
        expect((await through.db.daily.range({ symbols: ['000001.SZ'], fields: ['vol'] })).numRows).toBe(DAYS)
      }
    } finally {
      await through.close()
      await proxy.close()
    }
  })

  it('invariant 2: a connection to the database cut while connecting is an error, and the next call is served', async () => {
    const address = new URL(account.address)
    const proxy = await startTcpProxy(Number(address.port || 3306))
    address.port = String(proxy.port)
    try {
      for (let place = 0; place < 260; place += times(13, 9)) {
        const through = await serve(address.href)
        // Drops the initial connection.
        proxy.cutAfter(0, 'end')
        await sleep(10)
        proxy.cutAfter(place, ways[place % 2] ?? 'end')
        const { result, error, ms } = await outcomeOf(through.db.daily.range({ symbols: ['000001.SZ'] }))
        if (error) expect(error.code).toMatch(/^DATABASE_(UNAVAILABLE|INTERRUPTED)$/)
        else expect(result?.numRows).toBe(DAYS)
        expect(ms).toBeLessThan(FAILURE_MS)
        proxy.reset()
        expect((await through.db.daily.range({ symbols: ['000001.SZ'] })).numRows).toBe(DAYS)
        await through.close()
      }
    } finally {
      await proxy.close()
    }
  })

  it.each(['query', 'connection'] as const)(
    'invariant 2: KILL %s in mid-stream is a retryable error within 2 s',
    async (what) => {
      for (let round = 0; round < 10; round++) {
        // All columns: more bytes than most buffers hold, so that the database is mostly still sending.
        const stream = served.db.daily.stream()
        const first = await stream.next()
        let numRows = first.value?.numRows ?? 0
        const [id] = await account.running()
        if (id !== undefined) await account.kill(what, id)
        const rest = async () => {
          for await (const batch of stream) numRows += batch.numRows
          return { numRows }
        }
        const { result, error, ms } = await outcomeOf(rest())
        if (result) {
          // The kill came when everything was in buffers: the answer must be complete then.
          expect(result.numRows).toBe(ROWS)
          continue
        }
        expect(error?.code).toBe('DATABASE_INTERRUPTED')
        expect(error?.retryable).toBe(true)
        expect(error?.requestId).toBeTruthy()
        expect(ms).toBeLessThan(FAILURE_MS)
        return
      }
      expect.unreachable('no kill came in time')
    },
  )

  it.each(['query', 'connection'] as const)(
    'invariant 2: KILL %s before the first row is a retryable error within 2 s',
    async (what) => {
      for (let round = 0; round < 10; round++) {
        const call = outcomeOf(served.db.daily.latest({ n: 7 }))
        // Nothing is seen of a query that a busy machine runs between two looks.
        let ended = false
        void call.finally(() => {
          ended = true
        })
        let ids: number[] = []
        while (ids.length === 0 && !ended) ids = await account.running()
        const killedAt = performance.now()
        if (ids[0] !== undefined) await account.kill(what, ids[0])
        const { result, error } = await call
        expect(performance.now() - killedAt).toBeLessThan(FAILURE_MS)
        if (result) {
          // A kill between prepare and execute has no effect: then the answer must be complete.
          expect(result.numRows).toBe(SYMBOLS * 7)
          continue
        }
        expect(error?.code).toBe('DATABASE_INTERRUPTED')
        expect(error?.retryable).toBe(true)
        return
      }
      expect.unreachable('no kill ever hit')
    },
  )

  it(`invariant 3: the query of a stream that is left early is gone within 250 ms, ${DISCONNECTS} times`, async () => {
    await expectIdleInTime(async () => {
      const waits: number[] = []
      for (let round = 0; round < DISCONNECTS; round++) {
        for await (const batch of served.db.daily.stream(everything)) {
          expect(batch.numRows).toBe(16_384)
          break
        }
        waits.push(await msUntilIdle(account))
      }
      return waits
    })
    // A discarded connection that is not closed would keep its socket and the rows in it.
    await sleep(50)
    expect(process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length).toBeLessThan(30)
    const { result, ms } = await outcomeOf(served.db.daily.range({ symbols: ['000042.SZ'], fields: ['vol'] }))
    expect(result?.columns.vol[999]).toBe(42_999)
    expect(ms).toBeLessThan(FAILURE_MS)
  })

  it(`invariant 3: the query of a call that is aborted at any moment is gone within 250 ms, ${DISCONNECTS} times`, async () => {
    const random = randomFrom(4)
    await expectIdleInTime(async () => {
      const waits: number[] = []
      for (let round = 0; round < DISCONNECTS; round++) {
        const abort = new AbortController()
        const options = { signal: abort.signal }
        // Every other query sorts for a while before its first row.
        const call = outcomeOf(
          round % 2 ? served.db.daily.range(everything, options) : served.db.daily.latest({ n: 9 }, options),
        )
        await sleep(random() * (round % 5 === 0 ? 10 : 150))
        abort.abort()
        const { result, error } = await call
        if (error) expect(error.code).toBe('CANCELLED')
        else expect(result?.numRows).toBe(round % 2 ? ROWS : SYMBOLS * 9)
        waits.push(await msUntilIdle(account))
      }
      return waits
    })
  })

  it('invariant 3: many callers that leave at once leave no broken or leaked connections', async () => {
    for (let round = 0; round < 3; round++) {
      await Promise.all(
        Array.from({ length: 25 }, async (_, index) => {
          const abort = new AbortController()
          const call = outcomeOf(served.db.daily.range(everything, { signal: abort.signal }))
          await sleep(index * 7)
          abort.abort()
          await call
        }),
      )
      // All together take the database and this single thread longer than one.
      await msUntilIdle(account)
      const calls = Array.from({ length: 20 }, (_, index) =>
        served.db.daily.range({ symbols: [`${String(index).padStart(6, '0')}.SZ`], fields: ['vol'] }),
      )
      for (const [index, frame] of (await Promise.all(calls)).entries()) {
        expect(frame.numRows).toBe(DAYS)
        expect(frame.columns.vol[10]).toBe(index * 1_000 + 10)
      }
    }
    // Ten for calls, four for kills.
    expect(await account.connections()).toBeLessThanOrEqual(14)
  })

  it('invariant 2: a stopping server lets a running stream finish, or aborts it with a typed error', async () => {
    const other = await serve(account.address, { bounds: { drainTimeoutMs: 400 } })
    const quick = outcomeOf(other.db.daily.range(everything))
    const slow = async () => {
      let rows = 0
      for await (const batch of other.db.daily.stream()) {
        rows += batch.numRows
        await sleep(700)
      }
      return { numRows: rows }
    }
    const stalled = outcomeOf(slow())
    await sleep(50)
    await other.close()
    const [whole, broken] = await Promise.all([quick, stalled])
    if (whole.result) expect(whole.result.numRows).toBe(ROWS)
    else expect(whole.error?.code).toMatch(/^(SHUTTING_DOWN|INCOMPLETE_ANSWER|UNREACHABLE)$/)
    if (broken.result) expect(broken.result.numRows).toBe(ROWS)
    else expect(broken.error?.code).toMatch(/^(SHUTTING_DOWN|INCOMPLETE_ANSWER)$/)
    await expect(outcomeOf(other.db.daily.range({ symbols: [] }))).resolves.toMatchObject({
      error: { code: 'UNREACHABLE' },
    })
  })
})

it('covers every database server of this run', () => {
  expect(mysqlMakers).toHaveLength(inject('mysqlServers').length)
})
