import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '@stockdb/client'
import { tushare } from '@stockdb/contract'
import { tableFromIPC } from '@uwdata/flechette'
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { dailyRow, type Served, serveHere } from './support/served.ts'

const QUESTION = { symbols: ['600519.SH'], fields: ['close'] } as const
const BOTH = { symbols: ['600519.SH', '600000.SH'], fields: ['close'] } as const
const { daily } = tushare

let served: Served
let dir: string
let file: string
let requests: string[]
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stockdb-folder-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  dir = join(folder, 'cache')
  file = join(folder, 'stock.db')
  served = await serveHere({ database: `sqlite:${file}`, bounds: { cacheMaxAgeMs: 1_000 } })
  await served.fill(daily, [dailyRow('600519.SH', '2024-01-02', 1), dailyRow('600000.SH', '2024-01-02', 2)])
  requests = []
})

type Options = NonNullable<Parameters<typeof connect>[1]>

/** As another process does: nothing is in memory. */
async function open(options: Options = {}, cache: object = {}) {
  vi.resetModules()
  const { connect: fresh } = (await import('@stockdb/client')) as { connect: typeof connect }
  return fresh(served.url, {
    cache: { dir, maxAge: 60_000, ...cache },
    fetch: (input, init) => {
      requests.push(String(input).replace(/.*\/trpc\/([\w.]+).*/, '$1'))
      return fetch(input, init)
    },
    ...options,
  })
}
const files = async (): Promise<string[]> =>
  (await readdir(join(dir, 'v1'))).filter((name) => name.endsWith('.arrow')).map((name) => join(dir, 'v1', name))
/** Answers are written after they are given. */
async function written(count: number): Promise<string[]> {
  for (let tries = 0; tries < 100; tries++, await sleep(20)) {
    const found = await files().catch(() => [])
    if (found.length === count) return found
  }
  return files()
}

it('the second run reads nothing again: it asks for the state only', async () => {
  const first = await (await open()).daily.range(QUESTION)
  await written(1)
  requests = []
  const db = await open()
  const second = await db.daily.range(QUESTION)
  await db.daily.range(QUESTION)
  expect(requests).toEqual(['meta.info', 'meta.state'])
  expect(second.columns).toEqual(first.columns)
  expect(second.meta.cache?.from).toBe('client')
  expect({ ...second.meta, cache: undefined }).toEqual({ ...first.meta, cache: undefined })
})

it('what was written since is read again', async () => {
  await (await open()).daily.range(QUESTION)
  await written(1)
  await served.fill(daily, [dailyRow('600519.SH', '2024-01-02', 7)])
  expect(Array.from((await (await open()).daily.range(QUESTION)).columns.close)).toEqual([7])
})

it('offline has what was counted by old lists, also if the server had it in memory', async () => {
  await (await connect(served.url)).daily.range(QUESTION)
  const database = new DatabaseSync(file, { timeout: 10_000 })
  database.exec('update daily set close = 7')
  database.close()
  await sleep(1_100)
  // The lists are those from before the write, so that the answer has no name.
  await (await connect(served.url)).daily.range(QUESTION)
  const first = await (await open()).daily.range(QUESTION)
  expect([first.meta.cache?.from, ...first.columns.close]).toEqual(['server', 7])
  await written(1)
  const frame = await (await open({ offline: true })).daily.range(QUESTION)
  expect([frame.meta.cache, ...frame.columns.close]).toEqual([{ from: 'client', asOf: first.meta.cache?.asOf }, 7])
  // With a connection the server is asked.
  expect((await (await open()).daily.range(QUESTION)).meta.cache?.from).toBe('server')
})

