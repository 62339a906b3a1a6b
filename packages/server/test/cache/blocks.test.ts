import { setTimeout as sleep } from 'node:timers/promises'
import type { Tushare } from '@stockdb/contract'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ReadQuery } from '../../src/engine/engine.ts'
import { askBytes, comparable, contentOf } from '../support/ask-bytes.ts'
import { MARKET_CODES, marketQuestion, writeMarket } from '../support/block-market.ts'
import { loggedMaker } from '../support/logged-server.ts'
import { randomFrom } from '../support/random.ts'
import { times } from '../support/scale.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, type Store, sqliteMaker } from '../support/stores.ts'
import { watchReads } from '../support/watch-reads.ts'

const LONG_MS = 60_000
const QUESTIONS = times(100, 3_000)
/** All rows of the market, and what they are made of. */
const YEARS = { start: '2022-01-03', end: '2023-12-29' }
const ROW_TABLES: readonly string[] = ['daily', 'adj_factor']
const ALL = { symbols: MARKET_CODES, fields: ['open', 'high', 'low', 'close', 'pre_close', 'vol', 'amount'] }

describe.each([...enginesOfRun, loggedMaker])('answers from blocks on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>

  beforeAll(async () => {
    store = await open()
    served = await serve(store.address, { bounds: { cacheMaxAgeMs: LONG_MS } })
    await writeMarket(served.db, randomFrom(1))
  }, 120_000)
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it('are the same bytes as those that are read', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    console.log(`seed ${seed}`)
    const random = randomFrom(seed)
    let kept = 0
    const before = (await served.db.ops.stats()).cache
    for (let step = 0; step < QUESTIONS; step++) {
      const { path, input } = marketQuestion(random)
      const answer = await askBytes(served.server.url, path, input)
      const read = await askBytes(served.server.url, path, { ...input, fresh: true })
      const what = `${path} ${JSON.stringify(input)}`
      expect(answer.status, what).toBe(read.status)
      if (comparable(answer) !== comparable(read)) expect(contentOf(answer), what).toEqual(contentOf(read))
      expect(comparable(answer) === comparable(read), what).toBe(true)
      if (answer.asOf !== undefined) kept++
    }
    const { cache } = await served.db.ops.stats()
    console.log(JSON.stringify({ kept, fromBlocks: cache.fromBlocks, blocks: cache.blocks, bytes: cache.bytes }))
    // Others may write to a server that tests share.
    if (cache.seesCommits) expect(cache.fromBlocks - before.fromBlocks).toBeGreaterThan(0)
  }, 300_000)
})

