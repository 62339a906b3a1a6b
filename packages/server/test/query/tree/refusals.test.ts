import { StockdbError, type tushare } from '@stockdb/contract'
import { createLog } from '@stockdb/server'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Served, serve } from '../../support/serve.ts'
import { type Store, sqliteMaker } from '../../support/stores.ts'
import { hostileTrees, select } from './hostile-trees.ts'

describe('a query over the wire', () => {
  let store: Store
  let served: Served<typeof tushare>

  beforeAll(async () => {
    store = await sqliteMaker.open()
    served = await serve(store.address, { log: createLog('silent') })
  })
  afterAll(async () => {
    await served.close()
    await store.drop()
  })

  /** Posts a tree as it is, and counts the reads of the database. */
  async function ask(body: string): Promise<{ status: number; code: string; message: string; reads: number }> {
    const read = vi.spyOn(served.server.engine, 'read')
    try {
      const response = await fetch(`${served.server.url}/trpc/query.run`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      const answer = (await response.json()) as { error?: { message: string; data: { code: string } } }
      const { message = '', data } = answer.error ?? {}
      return { status: response.status, code: data?.code ?? '', message, reads: read.mock.calls.length }
    } finally {
      read.mockRestore()
    }
  }

  it('is answered when nothing is wrong with it, which reaches the database', async () => {
    expect(await ask(JSON.stringify({ query: select() }))).toMatchObject({ status: 200, reads: 1 })
  })

  it.each(hostileTrees)('is refused for %s, before the database hears of it', async (_what, query) => {
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

  it('changes no prototype', async () => {
    await ask(
      '{"query":{"kind":"SelectQueryNode","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}',
    )
    expect('polluted' in {}).toBe(false)
  })
})

describe('a refusal', () => {
  it('is a StockdbError that is not worth trying again', () => {
    expect(new StockdbError('QUERY_REFUSED', '').retryable).toBe(false)
  })
})
