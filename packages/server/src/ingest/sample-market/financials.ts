import type { tushare } from '@stockdb/contract'
import type { Company } from './companies.ts'
import { SECTORS } from './industries.ts'
import type { Market } from './market.ts'
import { type Announcement, announcements } from './periods.ts'
import { RandomStream } from './random.ts'
import { round } from './round.ts'
import { PAYOUT } from './statements.ts'
import type { SparseRowOf } from './table.ts'

const TAX = 0.25
const BANK_LEVERAGE = 11

const yuan = (value: number): number => round(value, 2)
const percentOf = (part: number, whole: number): number | null => (whole > 0 ? round((part / whole) * 100, 4) : null)
const growth = (now: number, before: number | undefined): number | null =>
  before !== undefined && before > 0 ? round((now / before - 1) * 100, 4) : null

/** The fields that all statements of an announcement start and end with. */
const head = (company: Company, { announced, actual, endDate, quarter, corrected }: Announcement) => ({
  ts_code: company.code,
  ann_date: announced,
  f_ann_date: actual,
  end_date: endDate,
  report_type: '1',
  comp_type: company.sector === 0 ? '2' : '1',
  end_type: String(quarter),
  update_flag: corrected ? '1' : '0',
})

/** Debt per yuan of equity; the first sector is banks. */
const leverageOf = (company: Company, { seed }: Market): number =>
  company.sector === 0 ? BANK_LEVERAGE : new RandomStream(seed, `leverage/${company.number}`).between(0.2, 1.6)

/** Gross margin: the share of sales left after the cost of goods. */
const grossShare = (company: Company): number => Math.min(0.9, 2.2 * (SECTORS[company.sector] ?? SECTORS[0]).margin)

const cashOf = (profit: number, sales: number): number => 0.9 * profit + 0.02 * sales

export function* incomeRows(company: Company, market: Market): Generator<SparseRowOf<typeof tushare.income>> {
  for (const one of announcements(company, market)) {
    const { profit, sales, shares } = one
    const beforeTax = profit > 0 ? profit / (1 - TAX) : profit
    yield {
      ...head(company, one),
      basic_eps: round(profit / shares, 4),
      diluted_eps: round(profit / shares, 4),
      total_revenue: yuan(sales),
      revenue: yuan(sales),
      total_cogs: yuan(sales - beforeTax),
      oper_cost: yuan(sales * (1 - grossShare(company))),
      operate_profit: yuan(beforeTax),
      total_profit: yuan(beforeTax),
      income_tax: yuan(beforeTax - profit),
      n_income: yuan(profit),
      n_income_attr_p: yuan(profit),
      minority_gain: 0,
    }
  }
}

export function* balanceRows(company: Company, market: Market): Generator<SparseRowOf<typeof tushare.balancesheet>> {
  const leverage = leverageOf(company, market)
  for (const one of announcements(company, market)) {
    const [equity, debt] = [yuan(one.equity), yuan(one.equity * leverage)]
    const assets = yuan(equity + debt)
    yield {
      ...head(company, one),
      money_cap: yuan(assets * 0.12),
      total_cur_assets: yuan(assets * 0.55),
      total_nca: yuan(assets - yuan(assets * 0.55)),
      total_assets: assets,
      total_cur_liab: yuan(debt * 0.7),
      total_ncl: yuan(debt - yuan(debt * 0.7)),
      total_liab: debt,
      total_share: one.shares,
      minority_int: 0,
      total_hldr_eqy_exc_min_int: equity,
      total_hldr_eqy_inc_min_int: equity,
      total_liab_hldr_eqy: assets,
    }
  }
}

export function* cashflowRows(company: Company, market: Market): Generator<SparseRowOf<typeof tushare.cashflow>> {
  for (const one of announcements(company, market)) {
    const { profit, sales, quarter } = one
    const operating = yuan(cashOf(profit, sales))
    const investing = yuan(-0.6 * Math.abs(operating))
    // Dividends are paid in summer.
    const financing = yuan(quarter > 2 ? -PAYOUT * Math.max(0, profit) : 0)
    yield {
      ...head(company, one),
      net_profit: yuan(profit),
      n_cashflow_act: operating,
      n_cashflow_inv_act: investing,
      n_cash_flows_fnc_act: financing,
      n_incr_cash_cash_equ: yuan(operating + investing + financing),
      free_cashflow: yuan(operating + investing),
    }
  }
}

export function* indicatorRows(
  company: Company,
  market: Market,
): Generator<SparseRowOf<typeof tushare.fina_indicator>> {
  const leverage = leverageOf(company, market)
  for (const one of announcements(company, market)) {
    const { profit, sales, equity, shares, before } = one
    yield {
      ts_code: company.code,
      ann_date: one.actual,
      end_date: one.endDate,
      eps: round(profit / shares, 4),
      dt_eps: round(profit / shares, 4),
      bps: round(equity / shares, 4),
      ocfps: round(cashOf(profit, sales) / shares, 4),
      revenue_ps: round(sales / shares, 4),
      netprofit_margin: percentOf(profit, sales),
      grossprofit_margin: round(grossShare(company) * 100, 4),
      roe: percentOf(profit, equity),
      roe_waa: percentOf(profit, (equity + (before?.equity ?? equity)) / 2),
      roa: percentOf(profit, equity * (1 + leverage)),
      debt_to_assets: round((leverage / (1 + leverage)) * 100, 4),
      assets_to_eqt: round(1 + leverage, 4),
      netprofit_yoy: growth(profit, before?.profit),
      or_yoy: growth(sales, before?.sales),
      equity_yoy: growth(equity, before?.equity),
      update_flag: one.corrected ? '1' : '0',
    }
  }
}
