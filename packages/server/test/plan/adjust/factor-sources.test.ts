import {
  type AdjustmentRule,
  type Catalogue,
  date,
  datetime,
  defineCatalogue,
  defineDataset,
  float64,
  symbol,
  tushare,
} from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../../support/serve.ts'
import { sql } from '../../support/sql.ts'
import { enginesOfRun, type Store } from '../../support/stores.ts'
import { writeRows } from '../../support/write-rows.ts'

const compact = { dateFormat: 'YYYYMMDD' } as const
const rule = {
  ...{ factor: 'factor', prices: ['close', 'before'], close: 'close', previousClose: 'before' },
  ...{ change: 'change', percentChange: 'percent', previousCloseIs: 'raw' },
} as const
const prices = {
  close: float64('Close'),
  before: float64('Close of the row before, as it was traded'),
  change: float64('Change'),
  percent: float64('Change in percent'),
}
const roles = { key: ['code', 'day'], symbol: 'code', date: 'day' } as const
const ofDay = { code: symbol.required('Code'), day: date.required('Day') }
const ofText = { code: symbol.required('Code'), day: date.required('Day', compact) }

/** The same bars and factors in managed tables, where factors are joined, and as made by pandas, without any index. */
const catalogue = defineCatalogue({
  trade_cal: tushare.trade_cal,
  own_bars: defineDataset({
    ...{ name: 'own_bars', description: 'Bars', fields: { ...ofDay, ...prices }, ...roles, calendar: 'SSE' },
    adjustment: { ...rule, dataset: 'own_factors' } as AdjustmentRule,
    bars: { first: ['before'], max: [], min: [], last: ['close'], sum: [] },
  }),
  own_factors: defineDataset({
    ...{ name: 'own_factors', description: 'Factors', fields: { ...ofDay, factor: float64('Factor') }, ...roles },
  }),
  text_bars: defineDataset({
    ...{ name: 'text_bars', description: 'Bars', fields: { ...ofText, ...prices }, ...roles, calendar: 'SSE' },
    ...{ managed: false, latest: 'scan' },
    adjustment: { ...rule, dataset: 'text_factors' } as AdjustmentRule,
    bars: { first: ['before'], max: [], min: [], last: ['close'], sum: [] },
  }),
  text_factors: defineDataset({
    ...{ name: 'text_factors', description: 'Factors', fields: { ...ofText, factor: float64('Factor') }, ...roles },
    ...{ managed: false, latest: 'scan' },
  }),
  minutes: defineDataset({
    name: 'minutes',
    description: 'Five-minute bars',
    fields: { code: symbol.required('Code'), at: datetime.required('End of the bar'), close: float64('Close') },
    ...{ key: ['code', 'at'], symbol: 'code', date: 'at' },
    adjustment: { dataset: 'own_factors', factor: 'factor', prices: ['close'] },
    bars: {
      ...{ first: [], max: [], min: [], last: ['close'], sum: [] },
      minutes: { stored: '5min', sessions: [['09:30', '11:30']], label: 'end' },
    },
  }),
}) satisfies Catalogue

/** A's factor doubles on the 4th, while it is not traded; B is never split; C has no factor before the 4th. */
const bars = [
  ['A', '2024-01-02', 10, null],
  ['A', '2024-01-03', 12, 10],
  ['A', '2024-01-05', 7, 12],
  ['A', '2024-01-08', 8, 7],
  ['B', '2024-01-03', 20, null],
  ['B', '2024-01-08', 21, 20],
  ['C', '2024-01-03', 5, null],
  ['C', '2024-01-05', 6, 5],
] as const
const factors = [
  ['A', '2024-01-01', 1],
  ['A', '2024-01-02', 1],
  ['A', '2024-01-04', 2],
  ['A', '2024-01-05', 2],
  ['A', '2024-01-08', 2],
  ['B', '2020-01-01', 3],
  ['C', '2024-01-04', 4],
] as const

const rows = bars.map(([code, day, close, before]) => [code, day, close, before, before && close - before, 1_500])

