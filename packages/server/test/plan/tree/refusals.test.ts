import type { tushare } from '@stockdb/contract'
import { StockdbError } from '@stockdb/contract/wire'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { byEngine } from '../../support/engines.ts'
import { type Served, serve } from '../../support/serve.ts'
import { enginesOfRun, type Store } from '../../support/stores.ts'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts'
import { hostileTrees, select } from './hostile-trees.ts'

describe.each(enginesOfRun)('a query tree over HTTP, for $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof tushare>
  /** A proxy between server and database, if the database has a server. */
  let proxy: TcpProxy | undefined

  beforeAll(async () => {
    store = await open()
    const address = new URL(store.address)
    if (address.host !== '') {
      proxy = await startTcpProxy(Number(address.port))
      address.port = String(proxy.port)
    }
    served = await serve(proxy ? address.href : store.address)
  })
  afterAll(async () => {
    await served?.close()
    await proxy?.close()
    await store?.drop()
  })

  /** Posts a raw tree, and counts the database reads. */
  async function ask(body: string): Promise<{ status: number; code: string; message: string; reads: number }> {
    const { engine } = served.server
    const calls = (['read', 'describe', 'explain', 'begin', 'define'] as const).map((name) => vi.spyOn(engine, name))
    try {
      const response = await fetch(`${served.server.url}/trpc/query.run`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      const answer = (await response.json()) as { error?: { message: string; data: { code: string } } }
      const { message = '', data } = answer.error ?? {}
      const reads = calls.reduce((sum, { mock }) => sum + mock.calls.length, 0)
      return { status: response.status, code: data?.code ?? '', message, reads }
    } finally {
      for (const call of calls) call.mockRestore()
    }
  }

  it('is answered when nothing is wrong with it, which reaches the database', async () => {
    // The first read also checks the table, and on SQLite its text dates, and whether it was written meanwhile if that takes long.
    const looks = byEngine(store.address, { mysql: 1, sqlite: 2, duckdb: 1 })
    const first = await ask(JSON.stringify({ query: select() }))
    expect(first.status).toBe(200)
    expect([looks + 1, looks + 2]).toContain(first.reads)
    await proxy?.quiet(100)
    const before = proxy?.bytes
    expect(await ask(JSON.stringify({ query: select() }))).toMatchObject({ status: 200, reads: 1 })
    if (proxy && before !== undefined) expect(proxy.bytes).toBeGreaterThan(before)
    await proxy?.quiet(100)
    proxy?.reset()
  })

  it.each(hostileTrees)('is refused for %s, before it reaches the database', async (_what, query) => {
    const { status, code, message, reads } = await ask(JSON.stringify({ query }))
    expect({ status, code, reads }).toEqual({ status: 400, code: 'QUERY_REFUSED', reads: 0 })
    expect(message.length).toBeGreaterThan(10)
    expect(message.length).toBeLessThan(1_500)
    expect(message).not.toMatch(/\bat .*:\d+:\d+|node_modules|undefined|\[object/)
  })

  it.each([
    ['lists', '['.repeat(200_000) + ']'.repeat(200_000)],
    ['objects', `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`],
    ['nodes', `${'{"kind":"ParensNode","node":'.repeat(60_000)}1${'}'.repeat(60_000)}`],
  ])('is refused for %s within %s, however deep', async (_what, query) => {
    expect(await ask(`{"query":${query}}`)).toMatchObject({ status: 400, code: 'QUERY_REFUSED', reads: 0 })
  })

  it.each([
    '{}',
    '{"query":null}',
    '{"tree":1}',
    '[]',
    'null',
    '{"query":{"kind":"SelectQueryNode"},"sql":"select 1"}',
    '{',
  ])('is refused for the input %s', async (body) => {
    const { status, reads } = await ask(body)
    expect({ status, reads }).toEqual({ status: 400, reads: 0 })
  })

  it('causes no traffic with the database if it is refused', async () => {
    await proxy?.quiet(100)
    expect(proxy?.bytes ?? 0).toBe(0)
  })

  it('does not pollute prototypes', async () => {
    await ask(
      '{"query":{"kind":"SelectQueryNode","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}',
    )
    expect('polluted' in {}).toBe(false)
  })
})

describe('a refusal', () => {
  it('is a non-retryable StockdbError', () => {
    expect(new StockdbError('QUERY_REFUSED', '').retryable).toBe(false)
  })
})
