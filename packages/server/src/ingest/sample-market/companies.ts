import { daysOf } from '@stockdb/contract/internal'
import { SECTORS } from './industries.ts'
import type { Market } from './market.ts'
import { RandomStream } from './random.ts'
import { round } from './round.ts'
import { sessionFrom } from './sessions.ts'
import { type Spell, suspensions } from './suspensions.ts'

/** Ends every code in place of an exchange, so that it cannot be mistaken for a real security. */
export const SAMPLE_SUFFIX = '.SYN'

/** A synthetic company and the history of its listing. Sessions are indices into those of the market. */
export interface Company {
  /** Counts from 1. */
  readonly number: number
  readonly code: string
  readonly exchange: 'SSE' | 'SZSE'
  /** Index into {@link SECTORS}. */
  readonly sector: number
  readonly status: 'L' | 'D' | 'P'
  readonly listDate: string
  readonly delistDate: string | null
  /** First and last session of the listing within the market, both inclusive. */
  readonly first: number
  readonly last: number
  readonly suspended: readonly Spell[]
  /** Before the first session: price in fen (0.01 CNY), shares issued, and cumulative factor since the listing. */
  readonly price: number
  readonly shares: number
  readonly factor: number
  /** Share of the issued shares that may circulate, and of those the share in free float. */
  readonly floating: number
  readonly free: number
}

const DAYS_PER_YEAR = 365.25

/** The number decides who is newly listed, delisted or paused, so that even a small market has one of each. */
const isNew = (number: number): boolean => number % 8 === 5
const isDelisted = (number: number): boolean => number % 24 === 17
const isPaused = (number: number): boolean => number % 50 === 26

/** The cumulative factor from dividends and a rare bonus issue after whole years of listing; 1 in the first. */
function factorAfter(years: number, random: RandomStream): number {
  let factor = 1
  for (let year = 1; year <= years; year++) {
    factor *= random.between(1.005, 1.03) * (random.chance(0.08) ? random.pick([1.2, 1.5, 2]) : 1)
  }
  return round(factor, 6)
}

function createCompany(number: number, market: Market): Company {
  const random = new RandomStream(market.seed, `company/${number}`)
  const { sessions } = market
  const at = (share: number): number => Math.floor(share * sessions.length)
  const opening = daysOf(sessions[0] ?? '')
  const ageDays = random.whole(200, 9000)
  const first = isNew(number) ? at(random.between(0.15, 0.6)) : 0
  const last = isDelisted(number) ? at(random.between(0.45, 0.8)) : sessions.length - 1
  const pausedFrom = isPaused(number) ? at(random.between(0.7, 0.85)) : undefined
  const exchange = number % 5 < 3 ? 'SSE' : 'SZSE'
  return {
    number,
    code: `${String((exchange === 'SSE' ? 600_000 : 2_000) + number).padStart(6, '0')}${SAMPLE_SUFFIX}`,
    exchange,
    sector: random.whole(0, SECTORS.length - 1),
    status: isDelisted(number) ? 'D' : isPaused(number) ? 'P' : 'L',
    listDate: isNew(number) ? (sessions[first] ?? '') : sessionFrom(opening - ageDays),
    delistDate: isDelisted(number) ? (sessions[last + 1] ?? '') : null,
    first,
    last,
    suspended: suspensions(number, { first, last, pausedFrom }, market.seed),
    price: Math.round(400 + 6000 * random.uniform() ** 2),
    shares: 10_000 * Math.round(20_000 + 400_000 * random.uniform() ** 3),
    factor: isNew(number) ? 1 : factorAfter(Math.floor(ageDays / DAYS_PER_YEAR), random),
    floating: random.between(0.6, 1),
    free: random.between(0.35, 0.8),
  }
}

/** The companies, ordered by code, which is the order of the tables' clustered keys. */
export function createCompanies(count: number, market: Market): Company[] {
  const companies = Array.from({ length: count }, (_, index) => createCompany(index + 1, market))
  return companies.sort((a, b) => (a.code < b.code ? -1 : 1))
}
