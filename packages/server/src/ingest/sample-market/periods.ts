import { dateOf, daysOf } from '@stockdb/contract/internal'
import type { Company } from './companies.ts'
import type { Market } from './market.ts'
import { companyDays } from './prices.ts'
import { RandomStream } from './random.ts'
import { annualReports, type Report } from './statements.ts'

/** A period of a company as announced; amounts in CNY, flows since the beginning of its year. */
export interface Announcement extends Report {
  /** Last day of the period. */
  readonly endDate: string
  /** 1 to 4; the year ends with the fourth. */
  readonly quarter: number
  /** Day of the first announcement of the period, and of this one. */
  readonly announced: string
  readonly actual: string
  readonly corrected: boolean
  /** The same period of the previous year; absent for the first ones. */
  readonly before: Report | undefined
  /** Shares issued on the day of the announcement. */
  readonly shares: number
}

/**
 * The last day of each quarter, and the range of days on which it is announced; the first two fall in the same spring.
 */
const QUARTERS = [
  { end: '03-31', later: 0, from: '04-16', to: '04-29' },
  { end: '06-30', later: 0, from: '08-10', to: '08-30' },
  { end: '09-30', later: 0, from: '10-15', to: '10-30' },
  { end: '12-31', later: 1, from: '04-01', to: '04-15' },
] as const

/** Every eighth company first overstates the profit of one year, and corrects it before the end of April. */
const correctsYear = (company: Company, { firstYear, lastYear }: Market): number | undefined =>
  company.number % 8 === 3 ? firstYear - 1 + (company.number % Math.max(1, lastYear - firstYear + 1)) : undefined
const OVERSTATED = 1.08

/** What a company announced while listed, by period, then by day. */
export function announcements(company: Company, market: Market): Announcement[] {
  const reports = annualReports(company, market)
  const random = new RandomStream(market.seed, `announcements/${company.number}`)
  const sharesOn = sharesByDay(company, market)
  const lastDay = market.sessions[company.last] ?? ''
  /** A part of a year, spread evenly over its quarters; equity grows from that of the previous year. */
  const partOf = (year: number, share: number): Report | undefined => {
    const [last, now] = [reports.get(year - 1), reports.get(year)]
    if (!now || !(last || share === 1)) return undefined
    const equity = (last?.equity ?? 0) * (1 - share) + now.equity * share
    return { profit: now.profit * share * 10_000, sales: now.sales * share * 10_000, equity: equity * 10_000 }
  }
  const all: Announcement[] = []
  for (const year of reports.keys()) {
    for (const [index, { end, later, from, to }] of QUARTERS.entries()) {
      const [earliest, latest] = [`${year + later}-${from}`, `${year + later}-${to}`].map(daysOf) as [number, number]
      const day = dateOf(random.whole(earliest, latest))
      const now = partOf(year, (index + 1) / 4)
      // Earlier figures are only in its prospectus.
      const listed = day >= company.listDate
      const announced = listed ? day : company.listDate
      if (!now || announced > lastDay) continue
      const one = {
        ...now,
        endDate: `${year}-${end}`,
        quarter: index + 1,
        announced,
        actual: announced,
        corrected: false,
        before: partOf(year - 1, (index + 1) / 4),
        shares: sharesOn(announced),
      }
      const corrects = index === 3 && year === correctsYear(company, market) && listed
      const actual = dateOf(daysOf(announced) + 10)
      if (!corrects || actual > lastDay) all.push(one)
      else all.push({ ...one, profit: one.profit * OVERSTATED }, { ...one, actual, corrected: true })
    }
  }
  return all
}

/** The shares issued on a day; before the market's first session, the initial ones. */
function sharesByDay(company: Company, market: Market): (day: string) => number {
  const changes: { readonly date: string; readonly shares: number }[] = []
  for (const { date, shares } of companyDays(company, market)) {
    if (changes.at(-1)?.shares !== shares) changes.push({ date, shares })
  }
  return (day) => changes.findLast(({ date }) => date <= day)?.shares ?? company.shares
}
