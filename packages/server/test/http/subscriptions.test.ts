import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import { connect, OverloadedError, UnauthorizedError } from '@stockdb/client'
import type { Tushare } from '@stockdb/contract'
import { scopes } from '@stockdb/contract/internal'
import type { ServerStatus } from '@stockdb/contract/wire'
import { expect, it, onTestFinished } from 'vitest'
import { makeToken } from '../../src/access/token.ts'
import { changeTokens } from '../../src/access/token-file.ts'
import { capturedLog } from '../support/captured-log.ts'
import { outcomeOf } from '../support/failure.ts'
import { type Served, serve } from '../support/serve.ts'
import { sqliteMaker } from '../support/stores.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

type Options = Omit<Parameters<typeof serve<Tushare>>[1] & object, 'catalogue'>

async function served(options: Options = {}): Promise<Served<Tushare>> {
  const store = await sqliteMaker.open()
  const one = await serve(store.address, options)
  onTestFinished(async () => {
    await one.close()
    await store.drop()
  })
  return one
}

const watchUrl = (url: string, input: object = {}): string =>
  `${url}/trpc/ops.watch?input=${encodeURIComponent(JSON.stringify(input))}`

it('invariant 9: subscriptions beyond --max-subscriptions are refused until one ends', async () => {
  const { server, db } = await served({ bounds: { maxSubscriptions: 1 } })
  const watch = db.ops.watch()
  await watch.next()
  const refused = await fetch(watchUrl(server.url))
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
  expect(await refused.json()).toMatchObject({
    error: { message: 'more than 1 concurrent subscriptions', data: { code: 'OVERLOADED', retryable: true } },
  })
  const { error } = await outcomeOf(db.ops.watch().next())
  expect(error).toBeInstanceOf(OverloadedError)
  await watch.return()
  await expect.poll(() => server.admission.subscriptions, { timeout: 500 }).toBe(0)
  expect((await take(db.ops.watch(), 1))[0]?.database).toBe('ok')
})

it('invariant 9: the last subscriptions are for callers who have none', async () => {
  const tokens = `${temporaryFolder()}/tokens.json`
  const made = ['many', 'other'].map((name) => makeToken({ name, scopes }, new Date()))
  await changeTokens(tokens, () => made.map(({ token }) => token))
  const [many, other] = made.map(({ secret }) => ({ headers: { authorization: `Bearer ${secret}` } }))
  const { server } = await served({ bounds: { maxSubscriptions: 3 }, tokens, token: made[0]?.secret ?? '' })
  const url = watchUrl(server.url)
  const open = [await fetch(url, many), await fetch(url, many)]
  const refused = await fetch(url, many)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
  expect(await refused.json()).toMatchObject({
    error: { message: 'nearly 3 concurrent subscriptions; the last places are for callers who have none' },
  })
  open.push(await fetch(url, other))
  expect(open.map(({ status }) => status)).toEqual([200, 200, 200])
  expect((await fetch(url, other)).status).toBe(503)
  await Promise.all(open.map(({ body }) => body?.cancel()))
})

async function take(samples: AsyncIterable<ServerStatus>, count: number): Promise<ServerStatus[]> {
  const taken: ServerStatus[] = []
  for await (const sample of samples) if (taken.push(sample) === count) break
  return taken
}

it('invariant 9: a subscription ends at its maximum age, and its client resumes it without a gap', async () => {
  const { log, lines } = capturedLog()
  const { db } = await served({ bounds: { maxSubscriptionAgeMs: 1_500 }, log })
  const samples = await take(db.ops.watch(), 6)
  expect(samples.every(({ complete }) => complete)).toBe(true)
  expect(new Set(samples.map(({ at }) => at)).size).toBe(6)
  const ended = lines.filter(({ path }) => path === 'ops.watch')
  expect(ended.length).toBeGreaterThanOrEqual(2)
  expect(ended[0]).toMatchObject({ outcome: 'AGED', caller: 'anonymous' })
})

