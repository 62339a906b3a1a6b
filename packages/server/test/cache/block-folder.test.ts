import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Tushare, tushare } from '@stockdb/contract'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ReadQuery } from '../../src/engine/engine.ts'
import { askBytes, comparable, contentOf } from '../support/ask-bytes.ts'
import { MARKET_CODES, marketQuestion, writeMarket } from '../support/block-market.ts'
import { loggedMaker } from '../support/logged-server.ts'
import { startServing } from '../support/program.ts'
import { randomFrom } from '../support/random.ts'
import { times } from '../support/scale.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import type { Store } from '../support/stores.ts'
import { watchReads } from '../support/watch-reads.ts'

const LONG_MS = 60_000
const FOLDER = 'v2'
const QUESTIONS = times(80, 2_000)
const ROW_TABLES: readonly string[] = ['daily', 'adj_factor']
const FIELDS = ['open', 'high', 'low', 'close', 'pre_close', 'vol', 'amount']
const ALL = { symbols: MARKET_CODES, fields: FIELDS }
const NARROW = { symbols: MARKET_CODES.slice(2, 9), fields: ['close'], start: '2022-03-01', end: '2023-06-30' }

describe.each([loggedMaker])('blocks in a folder, on $engine', ({ open }) => {
  let store: Store
  let dir: string
  let running: Served<Tushare>[] = []
  let reads: ReadQuery[] = []

  const run = async (options: Parameters<typeof serve<Tushare>>[1] = {}): Promise<Served<Tushare>> => {
    const served = await serve<Tushare>(store.address, {
      ...{ cacheDir: dir, tables: false },
      ...options,
      bounds: { cacheMaxAgeMs: LONG_MS, ...options.bounds },
    })
    running.push(served)
    watchReads(served.server.engine, (query) => {
      if (query.columns.some(({ source }) => source && ROW_TABLES.includes(source.table))) reads.push(query)
    })
    return served
  }
  const stop = async (served: Served<Tushare>): Promise<void> => {
    running = running.filter((one) => one !== served)
    await served.close()
  }
  /** How many statements read rows for a question; its answer is that of the database. */
  const readsOf = async ({ server }: Served<Tushare>, path: string, input: object): Promise<number> => {
    reads = []
    const answer = await askBytes(server.url, path, input)
    const count = reads.length
    const read = await askBytes(server.url, path, { ...input, fresh: true })
    expect(answer.status, JSON.stringify(input)).toBe(read.status)
    if (comparable(answer) !== comparable(read)) expect(contentOf(answer)).toEqual(contentOf(read))
    return count
  }
  const cacheOf = async ({ db }: Served<Tushare>) => (await db.ops.stats()).cache
  const files = async (suffix: string): Promise<string[]> =>
    (await readdir(join(dir, FOLDER))).filter((name) => name.endsWith(suffix) && name !== 'index.json')
  /** Those of blocks, without those of answers. */
  const blocks = async (): Promise<string[]> => {
    const names: string[] = []
    for (const file of await files('.json'))
      if ('block' in JSON.parse(await readFile(join(dir, FOLDER, file), 'utf8'))) names.push(file.replace('.json', ''))
    return names
  }
  const filed = (served: Served<Tushare>, count: number) =>
    expect.poll(async () => (await cacheOf(served)).disk?.blocks, { timeout: 10_000 }).toBe(count)

  beforeAll(async () => {
    store = await open()
    const writer = await serve(store.address)
    await writeMarket(writer.db, randomFrom(2))
    await writer.close()
  }, 120_000)
  afterAll(() => store?.drop())
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'stockdb-blocks-'))
  })
  afterEach(async () => {
    for (const served of running) await stop(served)
    await rm(dir, { recursive: true })
  })

  it('answer narrower questions of the next run without reading a row', async () => {
    const first = await run()
    expect(await readsOf(first, 'daily.range', { ...ALL, adjust: 'hfq' })).toBeGreaterThan(0)
    // The rows, the factors, and older factors of some symbols.
    await filed(first, 3)
    await stop(first)
    const second = await run()
    expect((await cacheOf(second)).disk).toMatchObject({ blocks: 3 })
    const before = Date.now()
    reads = []
    const { meta } = await second.db.daily.range({ ...NARROW, fields: ['close'], adjust: 'none' })
    expect(reads).toEqual([])
    expect(meta.rows).toBeGreaterThan(1_000)
    expect(Date.parse(meta.cache?.asOf ?? '')).toBeGreaterThanOrEqual(before - 5_000)
    // The first answer of several reads has the number of the last write from a snapshot, in which it reads one row.
    expect(await readsOf(second, 'daily.range', { ...NARROW, adjust: 'qfq' })).toBe(1)
    for (const [path, input] of [
      ['daily.range', { ...NARROW, adjust: 'hfq' }],
      ['daily.at', { ...NARROW, start: undefined, end: undefined, date: '2023-02-07' }],
      ['daily.latest', { ...NARROW, start: undefined, end: undefined, n: 5, adjust: 'qfq' }],
      ['daily.panel', { ...NARROW, adjust: 'hfq' }],
    ] as const)
      expect(await readsOf(second, path, input), path).toBe(0)
    expect(await cacheOf(second)).toMatchObject({ fromBlocks: 5, blocks: 3 })
  })

  it('tell the next run which symbols have rows on a date', async () => {
    const first = await run()
    await readsOf(first, 'daily.range', { start: '2023-02-01', end: '2023-06-30', fields: ['close', 'vol'] })
    await filed(first, 2)
    await stop(first)
    const second = await run()
    expect(await readsOf(second, 'daily.at', { date: '2023-02-07', fields: ['vol'] })).toBe(0)
    expect(await readsOf(second, 'daily.at', { ...NARROW, start: undefined, end: undefined, date: '2023-02-08' })).toBe(
      0,
    )
  })

  it('are removed if anything was committed between the runs', async () => {
    const first = await run()
    await readsOf(first, 'daily.range', ALL)
    await filed(first, 1)
    await stop(first)
    await sql(
      store.address,
      "update daily set close = close + 1 where ts_code = '600000.SH' and trade_date < '2022-03-01'",
    )
    const second = await run()
    expect((await cacheOf(second)).disk?.blocks).toBe(0)
    await expect.poll(blocks).toEqual([])
    expect(await readsOf(second, 'daily.range', NARROW)).toBe(1)
  })

  it('that a write may have changed are removed, and the others stay', async () => {
    const served = await run({ bounds: { cacheMaxAgeMs: 0 } })
    const [one, other] = [MARKET_CODES.slice(0, 4), MARKET_CODES.slice(4, 8)]
    await readsOf(served, 'daily.range', { ...ALL, symbols: one })
    await readsOf(served, 'daily.range', { ...ALL, symbols: other })
    await filed(served, 2)
    await served.db.daily.upsert([{ ts_code: one[1] as string, trade_date: '2022-03-01', close: 4 }])
    await filed(served, 1)
    await expect.poll(blocks).toHaveLength(1)
    // Looks at the database.
    expect(await readsOf(served, 'daily.range', { ...NARROW, symbols: other })).toBe(0)
    await stop(served)
    const second = await run()
    expect(await readsOf(second, 'daily.range', { ...NARROW, symbols: other })).toBe(0)
    expect(await readsOf(second, 'daily.range', { ...NARROW, symbols: one })).toBe(1)
  })

  it('come back when memory had no room for them', async () => {
    const served = await run({ bounds: { cacheMemoryBytes: 2 ** 20 } })
    const groups = [MARKET_CODES.slice(0, 4), MARKET_CODES.slice(4, 8), MARKET_CODES.slice(8, 12)]
    const years = { start: '2022-01-03', end: '2023-12-29' }
    const pairs = FIELDS.slice(1).map((field, at) => [FIELDS[at] as string, field])
    for (const symbols of groups)
      for (const fields of pairs) expect(await readsOf(served, 'daily.range', { ...years, symbols, fields })).toBe(1)
    await filed(served, groups.length * pairs.length)
    expect((await cacheOf(served)).blocks).toBeLessThan(groups.length * pairs.length)
    for (const symbols of groups)
      for (const fields of pairs)
        expect(await readsOf(served, 'daily.range', { symbols, fields, start: '2022-02-01', end: '2023-10-31' })).toBe(
          0,
        )
    const { bytes, maxBytes } = await cacheOf(served)
    expect(bytes).toBeLessThanOrEqual(maxBytes)
  })

  it.each(['.arrow', '.json'])('whose %s is damaged are read again', async (suffix) => {
    const first = await run()
    await readsOf(first, 'daily.range', ALL)
    await filed(first, 1)
    await stop(first)
    const [name = ''] = await blocks()
    const path = join(dir, FOLDER, name + suffix)
    const bytes = await readFile(path)
    // In the middle: in `.json` that is in the symbols, by which it is known which writes touch it.
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    await writeFile(path, bytes)
    const second = await run()
    expect(await readsOf(second, 'daily.range', NARROW)).toBe(1)
    expect((await cacheOf(second)).fromBlocks).toBe(0)
  })

  it('are not used under another declaration of their dataset', async () => {
    const first = await run()
    await readsOf(first, 'daily.range', ALL)
    await filed(first, 1)
    await stop(first)
    const { fields } = tushare.daily
    const daily = { ...tushare.daily, fields: { ...fields, close: { ...fields.close, doc: 'x' } } }
    const second = await run({ catalogue: { ...tushare, daily } as typeof tushare })
    expect(await readsOf(second, 'daily.range', NARROW)).toBe(1)
  })

  it('stay within the limit of the folder, beside answers', async () => {
    const served = await run({ bounds: { cacheDiskBytes: 2 ** 20 } })
    for (let from = 0; from < MARKET_CODES.length; from++)
      await readsOf(served, 'daily.range', { ...ALL, symbols: MARKET_CODES.slice(from, from + 3) })
    await sleep(1_000)
    const { disk } = await cacheOf(served)
    expect(disk?.bytes).toBeGreaterThan(2 ** 19)
    expect(disk?.bytes).toBeLessThanOrEqual(2 ** 20)
    await expect.poll(() => blocks().then(({ length }) => length)).toBe(disk?.blocks)
    await expect
      .poll(() => files('.arrow').then(({ length }) => length))
      .toBe((disk?.answers ?? 0) + (disk?.blocks ?? 0))
  })

  it('of a process that is killed while it writes are whole or not used', async () => {
    const flags = ['--database', store.address, '--data', join(dir, 'data'), '--cache-dir', dir]
    const more = ['--log-level', 'error', '--max-loop-delay', '60000', '--port', '0']
    for (let attempt = 0; attempt < times(3, 20); attempt++) {
      const { url, child, ended } = await startServing([...flags, ...more])
      const questions = FIELDS.flatMap((field) =>
        MARKET_CODES.map((_, at) => ({ symbols: MARKET_CODES.slice(at), fields: [field], adjust: 'hfq' })),
      )
      const asked = Promise.allSettled(questions.map((input) => askBytes(url, 'daily.range', input)))
      // Until there are some of them, and others are being written.
      await expect.poll(() => files('.arrow').catch(() => []), { timeout: 20_000, interval: 1 }).not.toHaveLength(0)
      await sleep(attempt * 40)
      child.kill('SIGKILL')
      await Promise.all([ended, asked])
    }
    const served = await run()
    expect(await files('.part')).toEqual([])
    for (const field of FIELDS) await readsOf(served, 'daily.range', { ...ALL, fields: [field], adjust: 'qfq' })
  }, 120_000)

  it('give the same bytes as the database, over restarts', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    console.log(`seed ${seed}`)
    const random = randomFrom(seed)
    let fromBlocks = 0
    // Of two sizes, of which one hardly has room.
    for (let at = 0; at < QUESTIONS; ) {
      const served = await run({ bounds: { cacheMemoryBytes: at % 2 === 0 ? 2 ** 20 : 256 * 2 ** 20 } })
      for (const last = at + 5 + Math.floor(random() * 10); at < last; at++) {
        const { path, input } = marketQuestion(random)
        const rows = await readsOf(served, path, input)
        if (rows === 0) fromBlocks++
      }
      await stop(served)
    }
    console.log(JSON.stringify({ fromBlocks }))
    expect(fromBlocks).toBeGreaterThan(0)
  }, 300_000)
})
