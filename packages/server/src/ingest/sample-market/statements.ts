import type { Company } from './companies.ts'
import { SECTORS } from './industries.ts'
import type { Market } from './market.ts'
import { RandomStream } from './random.ts'

/** One year of a company, in 10,000 CNY, the unit of market values. */
export interface Report {
  /** Negative at a loss. */
  readonly profit: number
  readonly sales: number
  readonly equity: number
}

export type Reports = ReadonlyMap<number, Report>

/** Share of the profit that is paid out. */
export const PAYOUT = 0.3

/** Cash paid out for a year, in 10,000 CNY; nothing after a loss. */
export const dividendOf = (report: Report): number => PAYOUT * Math.max(0, report.profit)

/** Every ninth company makes losses more often than profits. */
export const isWeak = ({ number }: Pick<Company, 'number'>): boolean => number % 9 === 4

/** The years of a company, from two years before the market's first (known when it opens) to its last. */
export function annualReports(company: Company, market: Market): Reports {
  const random = new RandomStream(market.seed, `statements/${company.number}`)
  const { pe, margin } = SECTORS[company.sector] ?? SECTORS[0]
  const value = (company.price * company.shares) / 100 / 10_000
  let earning = value / (pe * random.between(0.7, 1.5))
  let sales = earning / (margin * random.between(0.6, 1.4))
  let equity = earning * random.between(5, 12)
  const reports = new Map<number, Report>()
  for (let year = market.firstYear - 2; year <= market.lastYear; year++) {
    const profit = random.chance(isWeak(company) ? 0.6 : 0.05) ? -earning * random.between(0.1, 1) : earning
    equity = Math.max(equity / 2, equity + profit - PAYOUT * Math.max(0, profit))
    reports.set(year, { profit, sales, equity })
    const growth = random.between(-0.1, 0.25)
    sales *= 1 + growth
    earning *= Math.max(0.6, 1 + growth + 0.15 * random.normal())
  }
  return reports
}

export function reportOf(reports: Reports, year: number): Report {
  const report = reports.get(year)
  if (!report) throw new RangeError(`no report of ${year}; there are ${[...reports.keys()].join(', ')}`)
  return report
}

/**
 * The last full year known on a date, and the last four quarters. Annual and first-quarter reports are out by the end
 * of April, half-year reports by the end of August, third-quarter reports by the end of October.
 */
export function knownOn(reports: Reports, date: string): { year: Report; quarters: Report } {
  const month = Number(date.slice(5, 7))
  const lastYear = Number(date.slice(0, 4)) - (month >= 5 ? 1 : 2)
  const share = month < 5 || month > 10 ? 0.75 : month > 8 ? 0.5 : 0.25
  const [year, next] = [reportOf(reports, lastYear), reportOf(reports, lastYear + 1)]
  const blend = (name: keyof Report): number => year[name] * (1 - share) + next[name] * share
  return { year, quarters: { profit: blend('profit'), sales: blend('sales'), equity: blend('equity') } }
}
