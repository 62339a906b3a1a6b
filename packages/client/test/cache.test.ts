import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '@stockdb/client'
import { tushare } from '@stockdb/contract'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { dailyRow, type Served, serveHere } from './support/served.ts'

/** Its coverage is counted by lists from memory, so that an answer just after a commit of others is not kept by its state. */
const QUESTION = { symbols: ['600519.SH'], fields: ['close'] } as const
/** Nothing is counted by a list. */
const NAMED = { symbols: ['600519.SH'], fields: ['name'] } as const

const { daily } = tushare

let served: Served
let file: string
let requests: string[]
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stockdb-cache-test-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  file = join(folder, 'stock.db')
  served = await serveHere({ database: `sqlite:${file}`, bounds: { cacheMaxAgeMs: 1_000 } })
  await served.fill(daily, [dailyRow('600519.SH', '2024-01-02', 1)])
  requests = []
})

const open = (maxAge: number, memory?: string) =>
  connect(served.url, {
    cache: { maxAge, ...(memory === undefined ? {} : { memory }) },
    fetch: (input, init) => {
      requests.push(String(input).replace(/.*\/trpc\/([\w.]+).*/, '$1'))
      return fetch(input, init)
    },
  })

function writeOutside(close: number): void {
  const database = new DatabaseSync(file, { timeout: 10_000 })
  database.exec(`update daily set close = ${close}`)
  database.exec(`insert or replace into stock_basic (ts_code, name) values ('600519.SH', '${close}')`)
  database.close()
}

it('a kept answer is given without a request within maxAge, and says as of when it is', async () => {
  const db = await open(60_000)
  const first = await db.daily.range(QUESTION)
  requests = []
  const second = await db.daily.range(QUESTION)
  expect(requests).toEqual(['meta.state'])
  const third = await db.daily.range(QUESTION)
  expect(requests).toEqual(['meta.state'])
  for (const frame of [second, third]) {
    expect(frame.columns).toEqual(first.columns)
    expect(frame.meta.cache?.from).toBe('client')
    expect(Math.abs(Date.parse(frame.meta.cache?.asOf ?? '') - Date.now())).toBeLessThan(60_000)
  }
  const fresh = await db.daily.range(QUESTION, { fresh: true })
  expect(fresh.meta.cache).toBeUndefined()
})

it('with maxAge 0 each moment asks once, and what others commit is seen at once', async () => {
  const db = await open(0)
  for (let close = 1; close < 10; close++) {
    writeOutside(close)
    requests = []
    const [named, ...frames] = await Promise.all([
      db.stock_basic.list(NAMED),
      ...[db.daily.range(QUESTION), db.daily.range(QUESTION), db.daily.latest(QUESTION)],
    ])
    expect(named.columns.name).toEqual([String(close)])
    for (const frame of frames) expect(Array.from(frame.columns.close)).toEqual([close])
    expect(requests.filter((path) => path === 'meta.state').length).toBeLessThanOrEqual(1)
    const again = await db.stock_basic.list(NAMED)
    expect([again.meta.cache?.from, ...again.columns.name]).toEqual(['client', String(close)])
    expect(Array.from((await db.daily.range(QUESTION)).columns.close)).toEqual([close])
  }
})

it('calls of the same moment are sent together, and each answer is kept', async () => {
  const db = await open(0)
  writeOutside(2)
  const ask = () => Promise.all([1, 2, 3].map((limit) => db.stock_basic.list({ ...NAMED, limit })))
  requests = []
  expect((await ask()).map(({ meta }) => meta.cache)).toEqual([undefined, undefined, undefined])
  expect(requests).toHaveLength(1)
  expect((await ask()).map(({ meta }) => meta.cache?.from)).toEqual(['client', 'client', 'client'])
  expect(requests.slice(1)).toEqual(['meta.state'])
  writeOutside(3)
  expect((await ask()).map(({ columns }) => [...columns.name])).toEqual([['3'], ['3'], ['3']])
  expect(requests).toHaveLength(4)
})

