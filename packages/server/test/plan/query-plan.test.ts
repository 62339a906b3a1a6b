import { defineCatalogue, defineDataset, float64, int64, symbol, text, tushare } from '@stockdb/contract'
import { screenInputOf } from '@stockdb/contract/internal'
import { describe, expect, it } from 'vitest'
import { mysqlDialect } from '../../src/engine/mysql/dialect.ts'
import { sqliteDialect } from '../../src/engine/sqlite/dialect.ts'
import { compileRead } from '../../src/plan/compile-read.ts'
import { explain } from '../../src/plan/explain.ts'
import { everyone, type Reader } from '../../src/plan/facts.ts'
import { planInstruments } from '../../src/plan/instruments/list-instruments.ts'
import { planSearch } from '../../src/plan/instruments/search-instruments.ts'
import { stockTables } from '../../src/plan/instruments/stocks.ts'
import { planKey } from '../../src/plan/plan-key.ts'
import { Planner } from '../../src/plan/planner.ts'
import { QueryCache } from '../../src/plan/prepared-query.ts'
import type { QueryPlan } from '../../src/plan/query-plan.ts'
import { planScreen } from '../../src/plan/screen/plan-screen.ts'
import { readsOf, usesOf } from '../../src/plan/uses.ts'

const { daily, stk_mins, income, index_weight, stock_basic } = tushare
const tables = stockTables(tushare)
if (!tables) throw new Error('the catalogue has stocks')

/** A planner for tables with or without enforced keys. */
const plannerFor = (enforces: boolean): Planner => new Planner(tushare, { enforcesKey: () => enforces })
const planner = plannerFor(true)
const symbols = ['600519.SH', '000001.SZ']
const days = { start: '2024-01-02', end: '2024-03-29' }
const screenInput = (input: object) => screenInputOf(tushare).parse({ date: '2024-03-29', ...input })

const plans = (on: Planner): Record<string, QueryPlan> => ({
  range: on.range(daily, { symbols, ...days, adjust: 'qfq', limit: 10, where: { vol: 1 } }),
  'range without an end': on.range(daily, { adjust: 'qfq', fields: ['close'] }),
  weeks: on.range(daily, { ...days, freq: 'week' }),
  'minutes of an unknown source': on.range(stk_mins, { ...days, freq: '30min' }),
  'minutes of a given source': on.range(stk_mins, { ...days, freq: '30min', from: '5min' }),
  at: on.at(daily, { date: '2024-03-29' }),
  'at with look-back': on.at(daily, { date: '2024-03-29', lookback: true, adjust: 'hfq' }),
  latest: on.latest(daily, { symbols, n: 5 }),
  list: on.list(stock_basic, { where: { exchange: ['SSE', null] } }),
  'asOf of statements': on.asOf(income, { date: '2024-03-29', symbols }),
  'asOf of constituents': on.asOf(index_weight, { date: '2024-03-29' }),
  panel: on.panel(daily, { symbols, ...days, fields: ['close', 'vol'], fill: 'previous', adjust: 'qfq' }),
  screen: planScreen(
    on,
    screenInput({ index: '000300.SH', where: { 'daily_basic.pe': { lt: 15 } }, limit: 20 }),
    everyone,
  ),
  instruments: planInstruments(on, tables, { asOf: '2024-03-29' }, everyone),
  search: planSearch(on, tables, { text: 'mt' }, everyone),
})

describe('a plan', () => {
  it.each([true, false])('is plain data, whatever the call (keys enforced: %s)', (enforces) => {
    for (const [name, plan] of Object.entries(plans(plannerFor(enforces))))
      expect(JSON.parse(JSON.stringify(plan)), name).toEqual(structuredClone(plan))
  })

  it.each([sqliteDialect, mysqlDialect])('survives serialisation', (dialect) => {
    const cache = new QueryCache(dialect, tushare)
    for (const plan of Object.values(plans(planner))) {
      const copy = JSON.parse(JSON.stringify(plan)) as QueryPlan
      expect(readsOf(copy).map((read) => compileRead(cache, read))).toEqual(
        readsOf(plan).map((read) => compileRead(cache, read)),
      )
    }
  })

  it('keeps 64-bit integers, which JSON cannot represent', () => {
    const counts = defineDataset({
      ...{ name: 'counts', description: 'Counts', key: ['code'], symbol: 'code' },
      fields: { code: symbol.required('Code'), count: int64('Count'), note: text('Note'), value: float64('Value') },
    })
    const on = new Planner(defineCatalogue({ counts }), { enforcesKey: () => true })
    const plan = on.list(counts, { where: { count: [9_007_199_254_740_993n, 1n], note: 'a' } })
    expect(JSON.parse(JSON.stringify(plan)).rows.where).toEqual({ count: ['9007199254740993', '1'], note: 'a' })
  })
})