describe.each([sqliteMaker, loggedMaker])('blocks on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  let reads: ReadQuery[] = []

  const start = async (bounds: object): Promise<Served<Tushare>> => {
    const started = await serve(store.address, { bounds: { cacheMaxAgeMs: LONG_MS, ...bounds } })
    watchReads(started.server.engine, (query) => {
      if (query.columns.some(({ source }) => source && ROW_TABLES.includes(source.table))) reads.push(query)
    })
    return started
  }
  /** How many statements read rows for a question; its answer is that of the database. */
  const readsOf = async (path: string, input: object, of = served): Promise<number> => {
    reads = []
    const answer = await askBytes(of.server.url, path, input)
    const count = reads.length
    const read = await askBytes(of.server.url, path, { ...input, fresh: true })
    expect(answer.status, JSON.stringify(input)).toBe(read.status)
    if (comparable(answer) !== comparable(read)) expect(contentOf(answer)).toEqual(contentOf(read))
    if (count === 0) expect(answer.asOf, JSON.stringify(input)).toBeDefined()
    return count
  }

  beforeAll(async () => {
    store = await open()
    const writer = await serve(store.address)
    await writeMarket(writer.db, randomFrom(2))
    await writer.close()
  }, 120_000)
  afterAll(() => store?.drop())
  beforeEach(async () => {
    served = await start({})
  })
  afterEach(() => served?.close())

  // The rows, the factors, and the older ones of a symbol that has none in the month before.
  it('serve fewer fields, other adjustments, narrower ranges, fewer symbols, dates, last rows, panels and longer bars', async () => {
    expect(await readsOf('daily.range', { ...ALL, adjust: 'hfq' })).toBe(3)
    const some = { symbols: MARKET_CODES.slice(2, 9), fields: ['close'] }
    const within = { start: '2022-03-01', end: '2023-06-30' }
    for (const [path, input] of [
      ['daily.range', { ...ALL, adjust: 'none' }],
      ['daily.range', { ...ALL, adjust: 'qfq' }],
      ['daily.range', { ...ALL, adjust: 'none', unknownSymbols: 'ignore' }],
      ['daily.range', { ...some, ...within, adjust: 'qfq' }],
      ['daily.panel', { ...some, ...within, adjust: 'hfq' }],
      ['daily.at', { ...some, date: '2023-02-07' }],
      ['daily.at', { ...some, date: '2023-02-07', adjust: 'qfq', lookback: true }],
      ['daily.latest', { ...some, n: 5, adjust: 'qfq' }],
      ['daily.latest', { ...some, n: 5, end: '2022-12-30' }],
    ] as const)
      expect(await readsOf(path, input), `${path} ${JSON.stringify(input)}`).toBe(0)
    const { cache } = await served.db.ops.stats()
    expect(cache.fromBlocks).toBe(9)
    // Whether the last bar is complete, the last date of the whole table shows.
    expect(await readsOf('daily.range', { ...some, ...within, freq: 'week', adjust: 'qfq' })).toBe(1)
    expect(reads[0]?.columns.map(({ name }) => name)).toEqual(['last_date'])
  })

  it('say that a span has no rows', async () => {
    expect(await readsOf('daily.range', ALL)).toBe(1)
    expect(await readsOf('daily.range', { ...ALL, start: '1999-01-01', end: '1999-12-31' })).toBe(0)
  })

  it('of one date have all symbols', async () => {
    expect(await readsOf('daily.at', { date: '2023-02-07', fields: ['close', 'vol'] })).toBe(1)
    expect(await readsOf('daily.at', { date: '2023-02-07', fields: ['vol'] })).toBe(0)
    expect(await readsOf('daily.at', { date: '2023-02-07', fields: ['vol'], symbols: MARKET_CODES.slice(0, 2) })).toBe(
      0,
    )
  })

  it('are added for the symbols and fields that are missing alone', async () => {
    const first = MARKET_CODES.slice(0, 8)
    await readsOf('daily.range', { symbols: first, fields: ['close'] })
    expect(await readsOf('daily.range', { ...ALL, fields: ['close'] })).toBe(1)
    expect(reads[0]?.parameters).not.toContain(first[0])
    expect(reads[0]?.parameters).toContain(MARKET_CODES[9])
    expect(await readsOf('daily.range', { ...ALL, fields: ['close', 'vol'] })).toBe(1)
    expect(reads[0]?.columns.map(({ name }) => name)).toEqual(['ts_code', 'trade_date', 'vol'])
  })

  describe('of windows that stick out', () => {
    const HALF = { start: '2022-07-01', end: '2022-12-30' }
    /** The dates that the only read of rows since asked for. */
    const daysRead = (): unknown[] =>
      (reads[0]?.parameters ?? []).filter((one) => /^\d{4}-?\d\d-?\d\d$/.test(String(one)))

    it.each([
      ['after', { start: '2022-07-01', end: '2023-03-31' }, ['2022-12-31', '2023-03-31']],
      ['before', { start: '2022-02-01', end: '2022-12-30' }, ['2022-02-01', '2022-06-30']],
      ['after, with another start', { start: '2022-08-15', end: '2023-01-31' }, ['2022-12-31', '2023-01-31']],
    ])('are added for the days %s them alone', async (_, window, days) => {
      const fields = ['close', 'vol']
      expect(await readsOf('daily.range', { ...ALL, ...HALF, fields })).toBe(1)
      expect(await readsOf('daily.range', { ...ALL, ...window, fields })).toBe(1)
      expect(daysRead()).toEqual(days)
      expect(await readsOf('daily.range', { ...ALL, ...window, fields: ['vol'] })).toBe(0)
    })

    it('are added once for the days on both sides, and for those between', async () => {
      for (const at of [HALF, { start: '2023-05-04', end: '2023-11-30' }])
        expect(await readsOf('daily.range', { ...ALL, ...at })).toBe(1)
      expect(await readsOf('daily.range', { ...ALL, start: '2022-07-01', end: '2023-11-30' })).toBe(1)
      expect(daysRead()).toEqual(['2022-12-31', '2023-05-03'])
      expect(await readsOf('daily.range', { ...ALL, ...YEARS })).toBe(1)
      expect(await readsOf('daily.range', { ...ALL, ...YEARS, fields: ['open'] })).toBe(0)
    })

    it('are added with the factors of those days alone', async () => {
      const qfq = { ...ALL, adjust: 'hfq', fields: ['close'] }
      await readsOf('daily.range', { ...qfq, ...HALF })
      expect(await readsOf('daily.range', { ...qfq, start: '2022-07-01', end: '2023-01-31' })).toBe(2)
      for (const { parameters } of reads.slice(0, 2)) expect(parameters).toContain('2022-12-31')
    })

    it('are added for all symbols, of which some have rows before and others after', async () => {
      const all = { fields: ['close'] }
      await readsOf('daily.range', { ...all, ...HALF })
      expect(await readsOf('daily.range', { ...all, start: '2022-07-01', end: '2023-06-30' })).toBe(1)
      expect(daysRead()).toEqual(['2022-12-31', '2023-06-30'])
      expect(await readsOf('daily.range', { ...all, start: '2022-09-01', end: '2023-05-31' })).toBe(0)
    })

    it('are added for the days after the last rows', async () => {
      const latest = (end: string): object => ({ ...ALL, fields: ['close'], n: 100, end })
      await readsOf('daily.latest', latest('2022-12-16'))
      expect(await readsOf('daily.latest', latest('2022-12-30'))).toBe(1)
      expect(daysRead()).toEqual(['2022-12-17', '2022-12-30'])
      expect(await readsOf('daily.latest', { ...latest('2022-12-28'), n: 90 })).toBe(0)
    })

    it('are read as one after they have moved on often, day after day', async () => {
      const day = (at: number): string => new Date(Date.UTC(2022, 9, 3 + at)).toISOString().slice(0, 10)
      const starts: unknown[] = []
      for (let at = 0; at < 20; at++) {
        const window = { start: '2022-03-01', end: day(at) }
        const count = await readsOf('daily.panel', { ...ALL, ...window, fields: ['close'], adjust: 'none' })
        if (count > 0) starts.push(daysRead()[0])
      }
      expect(starts.length).toBe(20)
      expect(starts.filter((one) => one === '2022-03-01').length).toBe(3)
    })
  })

  it('are not made of few rows', async () => {
    const few = { symbols: MARKET_CODES.slice(0, 1), start: '2023-01-01', end: '2023-06-30' }
    await readsOf('daily.range', { ...few, fields: ['close', 'vol'] })
    expect(await readsOf('daily.range', { ...few, fields: ['close'] })).toBe(1)
    expect((await served.db.ops.stats()).cache.blocks).toBe(0)
  })

  it('are dropped by what is written to their rows: here at once, outside within the bound', async () => {
    const late = await start({ cacheMaxAgeMs: 300 })
    try {
      const [symbol = ''] = MARKET_CODES
      for (const of of [served, late]) await readsOf('daily.range', { ...ALL, adjust: 'hfq' }, of)
      const narrow = { ...ALL, fields: ['close'], start: '2022-02-01', end: '2022-02-28' }
      await served.db.daily.upsert([{ ts_code: symbol, trade_date: '2022-02-08', close: 77 }])
      expect(await readsOf('daily.range', narrow)).toBeGreaterThan(0)
      await sleep(400)
      expect(await readsOf('daily.range', narrow, late)).toBeGreaterThan(0)
      await served.db.adj_factor.upsert([{ ts_code: symbol, trade_date: '2022-02-07', adj_factor: 99 }])
      expect(await readsOf('daily.range', { ...narrow, adjust: 'hfq' })).toBeGreaterThan(0)
      await readsOf('daily.range', { ...ALL, adjust: 'qfq' }, late)
      await sql(store.address, `update daily set close = 78 where ts_code = '${symbol}' and trade_date = '2022-02-08'`)
      await sleep(400)
      expect(await readsOf('daily.range', { ...narrow, adjust: 'qfq' }, late)).toBeGreaterThan(0)
    } finally {
      await late.close()
    }
  })

  it('take no more memory than they may, and make room for each other', async () => {
    const small = await start({ cacheMemoryBytes: 2 ** 20 })
    try {
      let most = 0
      for (let at = 0; at < 12; at++) {
        const fields = ALL.fields.slice(at % 7, (at % 7) + 1)
        await readsOf('daily.range', { symbols: MARKET_CODES.slice(at % 5), fields, ...YEARS }, small)
        const { cache } = await small.db.ops.stats()
        expect(cache.bytes).toBeLessThanOrEqual(cache.maxBytes)
        most = Math.max(most, cache.blocks)
      }
      expect(most).toBeGreaterThan(0)
      expect((await small.db.ops.stats()).cache.blocks).toBeLessThan(12)
    } finally {
      await small.close()
    }
  })
})
