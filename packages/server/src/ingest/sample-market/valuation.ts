import type { tushare } from '@stockdb/contract'
import { daysOf } from '@stockdb/contract/internal'
import type { Company } from './companies.ts'
import type { Market } from './market.ts'
import { companyDays } from './prices.ts'
import { round } from './round.ts'
import { annualReports, dividendOf, knownOn, reportOf } from './statements.ts'
import type { RowOf } from './table.ts'

interface Payment {
  readonly date: string
  /** 10,000 CNY. */
  readonly cash: number
}

const VOLUME_SESSIONS = 5

/** Dividends of the summer before the market opens, for trailing yields. */
function paymentsBefore(company: Company, market: Market): Payment[] {
  const date = `${market.firstYear - 1}-06-30`
  const cash = dividendOf(reportOf(annualReports(company, market), market.firstYear - 2))
  return company.listDate < date ? [{ date, cash }] : []
}

const sum = (payments: readonly Payment[]): number => payments.reduce((total, { cash }) => total + cash, 0)

/** The rows of `daily_basic` of one company, one for each of its bars. */
export function* valuations(company: Company, market: Market): Generator<RowOf<typeof tushare.daily_basic>> {
  const reports = annualReports(company, market)
  const payments = paymentsBefore(company, market)
  const volumes: number[] = []
  for (const { date, shares, paid, bar } of companyDays(company, market)) {
    if (paid > 0) payments.push({ date, cash: paid })
    if (!bar) continue
    const floating = Math.round(shares * company.floating)
    const free = Math.round(floating * company.free)
    const inTenThousand = (fen: number, count: number): number => round((fen * count) / 100 / 10_000, 4)
    const value = inTenThousand(bar.close, shares)
    const { year, quarters } = knownOn(reports, date)
    const times = (base: number): number | null => (base > 0 ? round(value / base, 4) : null)
    const percent = (cash: number): number | null => (cash > 0 ? round((cash / value) * 100, 4) : null)
    const lastYear = String(Number(date.slice(0, 4)) - 1)
    const usual = volumes.reduce((total, lots) => total + lots, 0) / VOLUME_SESSIONS
    yield {
      ts_code: company.code,
      trade_date: date,
      close: bar.close / 100,
      turnover_rate: round((bar.lots * 100 * 100) / floating, 4),
      turnover_rate_f: round((bar.lots * 100 * 100) / free, 4),
      volume_ratio: volumes.length === VOLUME_SESSIONS ? round(bar.lots / usual, 2) : null,
      pe: times(year.profit),
      pe_ttm: times(quarters.profit),
      pb: times(quarters.equity),
      ps: times(year.sales),
      ps_ttm: times(quarters.sales),
      dv_ratio: percent(sum(payments.filter((payment) => payment.date.startsWith(lastYear)))),
      dv_ttm: percent(sum(payments.filter((payment) => daysOf(date) - daysOf(payment.date) < 365))),
      total_share: shares / 10_000,
      float_share: floating / 10_000,
      free_share: free / 10_000,
      total_mv: value,
      circ_mv: inTenThousand(bar.close, floating),
    }
    volumes.push(bar.lots)
    if (volumes.length > VOLUME_SESSIONS) volumes.shift()
  }
}
