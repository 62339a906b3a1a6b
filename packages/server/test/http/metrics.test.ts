import type { Tushare } from '@stockdb/contract'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Served, serve } from '../support/serve.ts'
import { type Store, sqliteMaker } from '../support/stores.ts'

let store: Store
let served: Served<Tushare>
beforeEach(async () => {
  store = await sqliteMaker.open()
  served = await serve(store.address)
})
afterEach(async () => {
  await served.close()
  await store.drop()
})

const ask = (path: string): Promise<Response> => fetch(`${served.server.url}${path}`)

/** The series of `/metrics` by name with labels. */
async function scrape(): Promise<Map<string, number>> {
  const response = await ask('/metrics')
  expect(response.headers.get('content-type')).toContain('text/plain')
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]))
}

it('exports calls, refusals, rows and process resources to Prometheus', async () => {
  await served.db.daily.range({})
  await ask(`/trpc/daily.range?input=${encodeURIComponent('{"limit":-1}')}`)
  const series = await scrape()
  expect(series.get('stockdb_calls_total{procedure="daily.range",outcome="ok"}')).toBe(1)
  expect(series.get('stockdb_calls_total{procedure="daily.range",outcome="INVALID_INPUT"}')).toBe(1)
  expect(series.get('stockdb_refusals_total{procedure="daily.range"}')).toBe(1)
  expect(series.get('stockdb_call_seconds_count{procedure="daily.range"}')).toBe(2)
  expect(series.get('stockdb_answer_bytes_total{procedure="daily.range"}')).toBeGreaterThan(100)
  expect(series.get('stockdb_calls_in_flight')).toBe(1)
  expect(series.get('stockdb_database_waiting')).toBe(0)
  for (const name of ['resident', 'heap_used', 'heap', 'external']) {
    expect(series.get(`stockdb_${name}_bytes`)).toBeGreaterThan(1_000)
  }
  expect(series.get('stockdb_event_loop_delay_seconds{quantile="0.99"}')).toBeGreaterThan(0)
})

it('invariant 9: callers cannot increase the number of series', async () => {
  await ask('/trpc/meta.info')
  await ask('/trpc/nothing.here')
  await ask('/trpc/meta.info,ops.health?batch=1')
  await scrape()
  const before = (await scrape()).size
  for (let i = 0; i < 50; i++) {
    await ask(`/trpc/made.up${i}`)
    await ask(`/made/up/${i}`)
    await ask(`/trpc/meta.info,made.up${i}?batch=1`)
    await ask(`/trpc/daily.range%22%7D${i}`)
  }
  const series = await scrape()
  // Only the outcome of the batches is new.
  expect(series.size).toBeLessThanOrEqual(before + 1)
  expect([...series.keys()].filter((name) => name.includes('made'))).toEqual([])
})
