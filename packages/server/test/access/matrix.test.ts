import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { join } from 'node:path'
import { tushare } from '@stockdb/contract'
import { type Scope, scopes } from '@stockdb/contract/internal'
import { ARROW_STREAM, FRAME_PARTS, PartKind, PartSplitter } from '@stockdb/contract/wire'
import { createLog } from '@stockdb/server'
import type { AnyTRPCRouter } from '@trpc/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeToken, type TokenOrder } from '../../src/access/token.ts'
import { changeTokens } from '../../src/access/token-file.ts'
import { createRouter } from '../../src/api/router.ts'
import { start } from '../../src/start/start.ts'
import { type Served, serve } from '../support/serve.ts'
import { type Store, sqliteMaker } from '../support/stores.ts'

let store: Store
let folder: string
let served: Served<typeof tushare>
let file: string
const secrets = new Map<string, string>()

async function make(order: TokenOrder, revoked = false): Promise<string> {
  const { secret, token } = makeToken(order, new Date())
  await changeTokens(file, (tokens) => [...tokens, revoked ? { ...token, revokedAt: token.createdAt } : token])
  return secret
}

beforeAll(async () => {
  store = await sqliteMaker.open()
  folder = store.address.slice('sqlite:'.length).replace(/[^/]*$/, '')
  file = join(folder, 'tokens.json')
  for (const scope of scopes) secrets.set(scope, await make({ name: `only-${scope}`, scopes: [scope] }))
  secrets.set('all', await make({ name: 'all', scopes }))
  secrets.set('daily only', await make({ name: 'daily-only', scopes: ['read'], datasets: ['daily'] }))
  secrets.set('writes daily', await make({ name: 'writes-daily', scopes: ['write', 'admin'], datasets: ['daily'] }))
  secrets.set('expired', await make({ name: 'expired', scopes, expiresAt: new Date(Date.now() - 1) }))
  secrets.set('revoked', await make({ name: 'revoked', scopes }, true))
  secrets.set('unknown', makeToken({ name: 'all', scopes }, new Date()).secret)
  const all = secrets.get('all') as string
  // The id of an existing token with a wrong secret.
  secrets.set('of another secret', `${all.slice(0, -43)}${randomBytes(32).toString('base64url')}`)
  served = await serve(store.address, { tokens: file, token: all })
})

afterAll(async () => {
  await served.close()
  await store.drop()
})

interface Answer {
  readonly status: number
  readonly code: string | undefined
  readonly text: string
}

