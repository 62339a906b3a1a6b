import { request } from 'node:http'
import type { Tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../support/serve.ts'
import { type Store, sqliteMaker } from '../support/stores.ts'

let store: Store
let served: Served<Tushare>

beforeAll(async () => {
  store = await sqliteMaker.open()
  served = await serve(store.address, { corsOrigins: ['https://notebook.example'] })
})

afterAll(async () => {
  await served.close()
  await store.drop()
})

/** Status of a call with headers that `fetch` does not allow. */
function statusWith(headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const req = request(`${served.server.url}/trpc/daily.range?input={}`, { headers }, (res) => {
      res.resume()
      resolve(res.statusCode)
    })
    req.on('error', reject).end()
  })
}

describe('a server without tokens, on loopback', () => {
  it.each(['127.0.0.1', '127.0.0.1:7788', 'localhost:1', 'LOCALHOST', '[::1]:80', '127.9.8.7'])(
    'accepts a caller that names the host %s',
    async (host) => {
      expect(await statusWith({ host })).toBe(200)
    },
  )

  it.each([
    'evil.example',
    'evil.example:7788',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '0.0.0.0',
    '192.0.2.1:7788',
    '127.0.0.1@evil.example',
    ' ',
  ])('refuses a page by DNS rebinding: %j', async (host) => {
    expect(await statusWith({ host })).toBe(403)
  })

  it.each<Record<string, string>>([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:3000' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('refuses a page of another origin: %j', async (headers) => {
    expect(await statusWith(headers)).toBe(403)
  })

  it.each<Record<string, string>>([
    { origin: 'https://notebook.example', 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-origin' },
    { authorization: 'Bearer left-over' },
  ])('accepts other callers: %j', async (headers) => {
    expect(await statusWith(headers)).toBe(200)
  })

  it.each([
    'x-forwarded-for',
    'X-Forwarded-Host',
    'x-forwarded-proto',
    'forwarded',
    'via',
    'X-Real-IP',
    'cf-connecting-ip',
    'true-client-ip',
  ])('refuses a caller behind a proxy, as shown by %s', async (header) => {
    expect(await statusWith({ [header]: '127.0.0.1' })).toBe(403)
  })

  it("takes the caller's address from a trusted proxy", async () => {
    const behind = await serve(store.address, { trustedProxies: ['127.0.0.0/8'] })
    try {
      const statusOf = (headers: Record<string, string>) =>
        fetch(`${behind.server.url}/trpc/daily.range?input={}`, { headers }).then(({ status }) => status)
      expect(await statusOf({ 'x-forwarded-for': '127.0.0.1' })).toBe(200)
      expect(await statusOf({ 'x-forwarded-for': '192.0.2.7' })).toBe(403)
      expect(await statusOf({ 'x-forwarded-for': '127.0.0.1, 192.0.2.7' })).toBe(403)
      expect(await statusOf({ via: '1.1 proxy' })).toBe(403)
    } finally {
      await behind.close()
    }
  })
})
