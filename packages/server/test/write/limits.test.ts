import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, defineFactor } from '@stockdb/client'
import { float64 } from '@stockdb/contract'
import { ARROW_STREAM } from '@stockdb/contract/wire'
import type { Bounds, Log } from '@stockdb/server'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { makeToken } from '../../src/access/token.ts'
import { changeTokens } from '../../src/access/token-file.ts'
import { capturedLog } from '../support/captured-log.ts'
import { serve } from '../support/serve.ts'
import { type Store, sqliteMaker } from '../support/stores.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** How long a commit of a slow database takes. */
const COMMIT_MS = 60
const factor = (trade_date: string) => ({ ts_code: 'A', trade_date, adj_factor: 1 })
const days = Array.from({ length: 31 }, (_, day) => factor(`2024-01-${String(day + 1).padStart(2, '0')}`))

describe('invariant 9: a write', () => {
  let store: Store
  beforeAll(async () => {
    store = await sqliteMaker.open()
  })
  afterAll(() => store?.drop())

  async function served(bounds: Partial<Bounds>, log: Log = capturedLog().log) {
    const one = await serve(store.address, { bounds, log })
    onTestFinished(() => one.close())
    return one
  }

  it('has so many rows at most, and so many bytes', async () => {
    const rows = await served({ maxWriteRows: 30 })
    await expect(rows.db.adj_factor.upsert(days)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' })
    await expect(rows.db.adj_factor.upsert(days.slice(1))).resolves.toMatchObject({ inserted: 30 })
    const bytes = await served({ maxWriteBytes: 1_024 })
    await expect(bytes.db.adj_factor.upsert(days)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' })
  })

  it('holds as much memory as its body has bytes: many small ones at once are not refused', async () => {
    const oneBuffer = 16 * 2 ** 20
    const { server } = await served({ maxBytesInFlight: oneBuffer, maxBytesInFlightPerCaller: oneBuffer, maxCalls: 64 })
    const db = await connect(server.url, { retries: 0, concurrency: 16 })
    const writes = Array.from({ length: 16 }, (_, n) =>
      db.adj_factor.upsert([{ ...factor('2024-02-01'), ts_code: `M${n}` }]),
    )
    expect((await Promise.allSettled(writes)).map(({ status }) => status)).toEqual(writes.map(() => 'fulfilled'))
  })

  it('counts the memory of its keys, and ends where that is more than its caller may hold', async () => {
    const MB = 2 ** 20
    const { server } = await served({ maxBytesInFlightPerCaller: 1_780_000, writeBufferBytes: MB })
    const db = await connect(server.url, { retries: 0 })
    const sorted = Array.from({ length: 110_000 }, (_, n) => ({
      ...{ ts_code: `K${String(n).padStart(6, '0')}`, adj_factor: 1 },
      trade_date: '2024-05-01',
    }))
    // 7,919 is a prime that does not divide their number.
    const shuffled = sorted.map((_, at) => sorted[(at * 7_919) % sorted.length] as (typeof sorted)[number])
    const asked = Promise.withResolvers<void>()
    const write = db.adj_factor.upsert(async function* () {
      for (let from = 0; from < 60_000; from += 6_000) yield shuffled.slice(from, from + 6_000)
      await asked.promise
      yield shuffled.slice(60_000)
    })
    const refused = expect(write).rejects.toMatchObject({
      code: 'BODY_TOO_LARGE',
      message: expect.stringContaining('send the rows in the order of their keys'),
    })
    const outcome = () =>
      db.adj_factor.range({ symbols: ['A'] }).then(
        () => 'ok',
        ({ code }) => code,
      )
    // Together with the buffer of a megabyte.
    await expect.poll(outcome, { timeout: 10_000 }).toBe('RATE_LIMITED')
    asked.resolve()
    await refused
    await expect.poll(outcome).toBe('ok')
    const twice = [...sorted.slice(0, 16_000), sorted[5]] as typeof sorted
    await expect(db.adj_factor.upsert(twice)).rejects.toMatchObject({
      message: expect.stringContaining('row 16001 (items[16000]): ts_code, trade_date: got the key of row 6 again'),
    })
  })

  it('ends when its sender pauses, and when it takes too long', async () => {
    const paused = await served({ writePauseMs: 300 })
    const slow = async function* () {
      // The client holds the last pieces back until it knows that they are the last.
      for (const day of days.slice(0, 5)) yield [day]
      await new Promise((resolve) => setTimeout(resolve, 5_000))
      yield days.slice(5)
    }
    await expect(paused.db.adj_factor.upsert(slow)).rejects.toMatchObject({ code: 'QUERY_TIMEOUT', message: /paused/ })
    const late = await served({ writeTimeoutMs: 300 })
    await expect(late.db.adj_factor.upsert(slow)).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' })
    expect((await late.db.adj_factor.range({ symbols: ['A'], end: '2024-01-01' })).numRows).toBe(0)
  })

  it('that takes too long gives its place to others while its rows are still to come', async () => {
    const { db } = await served({ writeTimeoutMs: 400, maxWrites: 1 })
    let isSent = false
    const slow = async function* () {
      for (const day of days.slice(0, 5)) yield [day]
      await sleep(3_000)
      isSent = true
    }
    const ended = expect(db.adj_factor.upsert(slow)).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' })
    await sleep(500)
    await db.adj_factor.upsert([{ ...factor('2024-04-01'), ts_code: 'B' }])
    expect(isSent).toBe(false)
    await ended
  })

  it('ends when its rows come more slowly than --min-write-rate', async () => {
    const log = capturedLog()
    const { server } = await served({ minWriteBytes: 1_000, writeWindowMs: 600, maxWrites: 1 }, log.log)
    const { status, error } = await trickled(server.url, 20, 2_000)
    expect([status, error?.data.code]).toEqual([504, 'QUERY_TIMEOUT'])
    expect(error?.message).toMatch(
      /^the body came at \d\d bytes per second; expected 1000 at least, averaged over 600 ms; see --min-write-rate$/,
    )
    const outcomes = log.lines.flatMap(({ path, outcome }) => (path === 'adj_factor.upsert' ? [outcome] : []))
    expect(outcomes).toEqual(['STALLED'])
    expect(server.admission.calls).toBe(0)
  })

  it.each([
    ['as fast as --min-write-rate', { minWriteBytes: 10, writeWindowMs: 600 }],
    ['slowly, where there is no minimum', { minWriteBytes: 0, writeWindowMs: 100 }],
    ['slowly, but not for long enough', { minWriteBytes: 1_000, writeWindowMs: 10_000 }],
  ])('does not end while its rows come %s', async (_, bounds) => {
    const { server } = await served({ ...bounds, writeTimeoutMs: 1_500 })
    const { error } = await trickled(server.url, 20, 2_000)
    expect(error?.message).toContain('1500 ms')
  })

  it('of a slow database does not count as one of a slow sender', async () => {
    const { server, db } = await served({ minWriteBytes: 1024 ** 3, writeWindowMs: 100, writeBufferBytes: 1024 ** 2 })
    const { begin } = server.engine
    vi.spyOn(server.engine, 'begin').mockImplementation(async (signal) => {
      await sleep(500)
      return begin.call(server.engine, signal)
    })
    await expect(db.adj_factor.upsert(days)).resolves.toBeDefined()
  })

  it('of one caller cannot keep those of others from their places, however slowly its rows come', async () => {
    const tokens = join(temporaryFolder(), 'tokens.json')
    const made = ['slow', 'other'].map((name) => makeToken({ name, scopes: ['read', 'write'] }, new Date()))
    await changeTokens(tokens, () => made.map(({ token }) => token))
    const { server } = await serve(store.address, { tokens, token: made[0]?.secret ?? '', bounds: { maxWrites: 2 } })
    onTestFinished(() => server.close())
    const [slow, other] = await Promise.all(
      made.map(({ secret }) => connect(server.url, { token: secret, retries: 0 })),
    )
    const leave = new AbortController()
    const endless = async function* () {
      for (const day of days.slice(0, 5)) yield [day]
      await new Promise((resolve) => leave.signal.addEventListener('abort', resolve))
    }
    const writes = [1, 2, 3].map(() => slow?.adj_factor.upsert(endless, { signal: leave.signal }).catch(() => {}))
    await sleep(300)
    const rows = Array.from({ length: 600 }, (_, n) => ({ ...factor('2024-03-01'), ts_code: `O${n}` }))
    const written = other?.adj_factor.upsert(rows, { timeoutMs: 3_000 })
    await expect(written).resolves.toMatchObject({ inserted: 600 })
    await expect(other?.adj_factor.upsert(rows.slice(0, 1))).resolves.toMatchObject({ unchanged: 1 })
    leave.abort()
    await Promise.all(writes)
  })

  it('is refused among several calls, with a bad key, and by GET', async () => {
    const { server } = await served({})
    const url = `${server.url}/trpc`
    const json = { method: 'POST', headers: { 'content-type': 'application/json' } }
    const body = JSON.stringify({ fields: ['ts_code', 'trade_date'], items: [] })
    const batch = await fetch(`${url}/adj_factor.upsert,adj_factor.upsert?batch=1`, {
      ...{ ...json, body: `{"0":${body},"1":${body}}` },
    })
    expect(await batch.text()).toContain('send each write by itself')
    const key = await fetch(`${url}/adj_factor.upsert`, {
      ...{ ...json, body, headers: { ...json.headers, 'idempotency-key': 'x'.repeat(129) } },
    })
    expect([key.status, await key.text()]).toEqual([400, expect.stringContaining('1 to 128 visible ASCII')])
    expect((await fetch(`${url}/adj_factor.upsert?input=${encodeURIComponent(body)}`)).status).toBe(405)
    const garbage = await fetch(`${url}/adj_factor.upsert`, {
      ...{ method: 'POST', headers: { 'content-type': ARROW_STREAM }, body: 'no Arrow at all, but long enough' },
    })
    expect([garbage.status, await garbage.text()]).toEqual([
      400,
      expect.stringContaining('expected an Arrow IPC stream'),
    ])
  })

  it('is in the access log with what it did', async () => {
    const log = capturedLog()
    const { db } = await served({}, log.log)
    await db.adj_factor.upsert([factor('2024-03-01')])
    await expect
      .poll(() => log.lines.find((line) => (line as { path?: string }).path === 'adj_factor.upsert'))
      .toMatchObject({ inserted: 1, changed: 0, unchanged: 0, outcome: 'ok' })
  })

  it('invariant 10: logs and counts the time of the database as such: alone, with others, streamed, of deletes and factors', async () => {
    const log = capturedLog()
    const slow = await serve(store.address, { log: log.log, bounds: { writeBufferBytes: 2 ** 20 } })
    onTestFinished(() => slow.close())
    const { engine } = slow.server
    const begin = engine.begin.bind(engine)
    engine.begin = async (signal) => {
      const transaction = await begin(signal)
      return { ...transaction, commit: () => sleep(COMMIT_MS).then(() => transaction.commit()) }
    }
    const db = await connect(slow.server.url, { retries: 0, concurrency: 16 })
    await db.adj_factor.upsert([factor('2024-04-01')])
    await Promise.all(days.slice(0, 8).map((day) => db.adj_factor.upsert([{ ...day, ts_code: 'G' }])))
    const many = Array.from({ length: 20_000 }, (_, n) => ({ ...factor('2024-04-01'), ts_code: `${n}` }))
    expect(await db.adj_factor.upsert(many)).toMatchObject({ inserted: many.length })
    await db.adj_factor.delete({ all: true })
    await db.factors.define(defineFactor({ name: 'timed', description: 'A factor', fields: { value: float64('It') } }))
    await db.factors.drop('timed')
    const lines = () => log.lines.filter(({ path }) => /upsert|delete|define|drop/.test(String(path)))
    await expect.poll(() => lines().length).toBe(13)
    for (const line of lines()) {
      const [ms, queueMs, databaseMs, encodeMs] = ['ms', 'queueMs', 'databaseMs', 'encodeMs'].map((name) =>
        Number(line[name]),
      ) as [number, number, number, number]
      expect(databaseMs, JSON.stringify(line)).toBeGreaterThanOrEqual(COMMIT_MS - 2)
      // Nothing of it counts twice.
      expect(queueMs + databaseMs + encodeMs, JSON.stringify(line)).toBeLessThan(ms + 1)
    }
    // The first of those together goes alone; others wait for it.
    expect(lines().filter(({ queueMs }) => Number(queueMs) >= COMMIT_MS / 2)).not.toEqual([])
    const { procedures } = await db.ops.stats()
    expect(procedures['adj_factor.upsert']?.databaseMs).toBeGreaterThan(10 * (COMMIT_MS - 2))
  })

  it('from an iterable that cannot be replayed is not repeated, and its error says so', async () => {
    const { server } = await served({ maxBytesInFlight: 1_048_576, maxBytesInFlightPerCaller: 1_048_576 })
    const db = await connect(server.url, { retries: 3 })
    await server.close()
    const once = async function* () {
      yield days
    }
    await expect(db.adj_factor.upsert(once())).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('cannot be replayed'),
    })
  })
})

interface Refused {
  readonly status: number | undefined
  readonly error: { readonly message: string; readonly data: { readonly code: string } } | undefined
}

/** Sends a body one byte at a time, with pauses, and ends it after `forMs`. */
function trickled(url: string, pauseMs: number, forMs: number): Promise<Refused> {
  // A message that is longer than will be sent.
  const head = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x00, 0x10, 0x00, 0x00])
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': ARROW_STREAM, connection: 'close' }
    const req = request(`${url}/trpc/adj_factor.upsert`, { method: 'POST', headers }, async (res) => {
      const text = (await res.toArray()).join('')
      const { error } = JSON.parse(text) as Pick<Refused, 'error'>
      resolve({ status: res.statusCode, error })
      req.destroy()
    })
    let sent = 0
    const timer = setInterval(
      () => req.write(head.subarray(sent, sent + 1).length > 0 ? head.subarray(sent, ++sent) : '.'),
      pauseMs,
    )
    const end = setTimeout(() => {
      clearInterval(timer)
      req.end()
    }, forMs)
    req.on('close', () => {
      clearInterval(timer)
      clearTimeout(end)
    })
    req.on('error', reject)
  })
}
