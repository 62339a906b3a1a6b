import { dateOf, daysOf } from '@stockdb/contract/internal'
import type { Company } from './companies.ts'
import type { Market } from './market.ts'
import { RandomStream } from './random.ts'
import { round } from './round.ts'
import { dividendOf, type Reports, reportOf } from './statements.ts'

/** What shareholders receive on an ex day. */
export interface Distribution {
  /** Cash for the previous year, in 10,000 CNY over all shares. */
  readonly cash: number
  /** New shares for each old one. */
  readonly bonus: number
}

/** An applied ex day; prices in fen (0.01 CNY). */
export interface ExRight {
  readonly reference: number
  readonly factor: number
  readonly shares: number
  /** Cash paid, in 10,000 CNY. */
  readonly paid: number
}

/** Sessions before the first ex day of a new listing. */
const WAIT = 120
/** Below these prices, in fen, no cash is paid and no share is split. */
const [LOWEST_TO_PAY, LOWEST_TO_SPLIT] = [200, 800]
const MOST_PAID = 0.06

/** The ex days of a company by session: one per summer, unless it made a loss and issues no bonus shares either. */
export function distributions(company: Company, reports: Reports, market: Market): Map<number, Distribution> {
  const random = new RandomStream(market.seed, `distributions/${company.number}`)
  const days = new Map<number, Distribution>()
  for (let year = market.firstYear; year <= market.lastYear; year++) {
    const date = dateOf(daysOf(`${year}-05-20`) + random.whole(0, 60))
    const bonus = random.chance(0.12) ? random.pick([0.2, 0.3, 0.5, 1]) : 0
    const cash = dividendOf(reportOf(reports, year - 1))
    const session = market.sessions.findIndex((each) => each >= date)
    const listed = session >= 0 && (company.first === 0 || session >= company.first + WAIT)
    if (listed && market.sessions[session]?.startsWith(String(year)) && cash + bonus > 0) {
      days.set(session, { cash, bonus })
    }
  }
  return days
}

/**
 * Applies a distribution to the last price; `undefined` if the price is too low for one.
 *
 * The ex-right price is (last − cash per share) ÷ (1 + bonus), rounded to whole fen. The factor grows by last ÷ that
 * rounded price, so price × factor has no step, and pre_close = last × old ÷ new factor holds for readers who only know
 * the published numbers.
 */
export function exRight(given: Distribution, last: Omit<ExRight, 'paid'>): ExRight | undefined {
  if (last.reference < LOWEST_TO_PAY) return undefined
  const bonus = last.reference < LOWEST_TO_SPLIT ? 0 : given.bonus
  if (bonus === 0 && given.cash === 0) return undefined
  const wanted = (given.cash * 10_000 * 100) / last.shares
  const perShare = given.cash === 0 ? 0 : round(Math.min(Math.max(1, wanted), MOST_PAID * last.reference), 1)
  const reference = Math.min(Math.round((last.reference - perShare) / (1 + bonus)), last.reference - 1)
  return {
    reference,
    factor: round((last.factor * last.reference) / reference, 6),
    shares: Math.round(last.shares * (1 + bonus)),
    paid: (perShare * last.shares) / 100 / 10_000,
  }
}