describe('the key of a plan', () => {
  const key = (plan: QueryPlan): string => planKey(plan)
  const range = (input: Parameters<Planner['range']>[1]): string => key(planner.range(daily, { ...days, ...input }))

  it('is the same for equivalent calls', () => {
    expect(range({ symbols })).toBe(range({ symbols: [...symbols].reverse() }))
    expect(range({ symbols })).toBe(range({ symbols: [...symbols, ...symbols] }))
    expect(range({ fields: ['close'] })).toBe(range({ fields: ['ts_code', 'close', 'trade_date'] }))
    expect(range({ adjust: 'none' })).toBe(range({ anchor: '2024-01-05' }))
    expect(range({ adjust: 'qfq' })).toBe(range({ adjust: 'qfq', anchor: days.end, missingFactor: 'error' }))
    expect(range({ freq: 'day' })).toBe(range({}))
    expect(range({ where: { vol: 1, amount: [2, 3] } })).toBe(range({ where: { amount: [3, 2, 3], vol: [1] } }))
    expect(key(planner.latest(daily, {}))).toBe(key(planner.latest(daily, { n: 1 })))
    expect(key(planner.at(daily, { date: days.end, lookback: false }))).toBe(key(planner.at(daily, { date: days.end })))
    expect(key(planner.asOf(income, { date: days.end }))).toBe(
      key(planner.asOf(income, { date: days.end, periods: 1, sameDay: false, report_type: '1' })),
    )
  })

  it('differs if the answer differs', () => {
    const keys = [
      ...Object.values(plans(planner)).map(key),
      range({}),
      range({ symbols: [] }),
      range({ symbols }),
      range({ symbols, unknownSymbols: 'ignore' }),
      range({ symbols: symbols.slice(1) }),
      range({ end: '2024-03-28' }),
      range({ fields: ['open', 'close'] }),
      range({ fields: ['close', 'open'] }),
      range({ limit: 1 }),
      range({ adjust: 'qfq' }),
      range({ adjust: 'hfq' }),
      range({ adjust: 'qfq', anchor: '2024-01-05' }),
      range({ adjust: 'qfq', missingFactor: 'skip' }),
      range({ freq: 'year' }),
      range({ where: { vol: 1 } }),
      range({ where: { vol: [1, null] } }),
      range({ where: { amount: 1 } }),
      key(planner.panel(daily, { symbols, ...days, fields: ['close', 'vol'] })),
      key(planner.panel(daily, { symbols, ...days, fields: ['vol', 'close'] })),
      key(planner.panel(daily, { symbols, ...days, fields: ['close', 'vol'], fill: 'previous', maxFill: 3 })),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('differs for readers who may see different data', () => {
    const some: Reader = { mayRead: (dataset) => dataset === 'daily' }
    expect(key(planner.range(daily, days, some))).not.toBe(key(planner.range(daily, days)))
  })
})

describe('the datasets of a plan', () => {
  const usedBy = (plan: QueryPlan, what: string): string[] =>
    usesOf(plan, planner).flatMap((use) => (use.for === what ? [use.dataset] : []))

  it('include every source of its rows, such as factors and delistings', () => {
    const rows = Object.fromEntries(Object.entries(plans(planner)).map(([name, plan]) => [name, usedBy(plan, 'rows')]))
    expect(rows).toEqual({
      range: ['daily', 'adj_factor'],
      'range without an end': ['daily', 'adj_factor'],
      weeks: ['daily'],
      'minutes of an unknown source': ['stk_mins'],
      'minutes of a given source': ['stk_mins'],
      at: ['daily'],
      'at with look-back': ['daily', 'adj_factor'],
      latest: ['daily'],
      list: ['stock_basic'],
      'asOf of statements': ['income'],
      'asOf of constituents': ['index_weight'],
      panel: ['daily', 'adj_factor', 'stock_basic'],
      screen: ['index_weight', 'daily_basic'],
      instruments: ['stock_basic', 'namechange'],
      search: ['stock_basic', 'namechange'],
    })
  })

  it('include those in memory, as far as the reader may read them', () => {
    expect(usedBy(planner.range(daily, days), 'memory')).toEqual(['trade_cal', 'stock_basic', 'suspend_d'])
    const some: Reader = { mayRead: (dataset) => ['daily', 'trade_cal'].includes(dataset) }
    expect(usedBy(planner.range(daily, days, some), 'memory')).toEqual(['trade_cal'])
    // Panels and weeks need trading days.
    const none: Reader = { mayRead: (dataset) => dataset === 'daily' }
    expect(usedBy(planner.range(daily, { ...days, freq: 'week' }, none), 'memory')).toEqual(['trade_cal'])
    expect(usedBy(planner.panel(daily, { ...days, fields: ['close'] }, none), 'memory')).toEqual(['trade_cal'])
  })
})

describe('the explanation of a plan', () => {
  const plan = planner.range(daily, { symbols, ...days, fields: ['close'], adjust: 'qfq', where: { vol: 31_337 } })

  it('describes reads and steps, in order', () => {
    expect(explain(plan, planner)).toEqual({
      key: planKey(plan),
      datasets: ['daily', 'adj_factor', 'trade_cal', 'stock_basic', 'suspend_d'],
      lines: [
        'in one state of daily, adj_factor:',
        'read range of daily (2 symbols: 600519.SH, 000001.SZ; start 2024-01-02; end 2024-03-29; vol = 31337): ts_code, trade_date, close, joined to adj_factor',
        'read latest of adj_factor (2 symbols: 600519.SH, 000001.SZ; end 2024-03-29; n 1; present adj_factor): ts_code, adj_factor',
        'adjust qfq by adj_factor of adj_factor, anchor 2024-03-29, rows without a factor: error',
        'count the days covered, by trading days of SSE, stock_basic, suspend_d',
        'fail if a symbol without a row is unknown to daily, stock_basic',
        'keep the 3 requested fields',
      ],
    })
  })

  it('can omit the values of the call', () => {
    for (const one of [plan, ...Object.values(plans(planner))]) {
      const { lines } = explain(one, planner, { values: false })
      expect(lines.join('\n')).not.toMatch(/600519|2024-|31337/)
    }
  })
})
