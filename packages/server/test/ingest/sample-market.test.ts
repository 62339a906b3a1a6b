import { createHash } from 'node:crypto'
import { fieldTypes, type StoredValue } from '@stockdb/contract/internal'
import { describe, expect, it } from 'vitest'
import { SAMPLE_SUFFIX, type SampleTable, sampleMarket } from '../../src/ingest/sample-market/sample-market.ts'

type Row = Record<string, StoredValue>

/** The numbers of a row; a field that is null or not a number fails the test instead of passing as NaN. */
function num(row: Row | undefined, name: string): number {
  const value = row?.[name]
  if (typeof value !== 'number') throw new TypeError(`${name} is ${value}`)
  return value
}

function table(tables: readonly SampleTable[], name: string): SampleTable {
  const found = tables.find(({ dataset }) => dataset.name === name)
  if (!found) throw new Error(`no table ${name}`)
  return found
}

function rowsOf(tables: readonly SampleTable[], name: string): Row[] {
  const { dataset, rows } = table(tables, name)
  const names = Object.keys(dataset.fields)
  return Array.from(rows, (values) => Object.fromEntries(names.map((field, i) => [field, values[i] ?? null])))
}

function hashOf(tables: readonly SampleTable[]): string {
  const hash = createHash('sha256')
  for (const { dataset, rows } of tables) {
    hash.update(dataset.name)
    for (const row of rows) hash.update(JSON.stringify(row))
  }
  return hash.digest('hex')
}

const bySymbol = (rows: readonly Row[]) => Map.groupBy(rows, (row) => String(row.ts_code))
const idOf = (row: Row): string => `${row.ts_code} ${row.trade_date}`
const cents = (value: number): number => Math.round(value * 100)

const market = sampleMarket()
const stocks = rowsOf(market, 'stock_basic')
const days = rowsOf(market, 'trade_cal')
const bars = rowsOf(market, 'daily')
const factors = rowsOf(market, 'adj_factor')
const basics = rowsOf(market, 'daily_basic')
const levels = rowsOf(market, 'index_daily')
const names = rowsOf(market, 'namechange')
const suspended = rowsOf(market, 'suspend_d')
const weights = rowsOf(market, 'index_weight')
const incomes = rowsOf(market, 'income')
const balances = rowsOf(market, 'balancesheet')
const cashflows = rowsOf(market, 'cashflow')
const indicators = rowsOf(market, 'fina_indicator')
const open = days.filter((day) => day.is_open === 1).map((day) => String(day.cal_date))
const sessions = open.filter((date) => date >= '2020-01-01' && date <= '2024-12-31')
const factorOn = new Map(factors.map((row) => [idOf(row), num(row, 'adj_factor')]))
const barOn = new Map(bars.map((row) => [idOf(row), row]))

