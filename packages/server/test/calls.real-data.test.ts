import { join } from 'node:path'
import { type Tushare, tushare } from '@stockdb/contract'
import { describeWithRealData } from '@stockdb/testing/real-data'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importFile } from '../src/ingest/import-file.ts'
import { digestOf } from './support/digest.ts'
import { readCsv } from './support/read-csv.ts'
import { type Served, serve } from './support/serve.ts'
import { oneOfEachEngine, type Store } from './support/stores.ts'

const files: readonly (readonly [keyof Tushare, string])[] = [
  ['stock_basic', 'cn_ref/stock_basic.csv.gz'],
  ['trade_cal', 'cn_ref/trade_cal.csv.gz'],
  ['daily', 'cn_a_2024/daily.csv.gz'],
  ['adj_factor', 'cn_a_2024/adj_factor.csv.gz'],
  ['daily_basic', 'cn_ref/daily_basic.csv.gz'],
  ['index_weight', 'cn_ref/index_weight_399300.SZ.csv.gz'],
  ['fina_indicator', 'cn_ref/fina_indicator.csv.gz'],
]
const INDEX = '399300.SZ'
const MAOTAI = '600519.SH'
const BANK = '600036.SH'
const YEAR = { start: '2024-01-01', end: '2024-12-31' }

const iso = (text = ''): string => `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`

type Records = readonly Record<string, string>[]

/** The newest period of every symbol announced before a date; of two filings of one day the last in the file. */
function newestKnown(records: Records, date: string): Map<string, { period: string; roe: number }> {
  const known = new Map<string, { period: string; roe: number }>()
  for (const { ts_code = '', ann_date, end_date, roe } of records) {
    const period = iso(end_date)
    if (iso(ann_date) >= date || period < (known.get(ts_code)?.period ?? '')) continue
    known.set(ts_code, { period, roe: roe === '' ? Number.NaN : Number(roe) })
  }
  return known
}

/** Monday of a date's week, in days. */
const weekOf = (date: string): number => Math.floor((Date.parse(date) / 86_400_000 + 3) / 7)

