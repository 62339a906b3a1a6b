import { connect } from '@stockdb/client'
import type { Tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FAILURE_MS, outcomeOf } from '../support/failure.ts'
import { fillDaily } from '../support/fill-daily.ts'
import { randomFrom } from '../support/random.ts'
import { times } from '../support/scale.ts'
import { type Served, serve } from '../support/serve.ts'
import { oneServer, type Store } from '../support/stores.ts'
import { type Cut, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

const SYMBOLS = 300
const DAYS = 1_000
const ROWS = SYMBOLS * DAYS
const THREE_BATCHES = 140_000
const ways: readonly Cut[] = ['end', 'reset']

describe.each(oneServer)('the socket of a client, with $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>

  beforeAll(async () => {
    store = await open()
    // The tests' client never retries, so calls wait when the queue is long for a moment.
    served = await serve(store.address, { bounds: { queueBurstMs: 60_000 } })
    await fillDaily(store.address, SYMBOLS, DAYS)
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  /** Reads everything through a proxy and returns the size of a whole answer in bytes. */
  async function bytesOfWhole(
    proxy: TcpProxy,
    read: () => Promise<{ numRows: number }>,
    rows: number,
  ): Promise<number> {
    proxy.reset()
    expect((await read()).numRows).toBe(rows)
    return proxy.bytes
  }

  it('invariant 2: cut at any byte is an error within 2 s, never fewer rows', async () => {
    const proxy = await startTcpProxy(Number(new URL(served.server.url).port))
    const random = randomFrom(1)
    try {
      const db = await connect(`http://127.0.0.1:${proxy.port}`, { retries: 0 })
      const read = () => db.daily.range({ fields: ['close', 'vol'], limit: THREE_BATCHES })
      const whole = await bytesOfWhole(proxy, read, THREE_BATCHES)
      // The last 7 bytes end the HTTP body, after the end-of-stream marker: without them the answer is still complete.
      const last = whole - 8
      const places = [
        ...[1, 2, 15, 16, 17, 40, 100, 200, 250, 300, 400, 600, 800, 1_000, 1_200, 1_500, 2_000, 2_500, 3_000, 4_000],
        ...[0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 16, 20, 40, 80, 120, 160, 200, 300, 1_000].map((back) => last - back),
        ...Array.from({ length: times(8, 15) }, () => Math.floor(random() * last)),
      ]
      for (const [index, place] of places.entries()) {
        // The connection that kills the previous query may still be connecting; it would be cut instead of the read.
        await proxy.quiet(100)
        proxy.cutAfter(place, ways[index % 2] ?? 'end')
        const { result, error, ms } = await outcomeOf(read())
        expect(result?.numRows, `cut after ${place} of ${whole} bytes`).toBeUndefined()
        expect(error?.code).toMatch(/^(UNREACHABLE|INCOMPLETE_ANSWER)$/)
        expect(error?.retryable).toBe(true)
        expect(ms).toBeLessThan(FAILURE_MS)
      }
      proxy.reset()
      expect((await read()).numRows).toBe(THREE_BATCHES)
    } finally {
      await proxy.close()
    }
  })

  it('invariant 2: cut in a stream never ends it as if it were complete', async () => {
    const proxy = await startTcpProxy(Number(new URL(served.server.url).port))
    const random = randomFrom(2)
    try {
      const db = await connect(`http://127.0.0.1:${proxy.port}`, { retries: 0 })
      const read = async () => {
        let numRows = 0
        for await (const batch of db.daily.stream({ fields: ['close', 'vol'] })) numRows += batch.numRows
        return { numRows }
      }
      const whole = await bytesOfWhole(proxy, read, ROWS)
      const places = [
        ...[8, 9, 12, 16, 20, 40, 200].map((back) => whole - back),
        ...Array.from({ length: times(6, 10) }, () => Math.floor(random() * whole)),
      ]
      for (const [index, place] of places.entries()) {
        proxy.cutAfter(place, ways[index % 2] ?? 'end')
        const { error, ms } = await outcomeOf(read())
        expect(error?.code ?? 'none', `cut after ${place} of ${whole} bytes`).toMatch(
          /^(UNREACHABLE|INCOMPLETE_ANSWER)$/,
        )
        expect(ms).toBeLessThan(FAILURE_MS)
      }
    } finally {
      await proxy.close()
    }
  })
})
