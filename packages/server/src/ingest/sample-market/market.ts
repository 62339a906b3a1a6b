import { SECTORS } from './industries.ts'
import { RandomStream } from './random.ts'

/** What all companies share: the sessions, and the returns of the market and of each sector. */
export interface Market {
  readonly seed: number
  /** Dates of the sessions, ascending. Elsewhere a session is its index in this list. */
  readonly sessions: readonly string[]
  readonly firstYear: number
  readonly lastYear: number
  /** Return of the market by session, as a ratio. */
  readonly returns: Float64Array
  /** Return of each sector in excess of the market's, by session. */
  readonly sectorReturns: readonly Float64Array[]
}

const DRIFT = 0.0006
const SECTOR_VOLATILITY = 0.007
// GARCH(1,1): a long-run deviation of 1 % per session, with calm and volatile spells of a few months.
const [CONSTANT, SHOCK, MEMORY] = [0.000002, 0.08, 0.9]

/** The market over the given sessions; there must be at least one. */
export function createMarket(seed: number, sessions: readonly string[]): Market {
  const random = new RandomStream(seed, 'market')
  let variance = CONSTANT / (1 - SHOCK - MEMORY)
  const returns = Float64Array.from(sessions, () => {
    const surprise = Math.sqrt(variance) * random.normal()
    variance = CONSTANT + SHOCK * surprise ** 2 + MEMORY * variance
    return DRIFT + surprise
  })
  const sectorReturns = SECTORS.map((_, sector) => {
    const own = new RandomStream(seed, `sector/${sector}`)
    return Float64Array.from(sessions, () => SECTOR_VOLATILITY * own.normal())
  })
  const year = (date: string | undefined): number => Number(date?.slice(0, 4))
  return { seed, sessions, firstYear: year(sessions[0]), lastYear: year(sessions.at(-1)), returns, sectorReturns }
}