describeWithRealData('questions to the real data', (folder) => {
  const digests = new Map<string, Map<string, string>>()
  const read = (file: string) => readCsv(join(folder, file))

  describe.each(oneOfEachEngine)('on $engine', ({ engine, open }) => {
    let store: Store
    let served: Served<Tushare>
    const answers = new Map<string, string>()
    const note = (name: string, frame: Parameters<typeof digestOf>[0]): void => {
      answers.set(name, digestOf(frame))
    }
    beforeAll(async () => {
      store = await open()
      served = await serve(store.address)
      for (const [name, file] of files) {
        await importFile(served.server.engine, join(folder, file), {
          dataset: tushare[name],
          ignoreUnknown: false,
          // The file has no update_flag: only the order of two filings of one day shows which is later.
          onDuplicate: 'keep-last',
          signal: new AbortController().signal,
          onProgress: () => {},
        })
      }
    }, 120_000)
    afterAll(async () => {
      digests.set(engine, answers)
      await served?.close()
      await store?.drop()
    })

    it('asOf returns published reports only', async () => {
      const records = await read('cn_ref/fina_indicator.csv.gz')
      for (const date of [
        '2023-04-26',
        '2023-04-27',
        '2023-08-03',
        '2023-08-04',
        '2024-04-03',
        '2024-10-27',
        '2025-09-01',
      ]) {
        const frame = await served.db.fina_indicator.asOf({ date, fields: ['roe', 'ann_date'] })
        const expected = newestKnown(records, date)
        expect(frame.numRows, date).toBe(expected.size)
        for (const { ts_code, end_date, roe, ann_date } of frame.rows()) {
          expect({ period: end_date, roe }, `${ts_code} on ${date}`).toEqual(expected.get(ts_code))
          expect((ann_date ?? '') < date).toBe(true)
        }
        note(`fina_indicator ${date}`, frame)
      }
      const four = await served.db.fina_indicator.asOf({
        date: '2024-05-01',
        symbols: [MAOTAI],
        periods: 4,
        fields: [],
      })
      expect(four.columns.end_date).toEqual(['2024-03-31', '2023-12-31', '2023-09-30', '2023-06-30'])
    })

    it('asOf returns the last published constituents, also in a month without publication', async () => {
      const records = await read('cn_ref/index_weight_399300.SZ.csv.gz')
      const dates = [...new Set(records.map(({ trade_date }) => iso(trade_date)))].sort()
      for (const date of ['2015-08-03', '2015-08-30', '2021-10-20', '2024-06-28', '2025-12-31']) {
        const last = dates.filter((one) => one <= date).at(-1)
        const frame = await served.db.index_weight.asOf({ date, symbols: [INDEX], fields: ['con_code', 'weight'] })
        expect(frame.numRows, date).toBe(300)
        expect(new Set(frame.columns.trade_date)).toEqual(new Set([last]))
        note(`index_weight ${date}`, frame)
      }
      expect((await served.db.index_weight.asOf({ date: '2015-08-02' })).numRows).toBe(0)
    })

    it('instruments are those listed on a date, and can be found by code, pinyin and name', async () => {
      const records = await read('cn_ref/stock_basic.csv.gz')
      for (const date of ['1995-01-01', '2010-06-30', '2024-12-31']) {
        const frame = await served.db.instruments.list({ asOf: date, fields: ['list_date'] })
        expect(frame.numRows).toBe(records.filter(({ list_date }) => iso(list_date) <= date).length)
        note(`instruments ${date}`, frame)
      }
      const found = async (text: string) => (await served.db.instruments.search({ text, limit: 5 })).columns.ts_code
      expect(await found('600519')).toEqual([MAOTAI])
      expect(await found('zsyh')).toContain(BANK)
      expect(await found('贵州茅')).toEqual([MAOTAI])
      expect(await found('%')).toEqual([])
    })

    it('screens valuations, statements and membership as of the day', async () => {
      const [basics, reports] = [await read('cn_ref/daily_basic.csv.gz'), await read('cn_ref/fina_indicator.csv.gz')]
      for (const date of ['2024-01-31', '2024-06-28', '2024-10-31', '2025-04-30']) {
        const known = newestKnown(reports, date)
        const expected = basics
          .filter(
            ({ trade_date, pe, total_mv }) => iso(trade_date) === date && Number(pe) < 25 && Number(total_mv) > 1e6,
          )
          .filter(({ ts_code = '' }) => (known.get(ts_code)?.roe ?? Number.NaN) > 4)
          .map(({ ts_code }) => ts_code)
        const frame = await served.db.screen({
          date,
          index: INDEX,
          where: {
            'daily_basic.pe': { lt: 25 },
            'daily_basic.total_mv': { gt: 1e6 },
            'fina_indicator.roe': { gt: 4 },
          },
          fields: ['daily_basic.pe', 'fina_indicator.roe', 'fina_indicator.end_date'],
        })
        expect(frame.columns.ts_code, date).toEqual(expected.sort())
        frame.columns.ts_code.forEach((code, row) => {
          expect(frame.columns['fina_indicator.roe'][row]).toBe(known.get(code)?.roe)
          expect(frame.columns['fina_indicator.end_date'][row]).toBe(known.get(code)?.period)
        })
        note(`screen ${date}`, frame)
      }
      await expect(
        served.db.screen({ date: '2024-06-28', where: { 'stock_basic.industry': { eq: '银行' } } as never }),
      ).rejects.toMatchObject({ code: 'NOT_POINT_IN_TIME' })
    })

    it('combines a year of every stock into the same weeks as a plain loop over the file', async () => {
      const [bars, days] = [await read('cn_a_2024/daily.csv.gz'), await read('cn_ref/trade_cal.csv.gz')]
      const lastOf = new Map<number, string>()
      for (const { cal_date, is_open } of days) {
        const date = iso(cal_date)
        if (is_open === '1' && date >= YEAR.start && date <= YEAR.end) lastOf.set(weekOf(date), date)
      }
      const weeks = new Map<string, { open: number; high: number; low: number; close: number; vol: number }>()
      for (const { ts_code, trade_date, open, high, low, close, vol } of bars.toSorted((a, b) =>
        `${a.ts_code}${a.trade_date}` < `${b.ts_code}${b.trade_date}` ? -1 : 1,
      )) {
        const key = `${ts_code} ${lastOf.get(weekOf(iso(trade_date)))}`
        const week = weeks.get(key)
        if (!week)
          weeks.set(key, {
            open: Number(open),
            high: Number(high),
            low: Number(low),
            close: Number(close),
            vol: Number(vol),
          })
        else {
          week.high = Math.max(week.high, Number(high))
          week.low = Math.min(week.low, Number(low))
          week.close = Number(close)
          week.vol += Number(vol)
        }
      }
      const fields = ['open', 'high', 'low', 'close', 'vol'] as const
      const frame = await served.db.daily.range({ ...YEAR, freq: 'week', fields })
      expect(frame.numRows).toBe(weeks.size)
      for (const { ts_code, trade_date, ...bar } of frame.rows()) {
        const week = weeks.get(`${ts_code} ${trade_date}`)
        if (fields.some((name) => bar[name] !== week?.[name])) expect(bar, `${ts_code} ${trade_date}`).toEqual(week)
      }
      note('weeks', frame)
    })

    it('returns the year as sessions × stocks, with a gap for every missing bar', async () => {
      const bars = await read('cn_a_2024/daily.csv.gz')
      const { dates, symbols, panels, meta } = await served.db.daily.panel({ ...YEAR, fields: ['close', 'vol'] })
      expect([dates.length, symbols.length]).toEqual([242, 511])
      const cells = panels.close.values.reduce(
        (sum, row) => sum + row.filter((value) => !Number.isNaN(value)).length,
        0,
      )
      expect(cells).toBe(bars.filter(({ close }) => close !== '').length)
      for (const row of panels.vol.values) expect(row.includes(0)).toBe(false)
      const [first, last] = [bars[0], bars.at(-1)]
      for (const bar of [first, last])
        expect(panels.close.at(iso(bar?.trade_date), bar?.ts_code ?? '')).toBe(Number(bar?.close))
      expect(meta.coverage).toMatchObject({ symbolsFound: 511, sessionsExpected: 242, sessionsFound: 242 })
      const filled = await served.db.daily.panel({ ...YEAR, fields: ['close'], fill: 'previous' })
      // Filled, a listed stock has a price on every later day.
      for (const symbol of symbols) {
        const series = filled.panels.close.series(symbol)
        const listed = series.findIndex((value) => !Number.isNaN(value))
        expect(series.slice(listed).some(Number.isNaN), symbol).toBe(false)
      }
    })

    it('answers a query with joins, aggregates and windows like a plain loop over the file', async () => {
      const bars = await read('cn_a_2024/daily.csv.gz')
      const rows = await served.db.query
        .with('ranked', (qb) =>
          qb.selectFrom('daily').select((eb) => [
            'ts_code',
            'trade_date',
            'amount',
            eb.fn
              .agg<number>('row_number')
              .over((over) => over.partitionBy('ts_code').orderBy('amount', 'desc').orderBy('trade_date'))
              .as('place'),
          ]),
        )
        .selectFrom('ranked as r')
        .innerJoin('adj_factor as f', (join) =>
          join.onRef('f.ts_code', '=', 'r.ts_code').onRef('f.trade_date', '=', 'r.trade_date'),
        )
        .where('r.place', '<=', 2)
        .groupBy('r.ts_code')
        .select((eb) => ['r.ts_code', eb.fn.sum<number>('r.amount').as('most'), eb.fn.countAll<number>().as('days')])
        .orderBy('r.ts_code')
        .execute()
      const amounts = new Map<string, number[]>()
      for (const { ts_code = '', amount } of bars)
        amounts.set(ts_code, [...(amounts.get(ts_code) ?? []), Number(amount)])
      expect(rows).toHaveLength(amounts.size)
      for (const { ts_code, most, days } of rows) {
        const [first = 0, second = 0] = (amounts.get(ts_code) ?? []).toSorted((a, b) => b - a)
        expect(days).toBe(2)
        expect(Math.abs(most / (first + second) - 1), ts_code).toBeLessThan(1e-12)
      }
    })
  })

  it('invariant 4: every frame is the same, bit for bit, on all engines', () => {
    const [first, ...others] = [...digests.values()]
    expect(first?.size).toBe(7 + 5 + 3 + 4 + 1)
    expect(others).toHaveLength(oneOfEachEngine.length - 1)
    for (const other of others) expect(Object.fromEntries(other)).toEqual(Object.fromEntries(first ?? []))
  })
})