it('offline gives what is there without a request, says as of when, and refuses everything else', async () => {
  await (await open()).daily.range(QUESTION)
  await written(1)
  const before = new Date().toISOString()
  await served.fill(daily, [dailyRow('600519.SH', '2024-01-02', 7)])
  requests = []
  const db = await open({ offline: true })
  const frame = await db.daily.range(QUESTION)
  expect(Array.from(frame.columns.close)).toEqual([1])
  expect(frame.meta.cache?.from).toBe('client')
  expect((frame.meta.cache?.asOf ?? '') <= before).toBe(true)
  const other = db.daily.range({ symbols: ['600000.SH'] })
  await expect(other).rejects.toMatchObject({ code: 'UNREACHABLE', message: expect.stringContaining('600000.SH') })
  const others = [() => db.daily.range(QUESTION, { fresh: true }), () => db.meta.datasets(), () => db.sql('select 1')]
  for (const refused of others)
    await expect(refused()).rejects.toMatchObject({ code: 'UNREACHABLE', message: expect.stringContaining('offline') })
  expect(requests).toEqual([])
})

it('a stream that was read to its end is not read again, and offline has it', async () => {
  const closes: number[][] = []
  for (const offline of [false, false, true]) {
    requests = []
    const db = await open({ offline })
    const seen: number[] = []
    for await (const { columns } of db.daily.stream(BOTH)) {
      seen.push(...columns.close)
      // It is the reader's.
      columns.close.fill(99)
    }
    closes.push(seen)
    expect(requests).toEqual([['meta.info', 'daily.range'], ['meta.info', 'meta.state'], []][closes.length - 1])
    await written(1)
  }
  expect(closes).toEqual([
    [2, 1],
    [2, 1],
    [2, 1],
  ])
  // A read of the same question finds it, too.
  expect((await (await open()).daily.range(BOTH)).meta.cache?.from).toBe('client')
})

it('a stream that is left, or is too long for the memory, is not kept', async () => {
  for await (const _ of (await open()).daily.stream(BOTH)) break
  for await (const _ of (await open({}, { memory: 100 })).daily.stream(BOTH))
    expect(_.numRows).toBeGreaterThanOrEqual(0)
  await sleep(200)
  expect(await files()).toEqual([])
})

it('a kept stream ends when its signal fires', async () => {
  const days = Array.from({ length: 70_000 }, (_, at) => new Date(at * 24 * 3_600_000).toISOString().slice(0, 10))
  await served.fill(
    daily,
    days.map((day) => dailyRow('000001.SZ', day, 1)),
  )
  const input = { symbols: ['000001.SZ'], start: '1970-01-01', fields: ['close'] } as const
  const batchesOf = async (offline: boolean, signal?: AbortSignal, seen = (): void => {}) => {
    let batches = 0
    for await (const _ of (await open({ offline })).daily.stream(input, { signal })) {
      batches++
      seen()
    }
    return batches
  }
  const batches = await batchesOf(false)
  expect(batches).toBeGreaterThan(1)
  await written(1)
  expect(await batchesOf(true)).toBe(batches)
  const abort = new AbortController()
  await expect(batchesOf(true, abort.signal, () => abort.abort())).rejects.toMatchObject({ code: 'CANCELLED' })
})

it('offline has the trading days that were asked for', async () => {
  await (await open()).trade_cal.upsert([
    { exchange: 'SSE', cal_date: '2024-01-01', is_open: 0 },
    { exchange: 'SSE', cal_date: '2024-01-02', is_open: 1 },
    { exchange: 'SSE', cal_date: '2024-01-03', is_open: 1 },
  ])
  const days = { start: '2024-01-01', end: '2024-01-03' }
  const ask = async (db: Awaited<ReturnType<typeof open>>) => [
    await db.calendar.sessions(days),
    await db.calendar.next({ date: '2024-01-02' }),
  ]
  const online = await ask(await open())
  expect(online).toEqual([['2024-01-02', '2024-01-03'], '2024-01-03'])
  await expect
    .poll(async () => (await readdir(join(dir, 'v1'))).filter((name) => name.endsWith('.call.json')).length)
    .toBe(2)
  requests = []
  const offline = await open({ offline: true })
  expect(await ask(offline)).toEqual(online)
  await expect(offline.calendar.previous({ date: '2024-01-03' })).rejects.toMatchObject({
    code: 'UNREACHABLE',
    message: expect.stringContaining('offline: the cache folder has no answer to calendar.previous'),
  })
  expect(requests).toEqual([])
})

