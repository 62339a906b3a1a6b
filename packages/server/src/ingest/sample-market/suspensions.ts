import { RandomStream } from './random.ts'

/** Sessions without trading: `from` inclusive, `to` exclusive. */
export interface Spell {
  readonly from: number
  readonly to: number
}

interface Listing {
  readonly first: number
  readonly last: number
  /** The session from which trading is suspended permanently. */
  readonly pausedFrom: number | undefined
}

/**
 * When a company's shares do not trade: every third company a few times for some days, every twelfth once for months.
 * The first sessions of a listing always trade.
 */
export function suspensions(number: number, { first, last, pausedFrom }: Listing, seed: number): Spell[] {
  const random = new RandomStream(seed, `suspensions/${number}`)
  const spells: Spell[] = []
  const suspend = (length: number): void => {
    const from = random.whole(first + 5, Math.max(first + 5, last - length))
    spells.push({ from, to: from + length })
  }
  const short = number % 3 === 0 ? random.whole(1, 3) : random.chance(0.2) ? 1 : 0
  for (let i = 0; i < short; i++) suspend(random.whole(1, 12))
  if (number % 12 === 0) suspend(random.whole(60, 120))
  if (pausedFrom !== undefined) spells.push({ from: pausedFrom, to: last + 1 })
  return spells
}

export function isSuspended(spells: readonly Spell[], session: number): boolean {
  return spells.some(({ from, to }) => from <= session && session < to)
}