it('an answer may take longer than its request may take to arrive', async () => {
  const { server } = await served({ bounds: { requestTimeoutMs: 300, headTimeoutMs: 300 } })
  const response = await fetch(watchUrl(server.url))
  let text = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    if (text.split('"at"').length > 3) break
  }
  expect(text.split('"at"')).toHaveLength(4)
  expect(text).not.toContain('HTTP/1.1')
})

it('a subscription ends when its token is revoked', async () => {
  const tokens = `${temporaryFolder()}/tokens.json`
  const { secret, token } = makeToken({ name: 'monitor', scopes }, new Date())
  await changeTokens(tokens, () => [token])
  const { db } = await served({ tokens, token: secret })
  const watch = db.ops.watch()
  await watch.next()
  await changeTokens(tokens, () => [{ ...token, revokedAt: new Date().toISOString() }])
  const rest = outcomeOf(take(watch, 10))
  const { error, ms } = await rest
  expect(error).toBeInstanceOf(UnauthorizedError)
  expect(error?.message).toMatch(/the token "monitor" was revoked/)
  expect(ms).toBeLessThan(3_000)
})

it('a stopping server ends its subscriptions first, with an error that says so', async () => {
  const { server, db } = await served()
  const raw = await fetch(watchUrl(server.url))
  const text = raw.text()
  await take(db.ops.watch(), 1)
  const startedAt = performance.now()
  await server.close()
  // Running calls have seven seconds.
  expect(performance.now() - startedAt).toBeLessThan(3_000)
  expect((await text).split('\n').findLast((line) => line.startsWith('data: {'))).toContain('"code":"SHUTTING_DOWN"')
})

it('a stopping server does not wait for a stalled subscriber', async () => {
  const { server } = await served()
  const { hostname, port } = new URL(server.url)
  const socket = connectSocket(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  socket.pause()
  socket.write('GET /trpc/ops.watch HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  await expect.poll(() => server.admission.subscriptions).toBe(1)
  const startedAt = performance.now()
  await server.close()
  expect(performance.now() - startedAt).toBeLessThan(3_000)
})

it('the lifetime of a subscription does not count as call time', async () => {
  const { log, lines } = capturedLog()
  const { db } = await served({ log })
  await take(db.ops.watch(), 3)
  await expect.poll(() => lines.find(({ path }) => path === 'ops.watch')).toMatchObject({ socketMs: 0, encodeMs: 0 })
})

it('a subscription is not a slow call, and counts once', async () => {
  const { log, lines } = capturedLog()
  const { db } = await served({ log, slowMs: 100 })
  await take(db.ops.watch(), 2)
  await expect.poll(async () => (await db.ops.stats()).procedures['ops.watch']?.calls).toBe(1)
  // Other calls of the client may well be slow on a busy machine.
  expect(lines.filter(({ msg, procedure }) => msg === 'slow call' && procedure === 'ops.watch')).toEqual([])
})

it.each([
  ['in a batch', 'ops.watch?batch=1&input=%7B%7D', 400, 'INVALID_INPUT'],
  ['in a batch with others', 'ops.stats,ops.watch?batch=1&input=%7B%7D', 400, 'INVALID_INPUT'],
  ['with an invalid id', 'ops.watch?input=%7B%22lastEventId%22%3A%22x%22%7D', 200, 'INVALID_INPUT'],
])('a subscription %s is refused', async (_how, path, status, code) => {
  const { server } = await served()
  const response = await fetch(`${server.url}/trpc/${path}`)
  expect(response.status).toBe(status)
  expect(await response.text()).toContain(`"code":"${code}"`)
})

it('a subscription needs the scope of its procedure, and the refusal has its status', async () => {
  const tokens = `${temporaryFolder()}/tokens.json`
  const all = makeToken({ name: 'all', scopes }, new Date())
  const reader = makeToken({ name: 'reader', scopes: ['read'] }, new Date())
  await changeTokens(tokens, () => [all.token, reader.token])
  const { server } = await served({ tokens, token: all.secret })
  const refused = await fetch(watchUrl(server.url), { headers: { authorization: `Bearer ${reader.secret}` } })
  expect(refused.status).toBe(403)
  const db = await connect(server.url, { token: reader.secret })
  expect((await outcomeOf(db.ops.watch().next())).error?.code).toBe('FORBIDDEN')
})