it('offline without a folder, or with one that knows nothing of the server, is refused', async () => {
  await expect(connect(served.url, { offline: true })).rejects.toThrow('offline: got true without cache.dir')
  await expect(open({ offline: true })).rejects.toThrow('offline: the cache folder has nothing from')
})

it('files are Arrow streams, of which a damaged one is read again', async () => {
  const db = await open()
  await db.daily.range(QUESTION)
  const [file = ''] = await written(1)
  const bytes = await readFile(file)
  expect(tableFromIPC(new Uint8Array(bytes)).getChild('close')?.toArray()).toEqual(new Float64Array([1]))
  for (const place of [40, bytes.length >> 1, bytes.length - 8, bytes.length - 1]) {
    const damaged = Buffer.from(bytes)
    damaged[place] = (damaged[place] ?? 0) ^ 1
    await writeFile(file, damaged)
    requests = []
    expect(Array.from((await (await open()).daily.range(QUESTION)).columns.close)).toEqual([1])
    expect(requests).toContain('daily.range')
    await expect.poll(async () => (await readFile(file)).equals(damaged)).toBe(false)
  }
  await writeFile(file, bytes.subarray(0, 100))
  await expect((await open({ offline: true })).daily.range(QUESTION)).rejects.toThrow('offline')
})

it('answers are found with the same token only, which is nowhere in the folder', async () => {
  const token = 'a-secret-that-nobody-may-see'
  const db = await open({ token })
  await db.daily.range(QUESTION)
  await written(1)
  await expect(open({ offline: true })).rejects.toThrow('has nothing from')
  await expect(open({ offline: true, token: 'another' })).rejects.toThrow('has nothing from')
  expect((await (await open({ offline: true, token })).daily.range(QUESTION)).numRows).toBe(1)
  for (const name of await readdir(join(dir, 'v1'))) {
    expect(name).not.toContain(token)
    expect((await readFile(join(dir, 'v1', name))).includes(token)).toBe(false)
    if (name !== 'lock') expect((await stat(join(dir, 'v1', name))).mode & 0o077).toBe(0)
  }
})

it('the answers not used for longest make room', async () => {
  const db = await open({}, { disk: 8_000 })
  for (const limit of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) await db.daily.range({ ...QUESTION, limit })
  await sleep(300)
  const kept = await files()
  expect(kept.length).toBeGreaterThan(0)
  expect(kept.length).toBeLessThan(10)
  const offline = await open({ offline: true })
  expect((await offline.daily.range({ ...QUESTION, limit: 10 })).numRows).toBe(1)
  await expect(offline.daily.range({ ...QUESTION, limit: 1 })).rejects.toThrow('offline')
})

it('a process that does not hold the lock reads, and writes nothing', async () => {
  await (await open()).daily.range(QUESTION)
  await written(1)
  const holder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  onTestFinished(() => void holder.kill())
  await writeFile(join(dir, 'v1', 'lock'), String(holder.pid))
  const db = await open()
  expect((await db.daily.range(QUESTION)).meta.cache?.from).toBe('client')
  await db.daily.range({ symbols: ['600000.SH'] })
  await sleep(200)
  expect(await files()).toHaveLength(1)
  holder.kill()
  await new Promise((resolve) => holder.once('exit', resolve))
  await (await open()).daily.range({ symbols: ['600000.SH'] })
  expect(await written(2)).toHaveLength(2)
})

it('a bad folder or size is refused by name', async () => {
  await expect(open({}, { dir: '' })).rejects.toThrow('cache.dir: got ""')
  await expect(open({}, { disk: 'much' })).rejects.toThrow('cache.disk: got "much"')
  await writeFile(join(dir, '..', 'file'), '')
  await expect(open({}, { dir: join(dir, '..', 'file') })).rejects.toThrow('cache.dir: got')
})

it('a browser has no folder, and the error says so', async () => {
  const { getBuiltinModule } = process
  vi.stubGlobal('process', { ...process, getBuiltinModule: undefined })
  try {
    await expect(open()).rejects.toThrow('a browser has no files')
  } finally {
    vi.unstubAllGlobals()
    expect(process.getBuiltinModule).toBe(getBuiltinModule)
  }
})
