import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '@stockdb/client'
import { tushare } from '@stockdb/contract'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { dailyRow, type Served, serveHere } from './support/served.ts'

const QUESTION = { symbols: ['600519.SH'], fields: ['close'] } as const

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
    const frames = await Promise.all([db.daily.range(QUESTION), db.daily.range(QUESTION), db.daily.latest(QUESTION)])
    for (const frame of frames) expect(Array.from(frame.columns.close)).toEqual([close])
    expect(requests.filter((path) => path === 'meta.state').length).toBeLessThanOrEqual(1)
    const again = await db.daily.range(QUESTION)
    expect([again.meta.cache?.from, ...again.columns.close]).toEqual(['client', close])
  }
})

it('calls of the same moment are sent together, and each answer is kept', async () => {
  const db = await open(0)
  const ask = () => Promise.all([1, 2, 3].map((n) => db.daily.latest({ ...QUESTION, n })))
  requests = []
  expect((await ask()).map(({ meta }) => meta.cache)).toEqual([undefined, undefined, undefined])
  expect(requests).toHaveLength(1)
  expect((await ask()).map(({ meta }) => meta.cache?.from)).toEqual(['client', 'client', 'client'])
  expect(requests.slice(1)).toEqual(['meta.state'])
  writeOutside(3)
  expect((await ask()).map(({ columns }) => [...columns.close])).toEqual([[3], [3], [3]])
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
    bounds: { cacheMaxAgeMs: 0, cacheMemoryBytes: 2_048 },
  })
  const db = await connect(small.url, { cache: { maxAge: 0 } })
  for (let close = 1; close < 4; close++) {
    writeOutside(close)
    const first = await db.daily.range(QUESTION)
    expect([first.meta.cache, ...first.columns.close]).toEqual([undefined, close])
    const again = await db.daily.range(QUESTION)
    expect([again.meta.cache?.from, ...again.columns.close]).toEqual(['client', close])
  }
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
