import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, connect } from '@stockdb/client'
import { defineCatalogue } from '@stockdb/contract'
import type { JsonFrame } from '@stockdb/contract/wire'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { makeToken } from '../../../src/access/token.ts'
import { changeTokens } from '../../../src/access/token-file.ts'
import { type Served, serve } from '../../support/serve.ts'
import { oneOfEachEngine, type Store } from '../../support/stores.ts'
import * as market from './market-with-holes.ts'
import { plainCount } from './plain-count.ts'

const { fillMarket, daily, adj_factor, trade_cal, stock_basic, suspend_d, namechange, stk_mins } = market
const catalogue = defineCatalogue({ daily, adj_factor, trade_cal, stock_basic, suspend_d, namechange, stk_mins })
type Catalogue = typeof catalogue

describe.each(oneOfEachEngine)('holes in many symbols, on $engine', ({ open }) => {
  let store: Store
  let served: Served<Catalogue>
  let db: Client<Catalogue>
  let folder: string
  const secrets: Record<string, string> = {}
  beforeAll(async () => {
    store = await open()
    folder = await mkdtemp(join(tmpdir(), 'stockdb-test-'))
    const tokens = join(folder, 'tokens.json')
    for (const [name, datasets] of Object.entries({
      all: undefined,
      days: ['daily', 'trade_cal', 'suspend_d'],
      stocks: ['daily', 'trade_cal', 'stock_basic'],
      bare: ['daily'],
    })) {
      const made = makeToken({ name, scopes: ['read'], datasets }, new Date())
      secrets[name] = made.secret
      await changeTokens(tokens, (known) => [...known, made.token])
    }
    served = await serve(store.address, { catalogue, tokens, token: secrets.all ?? '' })
    db = served.db
    await fillMarket(served.server.engine)
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
    await rm(folder, { recursive: true, force: true })
  })
  const as = (name: string) => connect<Catalogue>(served.server.url, { retries: 0, token: secrets[name] ?? '' })

  const ranges = [
    { start: '2024-01-01', end: '2024-06-28' },
    { start: '2024-02-10', end: '2024-04-20' },
    { start: '2024-03-01', end: '2024-03-29' },
    { start: '2024-06-03', end: '2024-06-28', symbols: ['S8', 'S7', 'S0', 'S9'] },
    { start: '2024-02-01', end: '2024-05-10', symbols: ['S9'] },
    { start: '2024-05-06', end: '2024-05-06' },
  ]

  it.each(ranges)('are counted by range and its bars: %j', async (range) => {
    const expected = plainCount(range)
    const { coverage } = (await db.daily.range(range)).meta
    expect(coverage).toMatchObject(expected)
    expect((await db.daily.range({ ...range, freq: 'month' })).meta.coverage).toEqual(coverage)
    const panel = await db.daily.panel({ ...range, fields: ['close'] })
    expect(panel.meta.coverage).toEqual(coverage)
  })

  it('are the same in JSON, with the time of the calendar and listings', async () => {
    const input = encodeURIComponent(JSON.stringify(ranges[0]))
    const response = await fetch(`${served.server.url}/trpc/daily.range?input=${input}`, {
      headers: { authorization: `Bearer ${secrets.all}` },
    })
    const { result } = (await response.json()) as { result: { data: JsonFrame } }
    const { coverage } = (await db.daily.range(ranges[0])).meta
    expect(result.data.meta.coverage).toEqual(coverage)
    expect(Date.now() - Date.parse(coverage?.asOf ?? '')).toBeLessThan(120_000)
  })

  it.each(['2024-01-15', '2024-02-15', '2024-03-12', '2024-05-03', '2024-06-25', '2024-06-29'])(
    'at a date are missing stocks that were listed and not suspended: %s',
    async (date) => {
      expect((await db.daily.at({ date })).meta.coverage).toMatchObject(plainCount({ start: date, end: date }))
    },
  )

  it('refer to the rows within a limit', async () => {
    // All of S0, and of S1 January and the first day after its hole.
    const { meta } = await db.daily.range({ start: '2024-01-01', end: '2024-06-28', limit: 130 + 23 + 1 })
    expect(meta.complete).toBe(false)
    expect(meta.coverage).toMatchObject({
      symbolsExpected: null,
      symbolsMissing: [],
      cellsFound: 154,
      cellsExpected: 154 + 64,
      symbolsWithHoles: 1,
      worst: [{ symbol: 'S1', longestGap: { from: '2024-02-01', to: '2024-04-30', sessions: 64 } }],
    })
  })

  it('are reported as days for minute bars', async () => {
    const symbols = ['S0', 'S1']
    for (const freq of ['1min', '5min'] as const) {
      const { meta } = await db.stk_mins.range({ symbols, freq, start: '2024-04-22', end: '2024-05-10' })
      expect(meta.coverage).toMatchObject({
        cellsFound: 15 + 8,
        cellsExpected: 30,
        longestGap: { symbol: 'S1', from: '2024-04-22', to: '2024-04-30', sessions: 7 },
      })
    }
  })

  it('show the age of the oldest row, and the symbols without rows since their last one', async () => {
    const { coverage } = (await db.daily.latest({ end: '2024-05-10' })).meta
    expect(coverage).toMatchObject({
      // S8 was listed in June.
      symbolsMissing: [],
      symbolsFound: 9,
      // Eight sessions of May without S7, which has none of them, and the others' last days; S3 was delisted on the 6th.
      cellsFound: 9,
      cellsExpected: 9 + 8,
      worst: [
        { symbol: 'S7', expected: 9, found: 1, longestGap: { from: '2024-05-01', to: '2024-05-10', sessions: 8 } },
      ],
      oldestRow: { symbol: 'S7', date: '2024-04-30', sessions: 8 },
    })
    const at = await db.daily.at({ date: '2024-05-10', lookback: true })
    expect(at.meta.coverage).toEqual(coverage)
    const suspended = await db.daily.latest({ symbols: ['S4', 'S8', 'S1'], n: 2, end: '2024-04-12' })
    expect(suspended.meta.coverage).toMatchObject({
      symbolsMissing: ['S8'],
      // Since the 30th and 31st of January.
      cellsFound: 4,
      cellsExpected: 4 + sessionsFrom('2024-02-01', '2024-04-12'),
      cellsSuspended: sessionsFrom('2024-03-11', '2024-04-12'),
      symbolsWithHoles: 1,
      oldestRow: { symbol: 'S1', date: '2024-01-31', sessions: sessionsFrom('2024-02-01', '2024-04-12') },
    })
    expect((await db.daily.range({ start: '2024-05-01', end: '2024-05-10' })).meta.coverage?.oldestRow).toBeNull()
  })

  it('are reported as symbols where rows have no day', async () => {
    const named = await db.namechange.asOf({ date: '2024-03-04', symbols: ['S1', 'S0'] })
    expect(named.meta.coverage).toMatchObject({
      symbolsAsked: 2,
      symbolsExpected: 2,
      symbolsFound: 1,
      symbolsMissing: ['S1'],
      cellsExpected: null,
    })
    // S7 was listed in February, S8 only in June.
    expect((await db.namechange.asOf({ date: '2024-03-04' })).meta.coverage).toMatchObject({
      symbolsExpected: 8,
      symbolsMissing: ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7'],
    })
    expect(
      (await db.stock_basic.list({ symbols: ['S0', 'S9'], unknownSymbols: 'ignore' })).meta.coverage,
    ).toMatchObject({
      symbolsAsked: 2,
      symbolsFound: 1,
      symbolsMissing: ['S9'],
      asOf: null,
    })
    const listed = await db.instruments.list({ asOf: '2024-03-04', symbols: ['S0', 'S8'] })
    expect(listed.meta.coverage).toMatchObject({ symbolsFound: 1, symbolsMissing: ['S8'] })
  })

  it('are counted from what a token may read, and reveal no more', async () => {
    const range = { start: '2024-01-01', end: '2024-06-28' }
    const [days, stocks, bare] = [await as('days'), await as('stocks'), await as('bare')]
    expect((await days.daily.range(range)).meta.coverage).toMatchObject(plainCount({ ...range, without: 'listings' }))
    expect((await stocks.daily.range(range)).meta.coverage).toMatchObject(
      plainCount({ ...range, without: 'suspensions' }),
    )
    expect((await bare.daily.range(range)).meta.coverage).toEqual({
      symbolsAsked: null,
      symbolsExpected: null,
      symbolsFound: 9,
      symbolsMissing: [],
      symbolsMissingCount: 0,
      symbolsUnlisted: null,
      sessionsExpected: null,
      sessionsFound: 130,
      cellsExpected: null,
      cellsFound: null,
      cellsSuspended: null,
      cellsFilled: 0,
      symbolsWithHoles: null,
      worst: [],
      longestGap: null,
      oldestRow: null,
      datasets: [],
      asOf: null,
    })
  })

  it('are reported for a calendar alone', async () => {
    const bare = await serve(store.address, { catalogue: { daily, adj_factor, trade_cal } })
    onTestFinished(() => bare.close())
    const range = { start: '2024-01-01', end: '2024-06-28' }
    const expected = plainCount({ ...range, without: 'both' })
    expect((await bare.db.daily.range(range)).meta.coverage).toMatchObject(expected)
  })
})

const sessionsFrom = (start: string, end: string): number =>
  market.sessions.filter((day) => day >= start && day <= end).length
