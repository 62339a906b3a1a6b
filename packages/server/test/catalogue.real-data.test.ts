import { join } from 'node:path'
import { type Tushare, tushare } from '@stockdb/contract'
import { describeWithRealData } from '@stockdb/testing/real-data'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ImportOptions, importFile } from '../src/ingest/import-file.ts'
import { readCsv } from './support/read-csv.ts'
import { type Served, serve } from './support/serve.ts'
import { oneOfEachEngine, type Store } from './support/stores.ts'

/** Real files of datasets that other tests do not load, with the row counts of SOURCES.md. */
const files: readonly (readonly [keyof Tushare, string, number])[] = [
  ['index_weight', 'cn_ref/index_weight_399300.SZ.csv.gz', 67_800],
  ['suspend_d', 'cn_ref/suspend_d_hs300.csv.gz', 26_346],
  ['dividend', 'cn_ref/dividend_hs300.csv.gz', 10_204],
  ['fund_daily', 'cn_ref/fund_daily_510300.SH.csv.gz', 500],
  ['fund_adj', 'cn_ref/fund_adj_510300.SH.csv.gz', 500],
]
const indicators = 'cn_ref/fina_indicator.csv.gz'

describeWithRealData('the real files of the wider catalogue', (folder) => {
  describe.each(oneOfEachEngine)('on $engine', ({ open }) => {
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

    const load = (name: keyof Tushare, file: string, options: Partial<ImportOptions> = {}): Promise<number> =>
      importFile(served.server.engine, join(folder, file), {
        dataset: tushare[name],
        ignoreUnknown: false,
        signal: new AbortController().signal,
        onProgress: () => {},
        ...options,
      }).then(({ rows }) => rows)

    it.each(files)('imports %s from %s', async (name, file, rows) => {
      expect(await load(name, file)).toBe(rows)
    })

    it('has the constituents of each publication, their weights summing to a hundred', async () => {
      const { columns } = await served.db.index_weight.range({ symbols: ['399300.SZ'] })
      const sums = new Map<string, number>()
      columns.trade_date.forEach((date, row) => {
        sums.set(date, (sums.get(date) ?? 0) + (columns.weight[row] as number))
      })
      expect(sums.size).toBe(226)
      for (const [date, sum] of sums) expect(Math.abs(sum - 100), date).toBeLessThan(0.05)
    })

    it('keeps two dividends of a day and undated ones, and exact repeats once', async () => {
      const all = await served.db.dividend.list()
      const records = await readCsv(join(folder, 'cn_ref/dividend_hs300.csv.gz'))
      const facts = new Set(
        records.map(({ ts_code, ex_date, stk_div, cash_div }) =>
          [ts_code, ex_date, Number(stk_div), Number(cash_div)].join(),
        ),
      )
      expect(all.numRows).toBe(facts.size)
      const ofOne = await served.db.dividend.list({ symbols: ['601318.SH'], where: { ex_date: '2018-06-07' } })
      expect([...ofOne.columns.cash_div].sort()).toEqual([0.2, 1])
      expect(all.columns.ex_date.filter((date) => date === null)).toHaveLength(6)
    })

    it('adjusts the prices of a fund by its own factors', async () => {
      const { columns } = await served.db.fund_daily.range({
        symbols: ['510300.SH'],
        start: '2024-01-17',
        end: '2024-01-18',
        adjust: 'hfq',
        fields: ['close', 'pre_close'],
      })
      const [before, after] = [columns.close[0] as number, columns.pre_close[1] as number]
      // The factors have three decimals: previous close × factor and close × factor before it agree to two thousandths.
      expect(Math.abs(after - before) / before).toBeLessThan(0.001)
    })

    it('has each number of fina_indicator, once onDuplicate is declared', async () => {
      await expect(load('fina_indicator', indicators)).rejects.toThrow(
        /line 3: it has the key of line 2 \(ts_code 600519\.SH, end_date 2023-03-31, ann_date 2023-04-26, update_flag null\) and other values: .*--on-duplicate keep-first or keep-last/,
      )
      expect(await load('fina_indicator', indicators, { onDuplicate: 'keep-last' })).toBe(28)
      const records = await readCsv(join(folder, indicators))
      const last = new Map(records.map((record) => [`${record.ts_code} ${record.end_date} ${record.ann_date}`, record]))
      const frame = await served.db.fina_indicator.range()
      expect(frame.numRows).toBe(last.size)
      for (const row of frame.rows() as unknown as Record<string, string | number | null>[]) {
        const key = [row.ts_code, row.end_date, row.ann_date].join(' ').replaceAll('-', '')
        const record = last.get(key)
        if (!record) throw new Error(`the file has no ${key}`)
        for (const [name, text] of Object.entries(record)) {
          if (['ts_code', 'end_date', 'ann_date'].includes(name)) continue
          expect(row[name], `${key} ${name}`).toBe(text === '' ? Number.NaN : Number(text))
        }
      }
    })
  })
})
