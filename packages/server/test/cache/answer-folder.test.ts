import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Tushare, tushare } from '@stockdb/contract'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { capturedLog } from '../support/captured-log.ts'
import { loggedMaker } from '../support/logged-server.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { type Store, sqliteMaker } from '../support/stores.ts'

const MAX_AGE_MS = 1_000
const QUESTION = {
  symbols: ['600519.SH'],
  start: '2024-01-02',
  end: '2024-01-31',
  fields: ['close'],
  unknownSymbols: 'ignore',
} as const
const OTHER = { ...QUESTION, symbols: ['000001.SZ'] }

describe.each([loggedMaker])('answers in a folder, on $engine', ({ open }) => {
  let store: Store
  let dir: string
  let running: Served<Tushare>[] = []

  const run = async (options: Parameters<typeof serve<Tushare>>[1] = {}): Promise<Served<Tushare>> => {
    const served = await serve<Tushare>(store.address, {
      ...{ cacheDir: dir, tables: false },
      ...options,
      bounds: { cacheMaxAgeMs: MAX_AGE_MS, ...options.bounds },
    })
    running.push(served)
    return served
  }
  const stop = async (served: Served<Tushare>): Promise<void> => {
    running = running.filter((one) => one !== served)
    await served.close()
  }
  const close = async ({ db }: Served<Tushare>, question: { symbols: readonly string[] } = QUESTION) => {
    const { columns, meta } = await db.daily.range({ ...QUESTION, ...question })
    return { close: [...columns.close], from: meta.cache?.from }
  }
  const cacheOf = async ({ db }: Served<Tushare>) => (await db.ops.stats()).cache
  const files = async (suffix: string): Promise<string[]> =>
    (await readdir(join(dir, 'v2'))).filter((name) => name.endsWith(suffix))

  beforeAll(async () => {
    store = await open()
    await (await serve(store.address)).close()
  })
  afterAll(() => store?.drop())
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'stockdb-answers-'))
    await sql(store.address, 'delete from daily')
    await sql(
      store.address,
      "insert into daily (ts_code, trade_date, close) values ('600519.SH', '2024-01-02', 1), ('000001.SZ', '2024-01-02', 7)",
    )
  })
  afterEach(async () => {
    for (const served of running) await stop(served)
    await rm(dir, { recursive: true })
  })

  it('are given by the next run, which reads nothing, with the moment as of which they are', async () => {
    const first = await run()
    expect(await close(first)).toEqual({ close: [1], from: undefined })
    await stop(first)
    const before = Date.now()
    const second = await run()
    const { columns, meta } = await second.db.daily.range(QUESTION)
    expect(columns.close).toEqual(new Float64Array([1]))
    expect(meta.rows).toBe(1)
    expect(meta.cache?.from).toBe('server')
    expect(Date.parse(meta.cache?.asOf ?? '')).toBeGreaterThanOrEqual(before - 1)
    expect(await cacheOf(second)).toMatchObject({ reads: 0, hits: 1, disk: { answers: 1 } })
  })

  it('stay true when a server starts, because it commits nothing', async () => {
    const position = (): Promise<unknown> => sql(store.address, 'select @@gtid_binlog_pos')
    const before = await position()
    const served = await run()
    await close(served)
    // What is tried beside the start has an end.
    await sleep(500)
    expect(await position()).toEqual(before)
  })

  it('are read again if anything was committed between the runs', async () => {
    const first = await run()
    await close(first)
    await stop(first)
    await sql(store.address, "update daily set close = 2 where ts_code = '600519.SH'")
    const second = await run()
    expect(await close(second)).toEqual({ close: [2], from: undefined })
    await expect.poll(() => files('.arrow')).toHaveLength(1)
  })

  it('of a run that was killed are given only if nothing was committed since', async () => {
    const first = await run()
    await close(first)
    await expect.poll(() => files('index.json'), { timeout: 5_000 }).toHaveLength(1)
    // What a killed process leaves: its lock stays as well, with an id that no process has.
    const left = `${dir}-left`
    const leave = async (): Promise<void> => {
      await cp(dir, left, { recursive: true })
      await writeFile(join(left, 'v2', 'lock'), '999999999')
    }
    try {
      await leave()
      const same = await run({ cacheDir: left })
      expect(await close(same)).toEqual({ close: [1], from: 'server' })
      await stop(same)
      await leave()
      await first.db.daily.upsert([{ ts_code: '600519.SH', trade_date: '2024-01-02', close: 3 }])
      const later = await run({ cacheDir: left })
      expect(await close(later)).toEqual({ close: [3], from: undefined })
    } finally {
      // A server writes to its folder until it is stopped.
      for (const served of [...running]) await stop(served)
      await rm(left, { recursive: true, force: true })
    }
  })

  it('that a write may have changed are removed, and the others stay', async () => {
    const first = await run()
    await close(first)
    await close(first, OTHER)
    await expect.poll(() => files('.arrow')).toHaveLength(2)
    await first.db.daily.upsert([{ ts_code: '600519.SH', trade_date: '2024-01-02', close: 4 }])
    await expect.poll(() => files('.arrow')).toHaveLength(1)
    await first.db.daily.range(OTHER)
    await sleep(MAX_AGE_MS + 100)
    expect(await close(first, OTHER)).toEqual({ close: [7], from: 'server' })
    await stop(first)
    const second = await run()
    expect(await close(second, OTHER)).toEqual({ close: [7], from: 'server' })
    expect(await close(second)).toEqual({ close: [4], from: undefined })
  })

  it('are found there when memory has no room for them', async () => {
    const served = await run({ bounds: { cacheMemoryBytes: 20_000 } })
    for (let day = 10; day < 30; day++)
      await served.db.daily.range({ ...QUESTION, end: `2024-01-${day}`, fields: ['close'] })
    await expect.poll(() => files('.arrow')).toHaveLength(20)
    const { reads } = await cacheOf(served)
    const { columns, meta } = await served.db.daily.range({ ...QUESTION, end: '2024-01-10', fields: ['close'] })
    expect([...columns.close]).toEqual([1])
    expect(meta.cache?.from).toBe('server')
    expect((await cacheOf(served)).reads).toBe(reads)
  })

  it.each(['.arrow', '.json'])('whose %s is damaged are read again', async (suffix) => {
    const first = await run()
    await close(first)
    await stop(first)
    const [name = ''] = (await files(suffix)).filter((file) => file !== 'index.json')
    const path = join(dir, 'v2', name)
    const bytes = await readFile(path)
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    await writeFile(path, suffix === '.json' ? bytes.subarray(0, 40) : bytes)
    expect(await close(await run())).toEqual({ close: [1], from: undefined })
  })

  it('are not given under another declaration of their dataset', async () => {
    const first = await run()
    await close(first)
    await stop(first)
    const { fields } = tushare.daily
    const catalogue = {
      ...tushare,
      daily: { ...tushare.daily, fields: { ...fields, close: { ...fields.close, doc: 'x' } } },
    }
    const second = await run({ catalogue: catalogue as typeof tushare })
    expect((await close(second)).from).toBeUndefined()
  })

  it('stay within their limit', async () => {
    const served = await run({ bounds: { cacheDiskBytes: 2 ** 20 } })
    for (let day = 1; day <= 150; day++) {
      const start = new Date(Date.UTC(2023, 0, day)).toISOString().slice(0, 10)
      await served.db.daily.range({ ...QUESTION, start, fields: ['close'] })
    }
    const answers = async (): Promise<number | undefined> => (await cacheOf(served)).disk?.answers
    await expect.poll(async () => (await files('.arrow')).length === (await answers()), { timeout: 10_000 }).toBe(true)
    expect(await answers()).toBeGreaterThan(0)
    expect(await answers()).toBeLessThan(150)
    expect((await cacheOf(served)).disk?.bytes).toBeLessThanOrEqual(2 ** 20)
  })

  it('belong to one server: another one keeps its own in memory only, and says so', async () => {
    await run()
    const { log, lines } = capturedLog()
    const second = await run({ log })
    expect(await close(second)).toEqual({ close: [1], from: undefined })
    expect((await cacheOf(second)).disk).toBeUndefined()
    expect(lines.map(({ msg }) => msg).join()).toContain('give each server a folder of its own')
  })

  it('need a cache, and a folder that can be made', async () => {
    await expect(run({ bounds: { cacheMemoryBytes: 0 } })).rejects.toThrow(
      '--cache-dir: got it with a cache that is off; expected it without --cache-max-age off or --cache-memory 0',
    )
    const file = join(dir, 'file')
    await writeFile(file, '')
    await expect(run({ cacheDir: file })).rejects.toThrow(
      `--cache-dir: got ${JSON.stringify(file)}, which cannot be used`,
    )
  })
})

describe('a folder for answers from SQLite', () => {
  it('is of use to one run alone, because only a process knows whether the file changed', async () => {
    const store = await sqliteMaker.open()
    const dir = await mkdtemp(join(tmpdir(), 'stockdb-answers-'))
    try {
      for (const expected of [undefined, undefined]) {
        const served = await serve(store.address, { cacheDir: dir, bounds: { cacheMaxAgeMs: MAX_AGE_MS } })
        await served.db.daily.upsert([{ ts_code: '600519.SH', trade_date: '2024-01-02', close: 1 }])
        expect((await served.db.daily.range(QUESTION)).meta.cache?.from).toBe(expected)
        await served.close()
      }
    } finally {
      await store.drop()
      await rm(dir, { recursive: true })
    }
  })
})