describe('the sample market', () => {
  it('gives the same rows for the same seed, however often they are read, and different ones for another seed', () => {
    const few = { symbols: 5, start: '20200101', end: '20241231' }
    const one = sampleMarket({ seed: 1, ...few })
    const first = hashOf(one)
    expect(hashOf(one)).toBe(first)
    expect(hashOf(sampleMarket(few))).toBe(first)
    expect(hashOf(sampleMarket({ seed: 2, ...few }))).not.toBe(first)
    // A golden hash, so that changes of the data are noticed; also depends on V8's Math.log, sin, cos and exp.
    expect(hashOf(market).slice(0, 16)).toMatchInlineSnapshot(`"217ac7830673e9fe"`)
  })

  it('keeps each company unchanged if more companies are requested', () => {
    const few = bySymbol(rowsOf(sampleMarket({ symbols: 5 }), 'daily'))
    expect(few.size).toBe(5)
    for (const [code, rows] of few) expect(rows).toEqual(bySymbol(bars).get(code))
  })

  it('has the datasets of the examples, valid values, and rows in the order of unique keys', () => {
    expect(market.map(({ dataset }) => dataset.name).sort()).toEqual([
      'adj_factor',
      'balancesheet',
      'cashflow',
      'daily',
      'daily_basic',
      'fina_indicator',
      'income',
      'index_basic',
      'index_daily',
      'index_weight',
      'namechange',
      'stock_basic',
      'suspend_d',
      'trade_cal',
    ])
    for (const { dataset, rows } of market) {
      const fields = Object.entries(dataset.fields)
      const keyAt = dataset.key.map((name) => Object.keys(dataset.fields).indexOf(name))
      let before = ''
      for (const row of rows) {
        expect(row.length).toBe(fields.length)
        for (const [i, [name, field]] of fields.entries()) {
          const value = row[i] ?? null
          const valid = value === null ? field.nullable : fieldTypes[field.type].fromJson(value) === value
          if (!valid || Object.is(value, -0)) expect.fail(`${dataset.name}.${name} is ${value}`)
        }
        const key = keyAt.map((i) => row[i]).join(' ')
        if (key <= before) expect.fail(`${dataset.name}: ${key} after ${before}`)
        before = key
      }
    }
  })

  it('marks every security as synthetic', () => {
    for (const row of [...stocks, ...bars, ...factors, ...basics, ...levels, ...names, ...suspended, ...incomes]) {
      if (!String(row.ts_code).endsWith(SAMPLE_SUFFIX)) expect.fail(`code ${row.ts_code}`)
    }
    expect(stocks).toHaveLength(50)
    expect(
      stocks.every(
        ({ name, fullname }) => /^(\*?ST )?Synthetic \d\d$/.test(String(name)) && /not a real/.test(`${fullname}`),
      ),
    ).toBe(true)
  })

  it('refuses invalid options, naming the argument', () => {
    expect(() => sampleMarket({ symbols: 0 })).toThrow('symbols: got 0; expected a whole number from 1 to 9999')
    expect(() => sampleMarket({ seed: 0.5 })).toThrow('seed: got 0.5')
    expect(() => sampleMarket({ start: '2020-02-30' })).toThrow('start: got 2020-02-30')
    expect(() => sampleMarket({ end: '2100-01-01' })).toThrow('end: got 2100-01-01')
    expect(() => sampleMarket({ start: '2024-10-01', end: '2024-10-07' })).toThrow('expected at least one trading day')
    expect(() => sampleMarket({ start: '2024-02-01', end: '2024-01-01' })).toThrow('expected at least one trading day')
  })

  it('can have one company and one session', () => {
    const tiny = sampleMarket({ symbols: 1, start: '2024-03-01', end: '2024-03-01' })
    const counts = tiny.map(({ dataset, rows }) => [dataset.name, [...rows].length])
    expect(Object.fromEntries(counts)).toEqual({
      stock_basic: 1,
      trade_cal: 1096,
      daily: 1,
      adj_factor: 1,
      daily_basic: 1,
      index_daily: 1,
      namechange: 1,
      suspend_d: 0,
      index_basic: 1,
      index_weight: 1,
      income: 4,
      balancesheet: 4,
      cashflow: 4,
      fina_indicator: 4,
    })
  })
})

describe('the calendar', () => {
  it('has every day from a year before to a year after, weekends and holidays closed', () => {
    expect(days).toHaveLength((Date.parse('2026-01-01') - Date.parse('2019-01-01')) / 86_400_000)
    expect([days[0]?.cal_date, days.at(-1)?.cal_date]).toEqual(['2019-01-01', '2025-12-31'])
    const closed = new Set(days.filter((day) => day.is_open === 0).map((day) => day.cal_date))
    for (const date of [
      '2020-01-01',
      '2020-01-04',
      '2020-01-05',
      '2024-02-05',
      '2024-02-09',
      '2024-05-03',
      '2024-10-07',
    ]) {
      expect(closed).toContain(date)
    }
    expect(open.every((date) => ![0, 6].includes(new Date(date).getUTCDay()))).toBe(true)
  })

  it('links each day to the previous session', () => {
    let previous: StoredValue = null
    for (const day of days) {
      if (day.pretrade_date !== previous) expect.fail(`${day.cal_date}: ${day.pretrade_date}, not ${previous}`)
      if (day.is_open === 1) previous = day.cal_date ?? null
    }
  })

  it('has every date of the other tables as a session', () => {
    const known = new Set<StoredValue | undefined>(sessions)
    for (const row of [...bars, ...factors, ...basics, ...levels]) {
      if (!known.has(row.trade_date)) expect.fail(idOf(row))
    }
    expect(levels.map((row) => row.trade_date)).toEqual(sessions)
  })
})