it('what others commit is seen after maxAge at most', async () => {
  const db = await open(300)
  await db.daily.range(QUESTION)
  await db.daily.range(QUESTION)
  writeOutside(7)
  await sleep(320)
  expect(Array.from((await db.daily.range(QUESTION)).columns.close)).toEqual([7])
})

it('a write of this client is seen by its next call', async () => {
  const db = await open(60_000)
  for (let close = 1; close < 5; close++) {
    const beside = db.daily.range(QUESTION)
    await db.daily.upsert([{ ts_code: '600519.SH', trade_date: '2024-01-02', close }])
    await beside
    expect(Array.from((await db.daily.range(QUESTION)).columns.close)).toEqual([close])
    expect(Array.from((await db.daily.range(QUESTION)).columns.close)).toEqual([close])
  }
})

it('columns of a kept answer are the own ones of each caller', async () => {
  const db = await open(60_000)
  for (let time = 0; time < 3; time++) {
    const { columns } = await db.daily.range(QUESTION)
    expect(Array.from(columns.close)).toEqual([1])
    columns.close[0] = 99
  }
})

it('an argument that cannot be sent rejects the call', async () => {
  const db = await open(1_000)
  const circular: Record<string, unknown> = {}
  circular.circular = circular
  const call = db.daily.range(circular as never)
  await expect(call).rejects.toThrow(/circular/)
})

it('answers are kept that are too long for the memory of the server', async () => {
  const small = await serveHere({
    database: `sqlite:${file}`,
    bounds: { cacheMaxAgeMs: 0, cacheMemoryBytes: 64 },
  })
  const db = await connect(small.url, { cache: { maxAge: 0 } })
  for (let close = 1; close < 4; close++) {
    writeOutside(close)
    const first = await db.stock_basic.list(NAMED)
    expect([first.meta.cache, ...first.columns.name]).toEqual([undefined, String(close)])
    const again = await db.stock_basic.list(NAMED)
    expect([again.meta.cache?.from, ...again.columns.name]).toEqual(['client', String(close)])
  }
})

it('what was counted by old lists is not kept until the next commit', async () => {
  // A server without room reads each answer again.
  const small = await serveHere({ database: `sqlite:${file}`, bounds: { cacheMaxAgeMs: 0, cacheMemoryBytes: 64 } })
  await small.fill(tushare.trade_cal, [
    ['SSE', '2024-01-02', 1, '2023-12-29'],
    ['SSE', '2024-01-03', 0, '2024-01-02'],
  ])
  const db = await connect(small.url, { cache: { maxAge: 0 } })
  const sessions = async () =>
    (await db.daily.range({ ...QUESTION, start: '2024-01-02', end: '2024-01-03' })).meta.coverage?.sessionsExpected
  expect(await sessions()).toBe(1)
  const database = new DatabaseSync(file, { timeout: 10_000 })
  database.exec("update trade_cal set is_open = 1 where cal_date like '%03'")
  database.close()
  // Coverage may be made of the trading days that the server has in memory.
  await sessions()
  // It reads them again in the same state of the database.
  expect(await db.calendar.sessions({ start: '2024-01-02', end: '2024-01-03' })).toHaveLength(2)
  expect(await sessions()).toBe(2)
})

it('answers that do not fit into the memory are not kept', async () => {
  const db = await open(60_000, '1KB')
  await db.daily.range(QUESTION)
  expect((await db.daily.range(QUESTION)).meta.cache?.from).toBe('server')
})

it('invalid options are refused', async () => {
  await expect(connect(served.url, { cache: { memory: '1 TB' } })).rejects.toThrow(
    'cache.memory: got "1 TB"; expected bytes, or a text such as "512MB"',
  )
  await expect(connect(served.url, { cache: { maxAge: -1 } })).rejects.toThrow(
    'cache.maxAge: got -1; expected milliseconds, 0 or more',
  )
})
