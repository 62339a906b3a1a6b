import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../src/dataset.ts'
import { tushare } from '../../src/tushare/catalogue.ts'

const BAR = 'ts_code trade_date open high low close pre_close change pct_chg vol amount'

/** The fields of each table, as Tushare's documentation lists them; tables with many fields are counted below. */
const documented: Partial<Record<keyof typeof tushare, string>> = {
  stock_basic:
    'ts_code symbol name area industry fullname enname cnspell market exchange curr_type list_status list_date delist_date is_hs act_name act_ent_type',
  trade_cal: 'exchange cal_date is_open pretrade_date',
  daily_basic:
    'ts_code trade_date close turnover_rate turnover_rate_f volume_ratio pe pe_ttm pb ps ps_ttm dv_ratio dv_ttm total_share float_share free_share total_mv circ_mv',
  daily: BAR,
  weekly: BAR,
  monthly: BAR,
  index_daily: BAR,
  fund_daily: BAR,
  // Its `freq` is an argument of Tushare's and a column here: a table holds bars of several lengths.
  stk_mins: 'ts_code freq trade_time open close high low vol amount',
  adj_factor: 'ts_code trade_date adj_factor',
  fund_adj: 'ts_code trade_date adj_factor',
  stk_limit: 'trade_date ts_code pre_close up_limit down_limit',
  suspend_d: 'ts_code trade_date suspend_timing suspend_type',
  namechange: 'ts_code name start_date end_date ann_date change_reason',
  moneyflow:
    'ts_code trade_date buy_sm_vol buy_sm_amount sell_sm_vol sell_sm_amount buy_md_vol buy_md_amount sell_md_vol sell_md_amount buy_lg_vol buy_lg_amount sell_lg_vol sell_lg_amount buy_elg_vol buy_elg_amount sell_elg_vol sell_elg_amount net_mf_vol net_mf_amount',
  margin_detail: 'trade_date ts_code name rzye rqye rzmre rqyl rzche rqchl rqmcl rzrqye',
  top_list:
    'trade_date ts_code name close pct_change turnover_rate amount l_sell l_buy l_amount net_amount net_rate amount_rate float_values reason',
  index_basic:
    'ts_code name fullname market publisher index_type category base_date base_point list_date weight_rule desc exp_date',
  index_weight: 'index_code con_code trade_date weight',
  index_member_all: 'l1_code l1_name l2_code l2_name l3_code l3_name ts_code name in_date out_date is_new',
  forecast:
    'ts_code ann_date end_date type p_change_min p_change_max net_profit_min net_profit_max last_parent_net first_ann_date summary change_reason',
  express:
    'ts_code ann_date end_date revenue operate_profit total_profit n_income total_assets total_hldr_eqy_exc_min_int diluted_eps diluted_roe yoy_net_profit bps yoy_sales yoy_op yoy_tp yoy_dedu_np yoy_eps yoy_roe growth_assets yoy_equity growth_bps or_last_year op_last_year tp_last_year np_last_year eps_last_year open_net_assets open_bps perf_summary is_audit remark',
  dividend:
    'ts_code end_date ann_date div_proc stk_div stk_bo_rate stk_co_rate cash_div cash_div_tax record_date ex_date pay_date div_listdate imp_ann_date base_date base_share',
  disclosure_date: 'ts_code ann_date end_date pre_date actual_date modify_date',
}

/** The number of documented fields of tables with too many to list here. */
const counted = { income: 94, balancesheet: 158, cashflow: 97, fina_indicator: 167 } as const