describe('bars', () => {
  it('keep low ≤ open, close ≤ high, in whole fen', () => {
    for (const row of bars) {
      const [o, h, l, c] = [num(row, 'open'), num(row, 'high'), num(row, 'low'), num(row, 'close')]
      if (!(l <= Math.min(o, c) && Math.max(o, c) <= h && l > 0)) expect.fail(`${idOf(row)} ${[o, h, l, c]}`)
      if ([o, h, l, c].some((price) => price !== cents(price) / 100)) expect.fail(`${idOf(row)} ${[o, h, l, c]}`)
    }
  })

  it('stay within 10 % of pre_close, and sometimes reach it', () => {
    let reached = 0
    for (const row of bars) {
      const before = cents(num(row, 'pre_close'))
      const [up, down] = [Math.floor((before * 11 + 5) / 10), Math.floor((before * 9 + 5) / 10)]
      if (cents(num(row, 'high')) > up || cents(num(row, 'low')) < down) expect.fail(idOf(row))
      if ([up, down].includes(cents(num(row, 'close')))) reached += 1
    }
    expect(reached).toBeGreaterThan(10)
    expect(reached).toBeLessThan(bars.length / 100)
  })

  it('give change, percent change and an average price within the range', () => {
    for (const row of bars) {
      const [before, close] = [num(row, 'pre_close'), num(row, 'close')]
      if (num(row, 'change') !== cents(close - before) / 100) expect.fail(`change on ${idOf(row)}`)
      const percent = ((close - before) / before) * 100
      if (Math.abs(num(row, 'pct_chg') - percent) > 0.5001e-4) expect.fail(`pct_chg on ${idOf(row)}`)
      const average = (num(row, 'amount') * 10) / num(row, 'vol')
      if (average < num(row, 'low') - 1e-9 || average > num(row, 'high') + 1e-9) expect.fail(`amount on ${idOf(row)}`)
    }
  })

  it('derive pre_close across ex days and suspensions from the factors alone', () => {
    for (const rows of bySymbol(bars).values()) {
      for (const [i, row] of rows.entries()) {
        const before = rows[i - 1]
        if (!before) continue
        const ratio = (factorOn.get(idOf(before)) ?? NaN) / (factorOn.get(idOf(row)) ?? NaN)
        const expected = cents(num(before, 'close') * ratio) / 100
        if (num(row, 'pre_close') !== expected) expect.fail(`${idOf(row)}: ${row.pre_close}, not ${expected}`)
      }
    }
  })
})

describe('factors', () => {
  it('only rise, at most once a year, with dividends as well as splits', () => {
    let [dividends, splits] = [0, 0]
    for (const rows of bySymbol(factors).values()) {
      const rises: string[] = []
      for (const [i, row] of rows.entries()) {
        const step = i === 0 ? 1 : num(row, 'adj_factor') / num(rows[i - 1], 'adj_factor')
        if (step < 1) expect.fail(idOf(row))
        if (step > 1) rises.push(String(row.trade_date).slice(0, 4))
        if (step > 1.9) splits += 1
        else if (step > 1 && step < 1.07) dividends += 1
      }
      expect(new Set(rises).size).toBe(rises.length)
    }
    expect(dividends).toBeGreaterThan(100)
    expect(splits).toBeGreaterThan(2)
  })

  it('start at 1 with a listing, and explain every step of the price up to rounding', () => {
    const listed = new Map(stocks.map((stock) => [stock.ts_code, stock.list_date]))
    const first = [...bySymbol(factors).values()].flatMap((rows) => rows.slice(0, 1))
    const fresh = first.filter((row) => listed.get(row.ts_code ?? null) === row.trade_date)
    expect(fresh).toHaveLength(6)
    expect(fresh.map((row) => row.adj_factor)).toEqual([1, 1, 1, 1, 1, 1])
    for (const rows of bySymbol(bars).values()) {
      for (const [i, row] of rows.entries()) {
        const before = rows[i - 1]
        if (!before) continue
        const adjusted = num(row, 'pre_close') * (factorOn.get(idOf(row)) ?? NaN)
        const step = adjusted / (num(before, 'close') * (factorOn.get(idOf(before)) ?? NaN)) - 1
        if (Math.abs(step) > 1e-6) expect.fail(`${idOf(row)}: a step of ${step}`)
      }
    }
  })

  it('exist on every session of a listing, including suspended ones without bars', () => {
    for (const [code, rows] of bySymbol(factors)) {
      const dates = rows.map((row) => row.trade_date)
      const stock = stocks.find((each) => each.ts_code === code)
      const [from, to] = [String(stock?.list_date), String(stock?.delist_date ?? '9999-12-31')]
      expect(dates).toEqual(sessions.filter((date) => date >= from && date < to))
    }
    expect(bars.every((row) => factorOn.has(idOf(row)))).toBe(true)
    const gaps = [...bySymbol(factors).values()].filter((rows) => rows.some((row) => !barOn.has(idOf(row))))
    expect(gaps.length).toBeGreaterThan(10)
    expect(gaps.length).toBeLessThan(40)
  })
})

