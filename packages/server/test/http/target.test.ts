import type { Tushare } from '@stockdb/contract'
import { ARROW_STREAM } from '@stockdb/contract/wire'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readTarget } from '../../src/http/target.ts'
import { exchange } from '../support/raw-socket.ts'
import { type Served, serve } from '../support/serve.ts'
import { type Store, sqliteMaker } from '../support/stores.ts'

const MAX_BATCH = 3
const FOUR = Array(4).fill('ops.health').join(',')

let store: Store
let served: Served<Tushare>

beforeAll(async () => {
  store = await sqliteMaker.open()
  served = await serve(store.address, { bounds: { maxBatchSize: MAX_BATCH } })
})
afterAll(async () => {
  await served?.close()
  await store?.drop()
})

/** Sends a raw path; `fetch` would normalise it. */
async function ask(path: string, method = 'GET', headers = ''): Promise<{ status: number; text: string }> {
  const { statuses, text } = await exchange(served.server.url, [
    `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`,
  ])
  return { status: statuses[0] ?? 0, text }
}

describe('calls of a batch are counted, however the URL is written', () => {
  it.each([
    `/trpc/${FOUR}?batch=1`,
    `/trpc/${FOUR}?%62atch=1`,
    `/trpc/${FOUR}?batch=%31`,
    `/trpc/${FOUR}?x=1?&batch=1`,
    `/trpc/${FOUR}?&&x&batch=1&`,
    `/trpc/${FOUR.replaceAll(',', '%2C')}?batch=1`,
    `/trpc/${FOUR.replaceAll(',', '%2c')}?%62%61tch=1`,
    `/%74rpc/${FOUR}?batch=1`,
    `/trpc/ops%2Ehealth,ops.health,ops.health,ops.health?batch=1`,
  ])('%s: four calls, one more than the limit', async (path) => {
    const { status, text } = await ask(path)
    expect([status, text]).toEqual([400, expect.stringContaining('batch: got 4 calls')])
  })

  it.each([
    [`/trpc/${FOUR}`, 404],
    [`/trpc/${FOUR}?x=1;batch=1`, 404],
    [`/trpc/${FOUR.replaceAll(',', '%252C')}?batch=1`, 404],
    [`/trpc/${FOUR}?batch=0&batch=1`, 400],
    [`/trpc/${FOUR}?batch=1&batch=1`, 400],
    [`/trpc/${FOUR}?batch=true`, 400],
    [`/trpc/${FOUR}?batch=`, 400],
    [`/trpc/${FOUR}?BATCH=1`, 400],
    [`/trpc/${FOUR}?x#&batch=1`, 400],
  ])('%s is not a batch: no call runs', async (path, status) => {
    const answer = await ask(path)
    expect([answer.status, answer.text]).toEqual([status, expect.not.stringContaining('uptimeSeconds')])
  })

  it('as many calls as the limit are answered', async () => {
    const { status, text } = await ask('/trpc/ops.health,ops.health%2Cops.health?x=1?&%62atch=1')
    expect(status).toBe(200)
    expect(text.match(/uptimeSeconds/g)).toHaveLength(3)
  })
})

describe('an ambiguous input is refused', () => {
  const input = encodeURIComponent('{"start":"2024-01-01"}')

  it.each([
    ['given twice', `/trpc/daily.range?input=${input}&input=%7B%7D`, /input: got it twice/],
    ['given twice, once escaped', `/trpc/daily.range?input=${input}&%69nput=%7B%7D`, /input: got it twice/],
    ['under another name', `/trpc/daily.range?Input=${input}`, /Input: unknown parameter/],
    ['behind a #', `/trpc/daily.range?#input=${input}`, /after \\"#\\"/],
  ])('%s', async (_, path, message) => {
    for (const accept of ['application/json', ARROW_STREAM]) {
      const { status, text } = await ask(path, 'GET', `Accept: ${accept}\r\n`)
      expect([status, text]).toEqual([400, expect.stringMatching(message)])
    }
  })

  it('in the URL of a POST, which has its input in the body', async () => {
    const { status, text } = await ask(`/trpc/daily.range?input=${input}`, 'POST', 'Content-Length: 0\r\n')
    expect([status, text]).toEqual([400, expect.stringContaining('input: got it in the URL')])
  })

  it('a second ? or a + has one meaning', async () => {
    for (const accept of ['application/json', ARROW_STREAM]) {
      const { status, text } = await ask(
        '/trpc/daily.range?x=?&input=%7B%22start%22:+%2220240101%22,%22symbol%22:1%7D',
        'GET',
        `Accept: ${accept}\r\n`,
      )
      expect([status, text]).toEqual([400, expect.stringContaining('unknown argument')])
    }
  })
})

describe('the URL for tRPC', () => {
  it('has only known parameters, and its path escaped once', () => {
    const { forTrpc, calls } = readTarget(
      '/trpc/a%252Cb,c?x=1?&%62atch=1&input=%7B%22a%22:%22%26b%22%7D&connectionParams=1',
    )
    expect(calls).toBe(2)
    expect(decodeURIComponent(forTrpc.path)).toBe('a%2Cb,c')
    const { searchParams } = new URL(forTrpc.url, 'http://x')
    expect([...searchParams]).toEqual([
      ['batch', '1'],
      ['input', '{"a":"&b"}'],
    ])
  })

  it('a procedure exempt from limits is recognised however it is escaped', () => {
    expect(readTarget('/trpc/ops%2Ehealth').procedure).toBe('ops.health')
    expect(readTarget('/trpc/%E0%A4%A').problem?.code).toBe('UNKNOWN_PROCEDURE')
  })
})
