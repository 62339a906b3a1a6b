import { join } from 'node:path'
import type { Client } from '@stockdb/client'
import type { Tushare } from '@stockdb/contract'
import { tushare } from '@stockdb/contract'
import { describeWithRealData } from '@stockdb/testing/real-data'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importFile } from '../src/ingest/import-file.ts'
import { digestOf } from './support/digest.ts'
import { readCsv } from './support/read-csv.ts'
import { type Served, serve } from './support/serve.ts'
import { enginesOfRun, type Store } from './support/stores.ts'
import { writeRows } from './support/write-rows.ts'

/** Files of the real data by dataset, with the row counts of SOURCES.md. */
const files: readonly (readonly [keyof Tushare, string, number])[] = [
  ['stock_basic', 'cn_ref/stock_basic.csv.gz', 5_485],
  ['trade_cal', 'cn_ref/trade_cal.csv.gz', 13_162],
  ['daily', 'cn_a_2024/daily.csv.gz', 122_797],
  ['daily', 'cn_a_long/daily.csv.gz', 4_135],
  ['daily', 'cn_ref/fund_daily_510300.SH.csv.gz', 500],
  ['adj_factor', 'cn_a_2024/adj_factor.csv.gz', 122_797],
  ['adj_factor', 'cn_ref/fund_adj_510300.SH.csv.gz', 500],
  ['daily_basic', 'cn_ref/daily_basic.csv.gz', 1_000],
  ['index_daily', 'cn_ref/index_daily_399300.SZ.csv.gz', 2_429],
  ['index_daily', 'cn_ref/index_daily_000300.SH.csv.gz', 500],
]

const some = ['000001.SZ', '000002.SZ', '000858.SZ', '001201.SZ', '600036.SH', '510300.SH']

/** Calls of every kind, which all engines must answer equally. */
const questions: readonly (readonly [string, object])[] = [
  ['daily.range', {}],
  ['daily.range', { symbols: some }],
  ['daily.range', { symbols: some, start: '2024-03-01', end: '20240630', fields: ['close', 'vol'] }],
  ['daily.range', { symbols: some, fields: [] }],
  ['daily.range', { symbols: [] }],
  ['daily.range', { symbols: ['999999.SZ'], unknownSymbols: 'ignore' }],
  ['daily.range', { start: '2024-06-03', end: '2024-06-07' }],
  ['daily.range', { limit: 16_384, fields: ['close'] }],
  ['daily.range', { limit: 1_000, start: '2024-02-01' }],
  ['daily.range', { adjust: 'hfq', start: '2024-01-01' }],
  ['daily.range', { adjust: 'qfq', start: '2024-01-01', fields: ['open', 'close', 'change', 'pct_chg', 'vol'] }],
  ['daily.range', { adjust: 'qfq', symbols: some, fields: ['change'] }],
  ['daily.range', { adjust: 'qfq', symbols: ['000001.SZ'], anchor: '2024-06-28' }],
  ['daily.at', { date: '2024-06-28' }],
  ['daily.at', { date: '2024-06-29' }],
  ['daily.at', { date: '2024-06-29', lookback: true, fields: ['close'] }],
  ['daily.at', { date: '2024-12-31', adjust: 'hfq', symbols: some }],
  ['daily.latest', { symbols: some }],
  ['daily.latest', { symbols: some, n: 20, end: '2024-09-30', fields: ['close'] }],
  ['daily.latest', { n: 3, fields: ['close', 'amount'] }],
  ['adj_factor.range', { start: '2024-06-20', end: '2024-06-30' }],
  ['adj_factor.latest', {}],
  ['daily_basic.range', {}],
  ['daily_basic.latest', { n: 5 }],
  ['index_daily.range', {}],
  ['trade_cal.range', { symbols: ['SSE'], start: '2023-12-20', end: '2024-01-10' }],
  ['trade_cal.range', {}],
  ['stock_basic.list', {}],
  ['stock_basic.list', { where: { industry: '银行' }, fields: ['name', 'list_date'] }],
  ['stock_basic.list', { where: { exchange: ['SSE', 'BSE'], is_hs: null }, fields: ['name'] }],
  ['stock_basic.list', { symbols: some, unknownSymbols: 'ignore' }],
  ['stock_basic.list', { where: { list_date: '1991-04-03' }, limit: 1 }],
]

/** Calls a procedure by its path. */
async function ask(db: Client<Tushare>, path: string, input: object) {
  const [dataset = '', procedure = ''] = path.split('.')
  const clients = db as unknown as Record<string, Record<string, (input: object) => ReturnType<typeof db.daily.range>>>
  const call = clients[dataset]?.[procedure]
  if (!call) throw new Error(`there is no ${path}`)
  return call(input)
}

const relative = (ours: number, theirs: number): number => Math.abs(ours - theirs) / Math.abs(theirs)
const iso = (date: string): string => `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`