describe('listings', () => {
  it('end on the last session before the delisting', () => {
    const delisted = stocks.filter((stock) => stock.list_status === 'D')
    expect(delisted).toHaveLength(2)
    for (const { ts_code, delist_date } of delisted) {
      const last = sessions.findLast((date) => date < String(delist_date))
      for (const rows of [bars, factors, basics]) {
        expect(rows.findLast((row) => row.ts_code === ts_code)?.trade_date).toBe(last)
      }
      expect(`${delist_date}` < '2024-12-31').toBe(true)
    }
    expect(stocks.every((stock) => (stock.list_status === 'D') === (stock.delist_date !== null))).toBe(true)
  })

  it('continue without bars while paused', () => {
    const paused = stocks.filter((stock) => stock.list_status === 'P').map((stock) => stock.ts_code)
    expect(paused).toHaveLength(1)
    const last = (rows: readonly Row[]) => `${rows.findLast((row) => row.ts_code === paused[0])?.trade_date}`
    expect(last(factors)).toBe(sessions.at(-1))
    expect(last(bars) < '2024-01-01').toBe(true)
  })
})

describe('valuations', () => {
  it('exist for every bar and agree with it and with each other', () => {
    expect(basics.map(idOf)).toEqual(bars.map(idOf))
    for (const row of basics) {
      const bar = barOn.get(idOf(row))
      const close = num(row, 'close')
      if (close !== bar?.close) expect.fail(`close on ${idOf(row)}`)
      const near = (name: string, expected: number): void => {
        // Half a unit of the fourth digit, plus the rounding of doubles in the tens of millions.
        if (Math.abs(num(row, name) - expected) > 0.5e-4 + 1e-14 * expected)
          expect.fail(`${name} on ${idOf(row)}: not ${expected}`)
      }
      near('total_mv', close * num(row, 'total_share'))
      near('circ_mv', close * num(row, 'float_share'))
      near('turnover_rate', num(bar, 'vol') / num(row, 'float_share'))
      near('turnover_rate_f', num(bar, 'vol') / num(row, 'free_share'))
      const [total, floating, free] = [num(row, 'total_share'), num(row, 'float_share'), num(row, 'free_share')]
      if (!(free < floating && floating <= total)) expect.fail(`shares on ${idOf(row)}`)
    }
  })

  it('have no price-earnings ratio at a loss, and a positive one otherwise', () => {
    const losses = basics.filter((row) => row.pe === null).length / basics.length
    expect(losses).toBeGreaterThan(0.01)
    expect(losses).toBeLessThan(0.3)
    expect(basics.every((row) => row.pe === null || num(row, 'pe') > 0)).toBe(true)
  })
})

describe('the index', () => {
  it('moves from 4000 points by the mean return of the traded stocks, and sums their turnover', () => {
    const traded = Map.groupBy(bars, (row) => row.trade_date)
    let before = 4000
    for (const row of levels) {
      const rows = traded.get(row.trade_date) ?? []
      const mean = rows.reduce((sum, each) => sum + num(each, 'close') / num(each, 'pre_close') - 1, 0) / rows.length
      expect(row.pre_close).toBe(before)
      expect(num(row, 'close')).toBeCloseTo(before * (1 + mean), 3)
      expect(num(row, 'change')).toBeCloseTo(num(row, 'close') - before, 6)
      expect(row.vol).toBe(rows.reduce((sum, each) => sum + num(each, 'vol'), 0))
      expect(num(row, 'amount')).toBeCloseTo(
        rows.reduce((sum, each) => sum + num(each, 'amount'), 0),
        2,
      )
      expect(num(row, 'low')).toBeLessThanOrEqual(Math.min(num(row, 'open'), num(row, 'close')))
      expect(num(row, 'high')).toBeGreaterThanOrEqual(Math.max(num(row, 'open'), num(row, 'close')))
      before = num(row, 'close')
    }
  })
})

describe('names', () => {
  it('follow each other without gaps from the listing to the delisting, the last one as in stock_basic', () => {
    const days = (date: StoredValue | undefined): number => Date.parse(String(date)) / 86_400_000
    for (const [code, rows] of bySymbol(names)) {
      const stock = stocks.find(({ ts_code }) => ts_code === code)
      expect(rows[0]?.start_date).toBe(stock?.list_date)
      expect([rows.at(-1)?.end_date, rows.at(-1)?.name]).toEqual([stock?.delist_date, stock?.name])
      for (const [i, row] of rows.entries()) {
        const next = rows[i + 1]
        if (next && days(next.start_date) - days(row.end_date) !== 1) expect.fail(`${code} after ${row.end_date}`)
      }
    }
  })

  it('show special treatment, for a while or to the end', () => {
    const special = names.filter(({ name }) => String(name).includes('ST '))
    expect(special.filter(({ name }) => String(name).startsWith('*ST'))).toHaveLength(2)
    expect(special.length).toBeGreaterThan(4)
  })
})

