import { join } from 'node:path'
import { createLog, type StockdbServer, start } from '@stockdb/server'
import { describeWithRealData } from '@stockdb/testing/real-data'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askJson } from '../support/ask-json.ts'
import { draftedCatalogue } from '../support/drafted.ts'
import { type ForeignBar, foreignTables, makeForeignTables } from '../support/foreign-tables.ts'
import { readCsv } from '../support/read-csv.ts'
import { oneOfEachEngine, type Store } from '../support/stores.ts'

/** Every tenth of the 511 stocks: enough rows for several insert batches, and for suspensions and listings. */
const EVERY = 10

describeWithRealData('real bars in existing tables', (folder) => {
  let bars: ForeignBar[]

  beforeAll(async () => {
    const rows = await readCsv(join(folder, 'cn_a_2024/daily.csv.gz'))
    const codes = [...new Set(rows.map(({ ts_code: code }) => code ?? ''))].filter((_, at) => at % EVERY === 0)
    const chosen = new Set(codes)
    bars = rows
      .filter(({ ts_code: code }) => chosen.has(code ?? ''))
      .map((row) => ({
        code: String(row.ts_code),
        date: String(row.trade_date).replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3'),
        open: Number(row.open),
        close: Number(row.close),
        vol: Math.round(Number(row.vol)),
      }))
      .toSorted((a, b) => (a.code === b.code ? (a.date < b.date ? -1 : 1) : a.code < b.code ? -1 : 1))
    expect(bars.length).toBeGreaterThan(12_000)
  })

  describe.each(oneOfEachEngine)('in $engine', ({ open }) => {
    let store: Store
    let server: StockdbServer

    beforeAll(async () => {
      store = await open()
      await makeForeignTables(store.address, bars)
      const catalogue = await draftedCatalogue(store.address)
      server = await start({ database: store.address, catalogue, port: 0, log: createLog('silent') })
    })

    afterAll(async () => {
      await server?.close()
      await store?.drop()
    })

    it.each(foreignTables)('$dataset returns all rows, those of a month, and the last ones', async (table) => {
      const { dataset, close } = table
      const rows = (chosen: readonly ForeignBar[]): unknown[][] =>
        chosen.map(({ code, date, close: price }) => [code, date, price])
      const ask = async (procedure: string, input: object) =>
        (await askJson(server.url, `${dataset}.${procedure}`, { fields: [close], ...input })).items
      expect(await ask('range', {})).toEqual(rows(bars))
      const june = bars.filter(({ date }) => date >= '2024-06-01' && date <= '2024-06-30')
      expect(await ask('range', { start: '20240601', end: '2024-06-30' })).toEqual(rows(june))
      const last = bars.filter(({ code }, at) => code !== bars[at + 1]?.code)
      expect(await ask('latest', {})).toEqual(rows(last))
    })
  })
})