describe.each(Object.entries<Dataset>(tushare))("Tushare's %s", (name, dataset) => {
  it('has exactly the documented fields, names verbatim', () => {
    const names = Object.keys(dataset.fields)
    const wanted = documented[name as keyof typeof tushare]
    const count = counted[name as keyof typeof counted]
    if (wanted === undefined && count === undefined)
      throw new Error(
        `${name} is new: list its fields in \`documented\` of this file, as Tushare's documentation has them`,
      )
    if (wanted !== undefined) expect(names.sort()).toEqual(wanted.split(' ').sort())
    else expect(names).toHaveLength(count)
  })

  it('describes itself and each of its fields in one line', () => {
    for (const description of [dataset.description, ...Object.values(dataset.fields).map((field) => field.description)])
      expect(description).toMatch(/^\S[^\n]*[^\s.]$/)
  })

  it('names the unit of every measured number', () => {
    for (const [field, { type, unit }] of Object.entries(dataset.fields))
      expect(unit !== undefined, `${field}: a measured number is float64 with a unit; others have none`).toBe(
        type === 'float64',
      )
  })

  it('has a key with its symbol first and its date, both never null', () => {
    if (dataset.symbol !== undefined) expect(dataset.key[0]).toBe(dataset.symbol)
    if (dataset.date !== undefined) expect(dataset.key).toContain(dataset.date)
    for (const field of [dataset.symbol, dataset.date]) {
      if (field !== undefined) expect(dataset.fields[field]?.nullable, field).toBe(false)
    }
  })

  it('fits a MySQL table: its key and its row are short enough', () => {
    const bytes = (field: string): number => {
      const { type, length } = dataset.fields[field] ?? { type: 'text' as const }
      if (type === 'symbol') return 32
      return type === 'text' ? 4 * (length ?? 255) : 8
    }
    const total = (fields: readonly string[]) => fields.reduce((sum, field) => sum + bytes(field), 0)
    expect(total(dataset.key)).toBeLessThanOrEqual(3072)
    expect(total(Object.keys(dataset.fields))).toBeLessThan(65_535)
  })
})

describe('the catalogue', () => {
  it("has Tushare's units", () => {
    const { daily, daily_basic, index_daily, stk_mins, weekly, moneyflow, margin_detail, dividend } = tushare
    expect(daily.fields.vol.unit).toBe('lots of 100 shares')
    expect(daily.fields.amount.unit).toBe('thousand CNY')
    expect(daily.fields.pct_chg.unit).toBe('percent')
    expect(daily.fields.close.unit).toBe('CNY')
    expect(index_daily.fields.close.unit).toBe('points')
    expect(daily_basic.fields.total_share.unit).toBe('10,000 shares')
    expect(daily_basic.fields.circ_mv.unit).toBe('10,000 CNY')
    expect(stk_mins.fields.vol.unit).toBe('shares')
    expect(stk_mins.fields.amount.unit).toBe('CNY')
    expect(weekly.fields.pct_chg.unit).toBe('ratio')
    expect(weekly.fields.vol.unit).toBe('shares')
    expect(weekly.fields.amount.unit).toBe('CNY')
    expect(moneyflow.fields.buy_lg_amount.unit).toBe('10,000 CNY')
    expect(margin_detail.fields.rzye.unit).toBe('CNY')
    expect(dividend.fields.base_share.unit).toBe('10,000 shares')
  })

  it('adjusts prices of stocks and funds, and neither volume nor value', () => {
    const adjusted = Object.values<Dataset>(tushare).filter(({ adjustment }) => adjustment)
    expect(adjusted.map(({ name }) => name)).toEqual(['daily', 'weekly', 'monthly', 'fund_daily'])
    for (const { adjustment } of adjusted)
      expect(adjustment?.prices).toEqual(['open', 'high', 'low', 'close', 'pre_close'])
    expect(tushare.fund_daily.adjustment.dataset).toBe('fund_adj')
  })

  it('keeps every announcement of a statement: the key has all fields that distinguish two of them', () => {
    for (const { key, fields } of [tushare.income, tushare.balancesheet, tushare.cashflow]) {
      expect(key).toEqual(['ts_code', 'end_date', 'report_type', 'ann_date', 'f_ann_date', 'update_flag'])
      expect(fields.f_ann_date.nullable).toBe(true)
    }
  })

  it('declares when rows were known for each dataset that is not known at the end of its date', () => {
    const kinds = Object.values<Dataset>(tushare).map(({ name, pointInTime }) => [name, pointInTime?.kind] as const)
    expect(
      Object.fromEntries(kinds.filter(([, kind]) => kind)),
      'a dataset with a rule of its own must also be in this list',
    ).toEqual({
      stock_basic: 'current',
      namechange: 'interval',
      margin_detail: 'next-day',
      index_basic: 'current',
      index_weight: 'published',
      index_member_all: 'interval',
      income: 'announced',
      balancesheet: 'announced',
      cashflow: 'announced',
      fina_indicator: 'announced',
      forecast: 'announced',
      express: 'announced',
      dividend: 'announced',
      disclosure_date: 'current',
    })
  })

  it('includes paused and delisted stocks: their dates may be null', () => {
    expect(tushare.stock_basic.fields.delist_date.nullable).toBe(true)
    expect('date' in tushare.stock_basic).toBe(false)
  })
})