describe('suspensions', () => {
  it('are the sessions of a listing without a bar, and end with a resumption', () => {
    const without = factors.filter((row) => !barOn.has(idOf(row))).map(idOf)
    expect(suspended.filter(({ suspend_type }) => suspend_type === 'S').map(idOf)).toEqual(without)
    const resumed = suspended.filter(({ suspend_type }) => suspend_type === 'R')
    expect(resumed.length).toBeGreaterThan(20)
    expect(resumed.every((row) => barOn.has(idOf(row)))).toBe(true)
  })
})

describe('constituents', () => {
  it('are the stocks listed on the first session of each month, with weights that sum to a hundred', () => {
    const published = Map.groupBy(weights, (row) => String(row.trade_date))
    expect(published.size).toBe(60)
    for (const [date, rows] of published) {
      expect(rows.reduce((sum, row) => sum + num(row, 'weight'), 0)).toBeCloseTo(100, 2)
      const listed = stocks.filter((s) => `${s.list_date}` <= date && date <= `${s.delist_date ?? '9999'}`)
      expect(rows.map(({ con_code }) => con_code)).toEqual(listed.map(({ ts_code }) => ts_code))
    }
  })
})

describe('statements', () => {
  const idOfStatement = (row: Row): string => [row.ts_code, row.end_date, row.update_flag].join(' ')

  it('are announced after their period, while the company is listed, in all four tables alike', () => {
    for (const rows of [balances, cashflows, indicators])
      expect(rows.map(idOfStatement)).toEqual(incomes.map(idOfStatement))
    for (const row of incomes) {
      const stock = stocks.find(({ ts_code }) => ts_code === row.ts_code)
      const known = String(row.f_ann_date)
      if (
        !(
          known > `${row.end_date}` &&
          known >= `${stock?.list_date}` &&
          known <= `${stock?.delist_date ?? '2024-12-31'}`
        )
      )
        expect.fail(`${idOfStatement(row)} on ${known}`)
    }
  })

  it('add up', () => {
    for (const row of balances) {
      const sum = num(row, 'total_liab') + num(row, 'total_hldr_eqy_inc_min_int')
      expect(num(row, 'total_assets')).toBeCloseTo(sum, 1)
    }
    for (const row of incomes)
      expect(num(row, 'total_profit') - num(row, 'income_tax')).toBeCloseTo(num(row, 'n_income'), 1)
  })

  it('are sometimes corrected, when the first announcement was too good', () => {
    const pairs = [...Map.groupBy(incomes, (row) => `${row.ts_code} ${row.end_date}`).values()].filter(
      (rows) => rows.length > 1,
    )
    expect(pairs.length).toBeGreaterThan(3)
    for (const [first, second] of pairs) {
      expect([first?.update_flag, second?.update_flag]).toEqual(['0', '1'])
      expect(first?.ann_date).toBe(second?.ann_date)
      expect(`${first?.f_ann_date}` < `${second?.f_ann_date}`).toBe(true)
      expect(Math.abs(num(first, 'n_income'))).toBeGreaterThan(Math.abs(num(second, 'n_income')))
    }
  })

  it('are consistent with price ÷ earnings and price ÷ book', () => {
    const annual = new Map(
      incomes
        .filter(({ end_date }) => `${end_date}`.endsWith('12-31'))
        .map((row) => [`${row.ts_code} ${row.end_date}`, row]),
    )
    let compared = 0
    // By June the annual and the first-quarter reports are published.
    for (const row of basics.filter(({ trade_date }) => `${trade_date}`.slice(5, 7) === '06')) {
      const year = Number(`${row.trade_date}`.slice(0, 4)) - 1
      const profit = annual.get(`${row.ts_code} ${year}-12-31`)?.n_income_attr_p
      if (typeof profit !== 'number' || profit <= 0) continue
      const ratio = (num(row, 'total_mv') * 10_000) / profit
      if (Math.abs(ratio / num(row, 'pe') - 1) > 1e-4) expect.fail(`pe on ${idOf(row)}: ${row.pe}, not ${ratio}`)
      compared += 1
    }
    expect(compared).toBeGreaterThan(2_000)
  })
})
