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

/** The status of a call with headers that `fetch` would not let one set. */
function statusWith(headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const req = request(`${served.server.url}/trpc/daily.range?input={}`, { headers }, (res) => {
      res.resume()
      resolve(res.statusCode)
    })
    req.on('error', reject).end()
  })
}

describe('without any token, on loopback', () => {
  it.each(['127.0.0.1', '127.0.0.1:7788', 'localhost:1', 'LOCALHOST', '[::1]:80', '127.9.8.7'])(
    'a caller who names the host %s is let in',
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
  ])('a page that had its own name point here is not: %j', async (host) => {
    expect(await statusWith({ host })).toBe(403)
  })

  it.each<Record<string, string>>([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:3000' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('a page of another origin is not: %j', async (headers) => {
    expect(await statusWith(headers)).toBe(403)
  })

  it.each<Record<string, string>>([
    { origin: 'https://notebook.example', 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-origin' },
    { authorization: 'Bearer left-over' },
  ])('what is no such page is: %j', async (headers) => {
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
  ])('a caller who came through a proxy, as %s says, is not', async (header) => {
    expect(await statusWith({ [header]: '127.0.0.1' })).toBe(403)
  })

  it('one who came through a trusted proxy is where that says', async () => {
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