/** The tables as made by `to_sql`, in any order. */
async function makeTexts(address: string): Promise<void> {
  const literal = (value: string | number | null): string =>
    value === null ? 'null' : typeof value === 'number' ? String(value) : `'${value.replaceAll('-', '')}'`
  const insert = (table: string, values: readonly (readonly (string | number | null)[])[]): string =>
    `insert into ${table} values ${values
      .toReversed()
      .map((row) => `(${row.map(literal).join()})`)
      .join()}`
  const statements = [
    'create table text_bars (code text, day text, close double, `before` double, `change` double, percent double)',
    'create table text_factors (code text, day text, factor double)',
    insert('text_bars', rows as never),
    insert('text_factors', factors),
  ]
  await sql(address, ...statements)
}

const { NaN: gap } = Number

describe.each(enginesOfRun)('prices adjusted by factors from $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>
  beforeAll(async () => {
    store = await open()
    await makeTexts(store.address)
    served = await serve(store.address, { catalogue })
    const { engine } = served.server
    await writeRows(engine, catalogue.own_bars, rows)
    await writeRows(engine, catalogue.own_factors, factors)
    const times = ['09:35', '09:40', '09:45', '09:50']
    const days = ['2024-01-03', '2024-01-05']
    await writeRows(
      engine,
      catalogue.minutes,
      days.flatMap((day) => times.map((time, at) => ['A', `${day} ${time}:00`, 10 + at])),
    )
    const open_days = ['02', '03', '04', '05', '08'].map((day) => ['SSE', `2024-01-${day}`, true])
    await writeRows(engine, tushare.trade_cal, open_days, ['exchange', 'cal_date', 'is_open'])
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  describe.each(['own_bars', 'text_bars'] as const)('of %s', (name) => {
    const asked = { symbols: ['A', 'B'], adjust: 'hfq' } as const
    const shown = (frame: { rows(): { code: string; day: string; close: number; before: number }[] }): string[] =>
      frame.rows().map(({ code, day, close, before }) => `${code} ${day.slice(8)} ${close} ${before}`)

    it('use the last factor on or before each day, and for a raw previous close that of the previous row', async () => {
      const frame = await served.db[name].range(asked)
      expect(shown(frame)).toEqual([
        ...['A 02 10 NaN', 'A 03 12 10', 'A 05 14 12', 'A 08 16 14', 'B 03 60 NaN', 'B 08 63 60'],
      ])
      expect([...frame.columns.percent]).toEqual([gap, 20, (2 / 12) * 100, (2 / 14) * 100, gap, 5])
      expect(frame.meta.rule).toBe('price × factor; before by the factor of the row before')
      const qfq = await served.db[name].range({ ...asked, adjust: 'qfq' })
      expect(shown(qfq)).toEqual(['A 02 5 NaN', 'A 03 6 5', 'A 05 7 6', 'A 08 8 7', 'B 03 20 NaN', 'B 08 21 20'])
      expect(qfq.meta.anchor).toBe('2024-01-08')
    })

    it('look at the row before the range wherever it begins', async () => {
      const late = await served.db[name].range({ ...asked, start: '2024-01-04' })
      expect(shown(late)).toEqual(['A 05 14 12', 'A 08 16 14', 'B 08 63 60'])
      const at = await served.db[name].at({ ...asked, date: '2024-01-05' })
      expect(shown(at)).toEqual(['A 05 14 12'])
      const lookback = await served.db[name].at({ ...asked, date: '2024-01-05', lookback: true })
      expect(shown(lookback)).toEqual(['A 05 14 12', 'B 03 60 NaN'])
      for (const n of [1, 2, 3])
        expect(shown(await served.db[name].latest({ ...asked, n }))).toEqual([
          ...['A 03 12 10', 'A 05 14 12', 'A 08 16 14'].slice(-n),
          ...['B 03 60 NaN', 'B 08 63 60'].slice(-n),
        ])
      const panel = await served.db[name].panel({
        ...asked,
        ...{ start: '2024-01-04', end: '2024-01-08', fields: ['before', 'close'], fill: 'previous' },
      })
      expect([...panel.panels.before.series('A')]).toEqual([10, 12, 14])
      expect([...panel.panels.close.series('B')]).toEqual([60, 60, 63])
      const weeks = await served.db[name].range({ ...asked, freq: 'week', start: '2024-01-03' })
      expect(shown(weeks)).toEqual(['A 05 14 10', 'A 08 16 14', 'B 05 60 NaN', 'B 08 63 60'])
    })

    it('find a factor from long before a short range, and one within it', async () => {
      const days = { adjust: 'hfq', missingFactor: 'skip', fields: ['close'] } as const
      for (const symbols of [undefined, ['A', 'B', 'C']]) {
        const at = await served.db[name].at({ ...days, symbols, date: '2024-01-08' })
        expect(at.rows().map(({ code, close }) => `${code} ${close}`)).toEqual(['A 16', 'B 63'])
        const range = await served.db[name].range({ ...days, symbols, start: '2024-01-03', end: '2024-01-05' })
        expect(range.rows().map(({ code, close }) => `${code} ${close}`)).toEqual(['A 12', 'A 14', 'B 60', 'C 24'])
        const wanted = { symbols, fields: ['close'], adjust: 'qfq', missingFactor: 'skip' } as const
        const early = await served.db[name].range({ ...wanted, start: '2024-01-08', anchor: '2022-01-01' })
        expect(early.rows().map(({ code, close }) => `${code} ${close}`)).toEqual(['B 21'])
      }
    })

    it('accept an anchor before, between and after the rows', async () => {
      for (const [anchor, factor] of [
        ['2024-01-03', 1],
        ['2024-01-04', 2],
        ['2030-01-01', 2],
      ] as const) {
        const { columns } = await served.db[name].range({ symbols: ['A'], adjust: 'qfq', anchor, end: '2024-01-05' })
        expect([...columns.close]).toEqual([10 / factor, 12 / factor, 14 / factor])
      }
      const open_end = await served.db[name].range({ symbols: ['A'], adjust: 'qfq', anchor: '2024-01-03' })
      expect([...open_end.columns.close]).toEqual([10, 12, 14, 16])
    })

    it('name the symbols without a factor, or drop their rows, before a range and in it', async () => {
      await expect(served.db[name].range({ adjust: 'hfq' })).rejects.toThrow(/^C: no factor in /)
      const skipped = await served.db[name].range({ adjust: 'hfq', missingFactor: 'skip', fields: ['close', 'before'] })
      expect(shown(skipped).filter((row) => row.startsWith('C'))).toEqual(['C 05 24 NaN'])
      expect(skipped.meta.missingFactor).toEqual({ mode: 'skip', symbols: ['C'], count: 1, rows: 1 })
      const wanted = { start: '2024-01-04', end: '2024-01-05', fields: ['close'], fill: 'previous' } as const
      const panel = await served.db[name].panel({ ...wanted, adjust: 'hfq', missingFactor: 'skip' })
      expect([...panel.panels.close.series('C')]).toEqual([gap, 24])
      expect(panel.meta.missingFactor).toEqual({ mode: 'skip', symbols: ['C'], count: 1, rows: 1 })
    })

    it('refuse filters that may exclude the previous row', async () => {
      await expect(served.db[name].range({ ...asked, where: { close: 12 } })).rejects.toThrow(
        /where: got close; expected fields of the key only/,
      )
      const { columns } = await served.db[name].range({ ...asked, where: { close: 12 }, fields: ['close'] })
      expect([...columns.close]).toEqual([12])
    })
  })

  it('adjust rows with a time by the factor of their day, before combining them into bars', async () => {
    const stored = await served.db.minutes.range({ adjust: 'hfq' })
    expect([...stored.columns.close]).toEqual([10, 11, 12, 13, 20, 22, 24, 26])
    const quarters = await served.db.minutes.range({ adjust: 'qfq', freq: '15min' })
    expect([...quarters.columns.close]).toEqual([6, 6.5, 12, 13])
    expect(quarters.meta.anchor).toBe('2024-01-05')
    const latest = await served.db.minutes.latest({ adjust: 'hfq', n: 1 })
    expect([...latest.columns.close]).toEqual([26])
    const at = await served.db.minutes.at({ adjust: 'hfq', date: '2024-01-05 09:40:00' })
    expect([...at.columns.close]).toEqual([20, 22])
  })
})
