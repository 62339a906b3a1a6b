import { date, defineCatalogue, defineDataset, float64, symbol, text } from '@stockdb/contract'
import { describe, expect, it, onTestFinished } from 'vitest'
import { planMigration } from '../../src/engine/migration.ts'
import { serve } from '../support/serve.ts'
import { enginesOfRun } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

const never = new AbortController().signal

/** Announcements, some without actual date, some without flag. */
const reports = defineDataset({
  name: 'reports',
  table: 'Reports of 2024 `a`',
  description: 'Reports',
  fields: {
    code: symbol.required('Code', { column: '股票 代码' }),
    end_date: date.required('Period', { dateFormat: 'YYYYMMDD' }),
    f_ann_date: date('Actual announcement', { column: 'ann."date".f' }),
    flag: text('Update flag', { length: 4 }),
    profit: float64('Profit', { unit: 'CNY' }),
  },
  key: ['code', 'end_date', 'f_ann_date', 'flag'],
  symbol: 'code',
  date: 'end_date',
})

describe.each(enginesOfRun)('a key that may hold nulls on $engine', (maker) => {
  const open = async () => {
    const store = await maker.open()
    const served = await serve(store.address, { catalogue: defineCatalogue({ reports }) })
    onTestFinished(async () => {
      await served.close()
      await store.drop()
    })
    return served
  }

  it('keeps every announcement, and treats nulls as equal when it is written again', async () => {
    const { server, db } = await open()
    const rows = [
      ['A', '2024-03-31', null, null, 1],
      ['A', '2024-03-31', null, '1', 2],
      ['A', '2024-03-31', '2024-05-01', '1', 3],
      ['A', '2024-06-30', null, null, 4],
    ] as const
    await writeRows(server.engine, reports, rows)
    await writeRows(server.engine, reports, [...rows.slice(1), ['A', '2024-03-31', null, null, 10]])
    const frame = await db.reports.range({ symbols: ['A'], start: '20240101' })
    expect(frame.rows()).toEqual([
      { code: 'A', end_date: '2024-03-31', f_ann_date: null, flag: null, profit: 10 },
      { code: 'A', end_date: '2024-03-31', f_ann_date: null, flag: '1', profit: 2 },
      { code: 'A', end_date: '2024-03-31', f_ann_date: '2024-05-01', flag: '1', profit: 3 },
      { code: 'A', end_date: '2024-06-30', f_ann_date: null, flag: null, profit: 4 },
    ])
  })

  it("is the table's key: there is nothing to migrate", async () => {
    const { server } = await open()
    const [step] = await planMigration(server.engine, { reports }, never)
    expect(step).toMatchObject({ kind: 'none', differences: [] })
  })

  it('serves a table and columns of any name, and dates stored as text', async () => {
    const { server, db } = await open()
    await writeRows(server.engine, reports, [
      ['A', '2024-03-31', null, null, 1],
      ['A', '2024-06-30', null, null, 2],
      ['B', '2024-06-30', null, null, 3],
    ])
    const symbols = async (frame: Promise<{ rows(): { code: string; end_date: string }[] }>) =>
      (await frame).rows().map(({ code, end_date }) => `${code} ${end_date}`)
    expect(await symbols(db.reports.range({ start: '2024-04-01', end: '2024-12-31', fields: ['profit'] }))).toEqual([
      'A 2024-06-30',
      'B 2024-06-30',
    ])
    expect(await symbols(db.reports.at({ date: '2024-03-31' }))).toEqual(['A 2024-03-31'])
    expect(await symbols(db.reports.at({ date: '2024-05-31', lookback: true }))).toEqual(['A 2024-03-31'])
    expect(await symbols(db.reports.latest({ n: 2 }))).toEqual(['A 2024-03-31', 'A 2024-06-30', 'B 2024-06-30'])
    const [info] = await db.meta.datasets()
    expect(info?.coverage).toMatchObject({ rows: 3, symbols: 2, firstDate: '2024-03-31', lastDate: '2024-06-30' })
  })
})
