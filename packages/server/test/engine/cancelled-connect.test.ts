import { setTimeout as sleep } from 'node:timers/promises'
import type { Tushare } from '@stockdb/contract'
import { expect, it, onTestFinished } from 'vitest'
import { outcomeOf } from '../support/failure.ts'
import { type Served, serve } from '../support/serve.ts'
import { mysqlMakers } from '../support/stores.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

const ONE_WAY_MS = 50

it.each(mysqlMakers)(
  'a caller that leaves while connecting to $engine is released, and the server goes on',
  async ({ open }) => {
    const store = await open()
    onTestFinished(() => store.drop())
    const address = new URL(store.address)
    const proxy = await startTcpProxy(Number(address.port || 3306))
    onTestFinished(() => proxy.close())
    address.port = String(proxy.port)
    const served: Served<Tushare> = await serve(address.href, { bounds: { connections: 1 } })
    onTestFinished(() => served.close())
    // The table is checked from here on, so the calls below need only one connection.
    await served.db.daily.range()
    // Closes the existing connection, so that a new one is made.
    proxy.cutAfter(0, 'reset')
    await sleep(50)
    proxy.delay(ONE_WAY_MS)
    const abort = new AbortController()
    const call = outcomeOf(served.db.daily.range({}, { signal: abort.signal }))
    await sleep(ONE_WAY_MS)
    abort.abort()
    expect((await call).error?.code).toBe('CANCELLED')
    // The connection attempt completes and serves the next caller.
    const { engine } = served.server
    await expect.poll(() => engine.slots.inUse, { timeout: 5_000 }).toBe(0)
    await sleep(4 * ONE_WAY_MS)
    expect(proxy.connections).toBe(1)
    proxy.delay(0)
    expect((await served.db.daily.range()).numRows).toBe(0)
    expect(proxy.connections).toBe(1)
  },
)