describeWithRealData('the real market data', (folder) => {
  const digests = new Map<string, Map<string, string>>()

  describe.each(enginesOfRun)('on $engine', ({ engine, open }) => {
    let store: Store
    let served: Served<Tushare>
    beforeAll(async () => {
      store = await open()
      served = await serve(store.address)
    })
    afterAll(async () => {
      await served?.close()
      await store?.drop()
    })

    it.each(files)('imports %s from %s', async (name, file, rows) => {
      const options = { ignoreUnknown: false, signal: new AbortController().signal, onProgress: () => {} }
      const result = await importFile(served.server.engine, join(folder, file), { ...options, dataset: tushare[name] })
      expect(result).toMatchObject({ rows, inserted: rows, notes: [] })
    })

    it('has the rows, symbols and dates of SOURCES.md', async () => {
      const infos = new Map((await served.db.meta.datasets()).map(({ name, coverage }) => [name, coverage]))
      expect(infos.get('stock_basic')).toEqual({ rows: 5_485, symbols: 5_485 })
      expect(infos.get('trade_cal')).toEqual({
        rows: 13_162,
        symbols: 1,
        firstDate: '1990-12-19',
        lastDate: '2026-12-31',
      })
      expect(infos.get('daily')).toEqual({
        rows: 122_797 + 4_135 + 500,
        symbols: 513,
        firstDate: '2015-01-05',
        lastDate: '2025-10-23',
      })
      expect(infos.get('adj_factor')).toMatchObject({ rows: 122_797 + 500, symbols: 512 })
      expect(infos.get('index_daily')).toMatchObject({ rows: 2_929, symbols: 2 })
      expect(infos.get('daily_basic')).toMatchObject({ rows: 1_000, symbols: 2 })
    })

    it('returns every number of a file unchanged', async () => {
      const records = await readCsv(join(folder, 'cn_a_2024/daily.csv.gz'))
      const frame = await served.db.daily.range({ start: '2024-01-01', end: '2024-12-31' })
      const found = new Map(frame.rows().map((row) => [`${row.ts_code} ${row.trade_date}`, row]))
      for (const { ts_code, trade_date = '', ...texts } of records) {
        const row = found.get(`${ts_code} ${iso(trade_date)}`)
        for (const [name, text] of Object.entries(texts)) {
          const value = row?.[name as 'close']
          if (!(value === Number(text) || (text === '' && Number.isNaN(value)))) {
            expect.unreachable(`${ts_code} ${trade_date} ${name}: got ${value}, the file has ${text}`)
          }
        }
      }
    })

    it('adjusts like the vendor: hfq', async () => {
      const vendor = await readCsv(join(folder, 'cn_a_2024/vendor_adj_close.csv.gz'))
      const panel = (
        await served.db.daily.range({ start: '2024-01-01', end: '2024-12-31', fields: ['close'], adjust: 'hfq' })
      ).pivot('close')
      let worst = 0
      for (const { ts_code = '', trade_date = '', close_hfq } of vendor) {
        worst = Math.max(worst, relative(panel.at(iso(trade_date), ts_code), Number(close_hfq)))
      }
      expect(worst).toBeLessThan(1e-5)
    })

    it('keeps stored prices for qfq, bit for bit, if the factor equals that at the anchor', async () => {
      const year = { start: '2024-01-01', end: '2024-12-31', fields: ['close'] } as const
      const [stored, qfq, factors] = await Promise.all([
        served.db.daily.range(year),
        served.db.daily.range({ ...year, adjust: 'qfq' }),
        served.db.adj_factor.range({ start: year.start, end: year.end }),
      ])
      const factorOf = new Map(factors.rows().map((row) => [`${row.ts_code} ${row.trade_date}`, row.adj_factor]))
      const anchors = new Map(factors.rows().map((row) => [row.ts_code, row.adj_factor]))
      let same = 0
      for (const [row, { ts_code, trade_date, close }] of stored.rows().entries()) {
        if (factorOf.get(`${ts_code} ${trade_date}`) !== anchors.get(ts_code)) continue
        same++
        if (qfq.columns.close[row] !== close) expect.unreachable(`${ts_code} ${trade_date}: ${close}`)
      }
      expect(same).toBeGreaterThan(50_000)
    })

    it("adjusts like the vendor: qfq, anchored at the vendor's export day", async () => {
      const vendor = await readCsv(join(folder, 'cn_a_2024/vendor_adj_ohlc_sample.csv.gz'))
      // The factor of that day is not in the data: it follows from hfq ÷ qfq, most precisely at the highest price.
      const highest = new Map<string, { price: number; factor: number }>()
      for (const { ts_code = '', high_hfq, high_qfq } of vendor) {
        const price = Number(high_qfq)
        if (price > (highest.get(ts_code)?.price ?? 0))
          highest.set(ts_code, { price, factor: Number(high_hfq) / price })
      }
      const anchor = '2026-01-15'
      await writeRows(
        served.server.engine,
        tushare.adj_factor,
        Array.from(highest, ([symbol, { factor }]) => [symbol, anchor, factor]),
      )
      const frame = await served.db.daily.range({
        symbols: [...highest.keys()],
        start: '2024-01-01',
        end: '2024-12-31',
        fields: ['open', 'high', 'low', 'close'],
        adjust: 'qfq',
        anchor,
      })
      expect(frame.numRows).toBe(vendor.length)
      expect(frame.meta.anchor).toBe(anchor)
      for (const name of ['open', 'high', 'low', 'close'] as const) {
        const panel = frame.pivot(name)
        let worst = 0
        for (const record of vendor) {
          const theirs = Number(record[`${name}_qfq`])
          const ours = panel.at(iso(record.trade_date ?? ''), record.ts_code ?? '')
          // The vendor has 5 decimals: half of the last one, plus the same rounding in the factor.
          worst = Math.max(worst, Math.abs(ours - theirs) / (1e-5 * theirs + 1e-5))
        }
        expect(worst, name).toBeLessThan(1)
      }
    })

    it('adjusts eight years like the vendor, including change and percent change', async () => {
      const raw = await readCsv(join(folder, 'cn_a_long/daily.csv.gz'))
      const hfq = await readCsv(join(folder, 'cn_a_long/daily_hfq.csv.gz'))
      const qfq = await readCsv(join(folder, 'cn_a_long/daily_qfq.csv.gz'))
      const factors = raw.map(({ ts_code, trade_date, close }, row) => {
        expect([hfq[row]?.ts_code, hfq[row]?.trade_date]).toEqual([ts_code, trade_date])
        return [ts_code ?? '', iso(trade_date ?? ''), Number(hfq[row]?.close) / Number(close)]
      })
      await writeRows(served.server.engine, tushare.adj_factor, factors)
      for (const [adjust, vendor] of [
        ['hfq', hfq],
        ['qfq', qfq],
      ] as const) {
        const frame = await served.db.daily.range({ symbols: ['600036.SH', '000858.SZ'], end: '2023-08-18', adjust })
        expect(frame.numRows).toBe(vendor.length)
        expect(frame.meta.anchor).toBe(adjust === 'qfq' ? '2023-08-18' : undefined)
        const rows = new Map(frame.rows().map((row) => [`${row.ts_code} ${row.trade_date}`, row]))
        for (const record of vendor) {
          const row = rows.get(`${record.ts_code} ${iso(record.trade_date ?? '')}`)
          if (!row) throw new Error(`no row of ${record.ts_code} on ${record.trade_date}`)
          for (const name of ['open', 'high', 'low', 'close'] as const) {
            expect(relative(row[name], Number(record[name])), `${adjust} ${name} ${row.trade_date}`).toBeLessThan(
              1.5e-5,
            )
          }
          expect(row.vol).toBe(Number(record.vol))
          expect(row.amount).toBe(Number(record.amount))
        }
      }
    })

    it('counts sessions as in trade_cal', async () => {
      const days = await readCsv(join(folder, 'cn_ref/trade_cal.csv.gz'))
      const open = days.filter((day) => day.is_open === '1').map((day) => iso(day.cal_date ?? ''))
      const { calendar } = served.db
      expect(await calendar.sessions({ start: '1990-12-19', end: '2026-12-31' })).toEqual(open)
      for (let index = 1; index < open.length - 1; index += 617) {
        const date = open[index] ?? ''
        expect(await calendar.next({ date })).toBe(open[index + 1])
        expect(await calendar.previous({ date })).toBe(open[index - 1])
        expect(await calendar.offset({ date, n: -index })).toBe(open[0])
        expect(await calendar.offset({ date, n: 0 })).toBe(date)
      }
      // As in trade_cal's pretrade_date on closed days.
      for (const day of days.filter((one) => one.is_open === '0').filter((_, index) => index % 499 === 0)) {
        expect(await calendar.previous({ date: day.cal_date ?? '' })).toBe(iso(day.pretrade_date ?? ''))
        expect(await calendar.offset({ date: day.cal_date ?? '', n: 0 })).toBe(iso(day.pretrade_date ?? ''))
      }
    })

    it('answers every call', async () => {
      const answers = new Map<string, string>()
      for (const [path, input] of questions) {
        answers.set(`${path} ${JSON.stringify(input)}`, digestOf(await ask(served.db, path, input)))
      }
      digests.set(engine, answers)
    })
  })

  it('invariant 4: every call has the same answer, bit for bit, on all engines', () => {
    const [first, ...others] = [...digests.values()]
    expect(first?.size).toBe(questions.length)
    expect(others.length).toBe(enginesOfRun.length - 1)
    for (const other of others) expect(Object.fromEntries(other)).toEqual(Object.fromEntries(first ?? []))
  })
})
