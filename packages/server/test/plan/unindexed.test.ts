import { type Client, defineCatalogue, defineDataset, tushare } from '@stockdb/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { draftedCatalogue } from '../support/drafted.ts'
import { makePandasMarket } from '../support/pandas-market.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, indexedMakers, type Store } from '../support/stores.ts'
import { watchReads } from '../support/watch-reads.ts'
import { writeRows } from '../support/write-rows.ts'

const SYMBOLS = 60
const DAYS = 250
/** Extra time for a busy machine; a join of the two tables takes far longer. */
const SLACK_MS = 2_000

const codeOf = (number: number): string => `${String(number).padStart(6, '0')}.SZ`
const dateOf = (day: number): string => new Date(Date.UTC(2022, 0, 1 + day)).toISOString().slice(0, 10)

describe.each(enginesOfRun)('tables without any index, as made by pandas, on $engine', (maker) => {
  const { open } = maker
  /** DuckDB joins by hashes, so that only the time tells. */
  const joinsByIndex = indexedMakers.includes(maker)
  let store: Store
  // Its datasets are introspected when the test runs, with Tushare's fields.
  let served: Served<typeof tushare>
  let db: Client<typeof tushare>['daily']
  let plainMs = 0

  const timed = async <Answer>(ask: () => Promise<Answer>): Promise<[Answer, number]> => {
    const start = performance.now()
    return [await ask(), performance.now() - start]
  }

  beforeAll(async () => {
    store = await open()
    await makePandasMarket(store.address, SYMBOLS, DAYS)
    const { market_daily, market_factors } = await draftedCatalogue(store.address)
    if (!market_daily || !market_factors) throw new Error('the tables are not there')
    const bars = defineDataset({
      ...market_daily,
      calendar: 'SSE',
      bars: tushare.daily.bars,
      adjustment: { ...tushare.daily.adjustment, dataset: 'market_factors' },
    })
    const { trade_cal, stock_basic } = tushare
    const catalogue = defineCatalogue({ market_daily: bars, market_factors, trade_cal, stock_basic })
    served = (await serve(store.address, { catalogue })) as unknown as Served<typeof tushare>
    db = (served.db as unknown as Record<string, typeof db>).market_daily as typeof db
    const days = Array.from({ length: DAYS }, (_, day) => ['SSE', dateOf(day), true])
    await writeRows(served.server.engine, trade_cal, days, ['exchange', 'cal_date', 'is_open'])
    await db.range({ symbols: [codeOf(0)] })
    const [all, ms] = await timed(() => db.range())
    expect(all.numRows).toBe(SYMBOLS * DAYS)
    plainMs = ms
  }, 60_000)
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  const [symbols, date] = [[codeOf(7)], dateOf(200)]
  const panel = { start: dateOf(150), end: dateOf(249), fields: ['close'], fill: 'previous' } as const
  const questions: [
    string,
    number,
    (adjust: 'none' | 'hfq' | 'qfq') => Promise<{ numRows: number } | { dates: readonly string[] }>,
  ][] = [
    ['the bars of one symbol', DAYS, (adjust) => db.range({ symbols, adjust })],
    ['all bars', SYMBOLS * DAYS, (adjust) => db.range({ adjust })],
    ['the last days of all', SYMBOLS * 10, (adjust) => db.range({ start: dateOf(240), adjust })],
    ['a cross-section', SYMBOLS, (adjust) => db.at({ date, adjust })],
    ['a cross-section that looks back', SYMBOLS, (adjust) => db.at({ date, lookback: true, adjust })],
    ['the latest bars', SYMBOLS, (adjust) => db.latest({ adjust })],
    ['several latest bars', SYMBOLS * 5, (adjust) => db.latest({ n: 5, adjust })],
    ['bars of weeks', SYMBOLS * 37, (adjust) => db.range({ freq: 'week', adjust })],
    ['a filled panel', 100, (adjust) => db.panel({ ...panel, adjust })],
  ]
  const one: typeof questions = [
    ['the bars of one symbol since a day', 50, (adjust) => db.range({ symbols, start: dateOf(200), adjust })],
    ['a day of one symbol', 1, (adjust) => db.at({ symbols, date, adjust })],
    ['one symbol, looking back', 1, (adjust) => db.at({ symbols, date, lookback: true, adjust })],
    ['the latest bars of one symbol', 5, (adjust) => db.latest({ symbols, n: 5, adjust })],
    ['weeks of one symbol', 37, (adjust) => db.range({ symbols, freq: 'week', adjust })],
    ['weeks of one symbol since a day', 8, (adjust) => db.range({ symbols, start: dateOf(200), freq: 'week', adjust })],
    ['months of one symbol until a day', 7, (adjust) => db.range({ symbols, end: date, freq: 'month', adjust })],
    ['a filled panel of one symbol', 100, (adjust) => db.panel({ symbols, ...panel, adjust })],
  ]
  it.each(joinsByIndex ? questions : [...questions, ...one])(
    'answer %s in the time of three full reads',
    async (_, rows, ask) => {
      for (const adjust of ['none', 'hfq', 'qfq'] as const) {
        const [answer, ms] = await timed(() => ask(adjust))
        expect('numRows' in answer ? answer.numRows : answer.dates.length).toBe(rows)
        expect(ms, adjust).toBeLessThan(3 * plainMs + SLACK_MS)
      }
    },
  )

  it.each(joinsByIndex ? [...questions, ...one] : [])(
    'are scanned for %s at most three times',
    async (what, rows, ask) => {
      // For all symbols, the last older factors are read separately, instead of those of all years.
      const most = what === 'the last days of all' ? 4 : 3
      for (const adjust of ['none', 'hfq', 'qfq'] as const) {
        const passes: number[] = []
        const stop = watchReads(served.server.engine, ({ sql }) => {
          // Excludes the background search for dates in other formats.
          passes.push(sql.match(/market_(daily|factors)[`"] as [`"]d\b/g)?.length ?? 0)
        })
        const answer = await ask(adjust).finally(stop)
        expect('numRows' in answer ? answer.numRows : answer.dates.length).toBe(rows)
        // A statement that names a table twice, or both, is a join: without an index it scans once per row.
        expect(Math.max(...passes), adjust).toBe(1)
        expect(passes.filter(Boolean).length, adjust).toBeLessThanOrEqual(most)
      }
    },
  )

  it('date weeks by the last day in the table, and adjust to the last day of the answer', async () => {
    const late = "'999999.SZ', '20220905'"
    await sql(
      store.address,
      `insert into market_daily (ts_code, trade_date, close) values (${late}, 10)`,
      `insert into market_factors values (${late}, 1.5), ('999999.SZ', '20220907', 3)`,
    )
    try {
      const ask = { symbols: ['999999.SZ'], freq: 'week', adjust: 'qfq', fields: ['close'] } as const
      for (const start of [undefined, '2022-08-01']) {
        const frame = await db.range({ ...ask, start })
        expect(frame.meta.anchor).toBe('2022-09-05')
        expect(frame.rows()).toEqual([{ ts_code: '999999.SZ', trade_date: dateOf(249), close: 10 }])
      }
    } finally {
      const tables = ['market_daily', 'market_factors']
      await sql(store.address, ...tables.map((table) => `delete from ${table} where ts_code = '999999.SZ'`))
    }
  })

  it('adjust by the factor of each day', async () => {
    const { columns } = await db.range({ symbols, adjust: 'hfq', fields: ['close'] })
    const closes = Array.from(
      { length: DAYS },
      (_, day) => (11 + 7 / 7 + day / 100) * (1 + Math.floor(day / 50) * 0.01),
    )
    columns.close.forEach((close, day) => {
      expect(close).toBeCloseTo(closes[day] ?? 0, 9)
    })
  })
})
