import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../src/dataset.ts'
import { tushare } from '../../src/tushare/catalogue.ts'

const BAR = 'ts_code trade_date open high low close pre_close change pct_chg vol amount'

/** The fields of each table, as the documentation of Tushare lists them. */
const documented: Record<keyof typeof tushare, string> = {
  stock_basic:
    'ts_code symbol name area industry fullname enname cnspell market exchange curr_type list_status list_date delist_date is_hs act_name act_ent_type',
  trade_cal: 'exchange cal_date is_open pretrade_date',
  daily: BAR,
  adj_factor: 'ts_code trade_date adj_factor',
  daily_basic:
    'ts_code trade_date close turnover_rate turnover_rate_f volume_ratio pe pe_ttm pb ps ps_ttm dv_ratio dv_ttm total_share float_share free_share total_mv circ_mv',
  index_daily: BAR,
}

describe.each(Object.entries<Dataset>(tushare))("Tushare's %s", (name, dataset) => {
  it('has the documented fields, names verbatim and no others', () => {
    expect(Object.keys(dataset.fields).sort()).toEqual(documented[name as keyof typeof tushare].split(' ').sort())
  })

  it('describes itself and each of its fields in one line', () => {
    for (const description of [dataset.description, ...Object.values(dataset.fields).map((field) => field.description)])
      expect(description).toMatch(/^\S[^\n]*[^\s.]$/)
  })

  it('names the unit of every measured number', () => {
    for (const [field, { type, unit }] of Object.entries(dataset.fields))
      expect(unit !== undefined, field).toBe(type === 'float64')
  })

  it('has a key whose first parts are its symbol and its date, none of which is ever null', () => {
    const roles = [dataset.symbol, dataset.date].filter((field) => field !== undefined)
    expect(dataset.key.slice(0, roles.length)).toEqual(roles)
    for (const field of dataset.key) expect(dataset.fields[field]?.nullable, field).toBe(false)
  })
})

describe('the catalogue', () => {
  it('has the units of Tushare', () => {
    const { daily, daily_basic, index_daily } = tushare
    expect(daily.fields.vol.unit).toBe('lots of 100 shares')
    expect(daily.fields.amount.unit).toBe('thousand CNY')
    expect(daily.fields.pct_chg.unit).toBe('percent')
    expect(daily.fields.close.unit).toBe('CNY')
    expect(index_daily.fields.close.unit).toBe('points')
    expect(daily_basic.fields.total_share.unit).toBe('10,000 shares')
    expect(daily_basic.fields.circ_mv.unit).toBe('10,000 CNY')
  })

  it('adjusts prices of stocks only, and neither volume nor value', () => {
    const adjusted = Object.values<Dataset>(tushare).filter(({ adjustment }) => adjustment)
    expect(adjusted.map(({ name }) => name)).toEqual(['daily'])
    expect(tushare.daily.adjustment.prices).toEqual(['open', 'high', 'low', 'close', 'pre_close'])
  })

  it('leaves paused and delisted stocks in: their dates may be null', () => {
    expect(tushare.stock_basic.fields.delist_date.nullable).toBe(true)
    expect('date' in tushare.stock_basic).toBe(false)
  })
})
