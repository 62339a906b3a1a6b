import { type Bar, drawBar } from './bars.ts'
import type { Company } from './companies.ts'
import { distributions, exRight } from './distributions.ts'
import type { Market } from './market.ts'
import { RandomStream } from './random.ts'
import { annualReports } from './statements.ts'
import { isSuspended } from './suspensions.ts'

/** A company in one session of its listing. */
export interface CompanyDay {
  readonly date: string
  readonly session: number
  /** Cumulative since the listing, when it is 1. */
  readonly factor: number
  readonly shares: number
  /** Cash paid to all shareholders on this ex day, in 10,000 CNY; 0 on other days. */
  readonly paid: number
  /** `undefined` while suspended. */
  readonly bar: Bar | undefined
}

const DECLINE_BEFORE_DELISTING = { sessions: 120, drift: -0.006 }
const JUMP = { probability: 0.012, size: 4 }
/** The share of a move cut off by the limit that carries over to the next session. */
const LEFT_OVER = 0.6

/** Every session of a company's listing, in order: a walk on the returns of the market, the sector and the company. */
export function* companyDays(company: Company, market: Market): Generator<CompanyDay> {
  const random = new RandomStream(market.seed, `prices/${company.number}`)
  const given = distributions(company, annualReports(company, market), market)
  const beta = random.between(0.6, 1.3)
  const volatility = random.between(0.011, 0.02)
  const usualTurnover = random.between(0.004, 0.02)
  const sectorReturns = market.sectorReturns[company.sector]
  const declineFrom = company.status === 'D' ? company.last - DECLINE_BEFORE_DELISTING.sessions : Infinity
  let { factor, shares, price: reference } = company
  let pending = 0
  let activity = 0
  for (let session = company.first; session <= company.last; session++) {
    const distribution = given.get(session)
    const ex = distribution && exRight(distribution, { reference, factor, shares })
    if (ex) ({ reference, factor, shares } = ex)
    const own = volatility * random.normal() * (random.chance(JUMP.probability) ? JUMP.size : 1)
    const drift = session > declineFrom ? DECLINE_BEFORE_DELISTING.drift : 0
    // Moves while a stock is suspended, or beyond its limit, show when it trades again.
    pending += beta * (market.returns[session] ?? 0) + (sectorReturns?.[session] ?? 0) + own + drift
    activity = 0.85 * activity + 0.22 * random.normal()
    let bar: Bar | undefined
    if (!isSuspended(company.suspended, session)) {
      const tradable = (shares * company.floating) / 100
      bar = drawBar({ reference, move: pending, lots: tradable * usualTurnover * Math.exp(activity) }, random)
      pending = bar.cutOff ? LEFT_OVER * (pending - (bar.close / reference - 1)) : 0
      reference = bar.close
    }
    yield { date: market.sessions[session] ?? '', session, factor, shares, paid: ex?.paid ?? 0, bar }
  }
}
