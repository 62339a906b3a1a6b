import type { ChangeEvent, ServerStatus } from '@stockdb/contract/wire'
import { createTRPCClient, httpSubscriptionLink, TRPCClientError } from '@trpc/client'
import { EventSource } from 'undici'
import { expect, it, onTestFinished } from 'vitest'
import type { StockdbRouter } from '../../contract/src/router.ts'
import { type Served, serve } from '../../server/test/support/serve.ts'
import { sqliteMaker } from '../../server/test/support/stores.ts'
import type { Tushare } from '../src/index.ts'

type Options = Parameters<typeof serve<Tushare>>[1]

async function served(options: Options = {}): Promise<Served<Tushare>> {
  const store = await sqliteMaker.open()
  const one = await serve<Tushare>(store.address, options)
  onTestFinished(async () => {
    await one.close()
    await store.drop()
  })
  return one
}

/** tRPC's own client and link, with a standard `EventSource`. */
const plainClient = (url: string) =>
  createTRPCClient<StockdbRouter<Tushare>>({ links: [httpSubscriptionLink({ url: `${url}/trpc`, EventSource })] })

const factor = (trade_date: string) => ({ ts_code: 'A', trade_date, adj_factor: 1 })

it("tRPC's own client hears changes, over connections that the server ends, without loss or repetition", async () => {
  const { server, db } = await served({ bounds: { maxSubscriptionAgeMs: 1_200 } })
  const heard: { id: string; data: ChangeEvent }[] = []
  const states: string[] = []
  const subscription = plainClient(server.url).adj_factor.watch.subscribe(
    { symbols: ['A'] },
    {
      onStarted: () => void states.push('started'),
      onConnectionStateChange: ({ state }) => void states.push(state),
      onData: ({ id, data }) => void heard.push({ id, data }),
    },
  )
  await expect.poll(() => heard.length, { timeout: 5_000 }).toBe(1)
  expect(heard[0]?.data).toMatchObject({ ready: true, complete: true, dataset: 'adj_factor' })
  const written: number[] = []
  for (let day = 10; day < 30; day++) {
    written.push((await db.adj_factor.upsert([factor(`2024-01-${day}`)])).sequence)
    await db.adj_factor.upsert([{ ...factor('2024-01-02'), ts_code: 'B' }])
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
  const changes = () => heard.filter(({ data }) => !data.ready)
  await expect.poll(() => changes().length, { timeout: 10_000 }).toBe(written.length)
  subscription.unsubscribe()
  expect(changes().map(({ data }) => data.sequence)).toEqual(written)
  expect(changes().map(({ id }) => id)).toEqual(written.map(String))
  expect(changes()[0]?.data).toMatchObject({ symbols: ['A'], inserted: 1, complete: true })
  expect(states.filter((state) => state === 'connecting').length).toBeGreaterThan(1)
  await expect.poll(() => server.admission.subscriptions, { timeout: 2_000 }).toBe(0)
}, 60_000)

it("tRPC's own client follows the server's status", async () => {
  const { server } = await served()
  const seen: ServerStatus[] = []
  const subscription = plainClient(server.url).ops.watch.subscribe(undefined, {
    onData: ({ data }) => void seen.push(data),
  })
  await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(2)
  subscription.unsubscribe()
  expect(seen.map(({ database }) => database)).toEqual(['ok', 'ok'])
})

it("tRPC's own client receives the error of a subscription in tRPC's shape", async () => {
  const { server } = await served()
  const error = await new Promise<unknown>((resolve) => {
    plainClient(server.url).adj_factor.watch.subscribe({ since: -1 }, { onError: resolve })
  })
  expect(error).toBeInstanceOf(TRPCClientError)
  expect(error).toMatchObject({
    message: 'since: got -1; expected the number of a write: 0 or more',
    data: { code: 'INVALID_INPUT', httpStatus: 400, retryable: false, path: 'adj_factor.watch' },
  })
})