async function ask(path: string, authorization: string | undefined, accept = 'application/json'): Promise<Answer> {
  const bearing = authorization === undefined ? {} : { authorization }
  // Mutations are posted and never answer with a frame; no mutation accepts this input.
  const response = await (mutations.has(path)
    ? fetch(`${served.server.url}/trpc/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...bearing },
        body: '"no input"',
      })
    : // Of subscriptions too, which would else not end.
      fetch(`${served.server.url}/trpc/${path}${subscriptions.has(path) ? '?input="no input"' : ''}`, {
        headers: { accept, ...bearing },
      }))
  const text = await response.text()
  const [, code] = /"data":\{"code":"([A-Z_]+)"/.exec(text) ?? []
  return { status: response.status, code, text }
}

// Only the names are used; the services are never called.
const made = () => createRouter({ services: { catalogue: tushare } } as never)

/** Every procedure with its declared scope. */
const declared = async (): Promise<ReadonlyMap<string, string>> =>
  new Map([...made().procedures].map(([path, { scope }]) => [path, scope]))

let mutations: ReadonlySet<string>
let subscriptions: ReadonlySet<string>

beforeAll(() => {
  const { router }: { router: AnyTRPCRouter } = made()
  const procedures = Object.entries(router._def.procedures as Record<string, { _def: { type: string } }>)
  const ofType = (type: string) =>
    new Set(procedures.filter(([, { _def }]) => _def.type === type).map(([path]) => path))
  mutations = ofType('mutation')
  subscriptions = ofType('subscription')
})

describe('every procedure', () => {
  it('declares a scope', async () => {
    const paths = await declared()
    expect(paths.size).toBeGreaterThan(20)
    expect(paths.get('daily.range')).toBe('read')
    expect(paths.get('meta.info')).toBe('any')
    expect([...paths].filter(([, scope]) => scope === 'open').map(([path]) => path)).toEqual(['ops.health'])
  })

  const nobodies: Record<string, () => string | undefined> = {
    none: () => undefined,
    'malformed: no scheme': () => secrets.get('all'),
    'malformed: Basic': () => `Basic ${secrets.get('all')}`,
    'malformed: empty': () => 'Bearer ',
    'malformed: two': () => `Bearer ${secrets.get('all')} ${secrets.get('all')}`,
    'prototype key': () => 'Bearer __proto__',
    unknown: () => `Bearer ${secrets.get('unknown')}`,
    'of another secret': () => `Bearer ${secrets.get('of another secret')}`,
    'longer than the secret': () => `Bearer ${secrets.get('all')}x`,
    expired: () => `Bearer ${secrets.get('expired')}`,
    revoked: () => `Bearer ${secrets.get('revoked')}`,
  }

  /** The first procedure of each scope: a token is looked up before anything is known of the procedure. */
  const oneOfEachScope = async () =>
    [...(await declared())].filter(([, scope], at, all) => all.findIndex(([, other]) => other === scope) === at)

  it.each(Object.keys(nobodies))('is refused with 401 if the token is %s', async (kind) => {
    const asked = kind === 'none' || kind === 'revoked' ? await declared() : await oneOfEachScope()
    for (const [path, scope] of asked) {
      for (const accept of ['application/json', ARROW_STREAM]) {
        const { status, code, text } = await ask(path, nobodies[kind]?.(), accept)
        if (scope === 'open') expect(status, path).toBe(200)
        else expect([status, code], `${path}: ${text}`).toEqual([401, 'UNAUTHORIZED'])
      }
    }
  })

  it.each(scopes)(
    'accepts a token with the scope %s if it declares that scope, else answers 403',
    async (scope: Scope) => {
      for (const [path, wanted] of await declared()) {
        for (const accept of ['application/json', ARROW_STREAM]) {
          const { status, code, text } = await ask(path, `Bearer ${secrets.get(scope)}`, accept)
          const open = wanted === 'open' || wanted === 'any' || wanted === scope
          // Many calls are refused without an input, but only after authorisation.
          if (open) expect([401, 403], `${path}: ${text}`).not.toContain(status)
          else expect([status, code], `${path}: ${text}`).toEqual([403, 'FORBIDDEN'])
        }
      }
    },
  )

  it('accepts a token with all scopes', async () => {
    for (const [path] of await declared()) {
      const { status, text } = await ask(path, `Bearer ${secrets.get('all')}`)
      expect([401, 403, 404, 500], `${path}: ${text}`).not.toContain(status)
    }
  })

  it('of another dataset refuses a token for one dataset', async () => {
    const token = `Bearer ${secrets.get('daily only')}`
    for (const dataset of Object.values(tushare)) {
      for (const path of [...(await declared()).keys()].filter((path) => path.startsWith(`${dataset.name}.`))) {
        const { status, text } = await ask(path, token)
        if (/\.(upsert|delete)$/.test(path))
          expect([status, text], path).toEqual([403, expect.stringContaining('scope')])
        else if (dataset.name === 'daily') expect([401, 403], `${path}: ${text}`).not.toContain(status)
        else expect([status, text], path).toEqual([403, expect.stringContaining(`may not read ${dataset.name}`)])
      }
    }
    const writer = `Bearer ${secrets.get('writes daily')}`
    for (const procedure of ['upsert', 'delete']) {
      expect((await ask(`daily.${procedure}`, writer)).code).toBe('INVALID_INPUT')
      const { status, text } = await ask(`adj_factor.${procedure}`, writer)
      expect([status, text]).toEqual([403, expect.stringContaining('may not write adj_factor')])
    }
    expect((await ask('calendar.sessions', token)).status).toBe(403)
  })
})

describe('a token for one dataset', () => {
  const token = () => `Bearer ${secrets.get('daily only')}`

  it('gets no other dataset among several calls in one request', async () => {
    const response = await fetch(`${served.server.url}/trpc/daily.range,adj_factor.range?batch=1`, {
      method: 'POST',
      headers: {
        accept: FRAME_PARTS,
        'content-type': 'application/json',
        authorization: `Bearer ${secrets.get('daily only')}`,
      },
      body: '{"0":{"limit":1},"1":{"limit":1}}',
    })
    const parts = [...new PartSplitter(2, 2 ** 20).push(new Uint8Array(await response.arrayBuffer()))]
    expect(parts.find(({ index }) => index === 0)?.kind).toBe(PartKind.frame)
    const refused = parts.find(({ index }) => index === 1)
    expect([refused?.kind, new TextDecoder().decode(refused?.content)]).toEqual([
      PartKind.error,
      expect.stringContaining('"code":"FORBIDDEN"'),
    ])
  })

  it('sees no other dataset', async () => {
    expect(Object.keys(JSON.parse((await ask('meta.info', token())).text).result.data.datasets)).toEqual(['daily'])
    const datasets = JSON.parse((await ask('meta.datasets', token())).text).result.data as { name: string }[]
    expect(datasets.map(({ name }) => name)).toEqual(['daily'])
  })

  it('cannot derive the factors of another from adjusted prices', async () => {
    const input = (adjust: string) => `daily.range?input=${encodeURIComponent(JSON.stringify({ adjust }))}`
    expect((await ask(input('none'), token())).status).toBe(200)
    for (const adjust of ['qfq', 'hfq']) {
      const { status, text } = await ask(input(adjust), token())
      expect([status, text]).toEqual([403, expect.stringContaining('may not read adj_factor')])
    }
  })
})

describe('a refusal', () => {
  it('names the scheme, and comes before the body is read', async () => {
    const response = await fetch(`${served.server.url}/trpc/daily.range`)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    const answered = new Promise<number | undefined>((resolve, reject) => {
      // The body is never sent.
      const headers = { 'content-type': 'application/json', 'content-length': '1000000' }
      const req = request(`${served.server.url}/trpc/daily.range`, { method: 'POST', headers }, (res) => {
        resolve(res.statusCode)
        req.destroy()
      })
      req.on('error', reject).flushHeaders()
    })
    expect(await answered).toBe(401)
  })

  it('of one call in a batch does not affect the others', async () => {
    const { text } = await ask('ops.health,daily.range?batch=1&input={}', undefined)
    const [health, daily] = JSON.parse(text)
    expect(health.result.data.database).toBe('ok')
    expect(daily.error.data.code).toBe('UNAUTHORIZED')
  })

  it('reveals nothing about the server to callers without a token', async () => {
    expect((await ask('no_such_dataset.range', undefined)).status).toBe(401)
    expect((await ask('no_such_dataset.range', `Bearer ${secrets.get('all')}`)).status).toBe(404)
  })
})

describe('an address reachable from other machines', () => {
  it.each(['0.0.0.0', '::', '192.0.2.1'])('is refused without a token: %s', async (host) => {
    for (const tokens of [undefined, join(folder, 'none.json')]) {
      const options = { database: store.address, host, port: 0, log: createLog('silent') }
      await expect(start({ ...options, ...(tokens === undefined ? {} : { tokens }) })).rejects.toThrow(
        /which other machines can reach.*"stockdb token create --name NAME --scopes read"/,
      )
    }
  })

  it('is served with tokens', async () => {
    const server = await start({
      database: store.address,
      host: '0.0.0.0',
      port: 0,
      tokens: file,
      log: createLog('silent'),
    })
    try {
      const url = server.url.replace('0.0.0.0', '127.0.0.1')
      expect((await fetch(`${url}/trpc/meta.info`)).status).toBe(401)
      const headers = { authorization: `Bearer ${secrets.get('read')}` }
      expect((await fetch(`${url}/trpc/meta.info`, { headers })).status).toBe(200)
    } finally {
      await server.close()
    }
  })
})
