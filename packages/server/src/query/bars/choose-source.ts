import { type MinuteFrequency, type MinuteRule, minutesOf, StockdbError } from '@stockdb/contract'
import { MinutePeriods } from './minute-periods.ts'

/** Lengths of bars that can be put together to bars of some minutes, the longest, themselves, first. */
export function divisorsOf(minutes: number): MinuteFrequency[] {
  const divisors = Array.from({ length: minutes }, (_, less) => minutes - less).filter((one) => minutes % one === 0)
  return divisors.map((one): MinuteFrequency => `${one}min`)
}

/**
 * Finds the longest stored length of which bars are there wherever there are any of another: an answer must not lack bars
 * that there are. A length is compared with a shorter one by its own periods, with a longer one by those of that.
 *
 * Bars come symbol by symbol, and no more than those of one symbol are held.
 */
export class SourceChoice {
  readonly #freq: MinuteFrequency
  readonly #rule: MinuteRule
  /** By their minutes, the longest first. */
  readonly #lengths: readonly number[]
  readonly #periods = new Map<number, MinutePeriods>()
  #whole: readonly number[]
  #moments = new Map<number, number[]>()
  #bars = 0

  constructor(freq: MinuteFrequency, lengths: readonly MinuteFrequency[], rule: MinuteRule) {
    this.#freq = freq
    this.#rule = rule
    this.#lengths = lengths.map(minutes).sort((a, b) => b - a)
    this.#whole = this.#lengths
  }

  /** How many bars of the length asked for the symbols have that are through. */
  get bars(): number {
    return this.#bars
  }

  /** The period of a moment among the bars asked for, by which it is told whether it is of the range. */
  labelOf(at: number): number {
    return this.#periodsOf(minutes(this.#freq)).labelOf(at)
  }

  /** A bar of the symbol in hand. */
  take(length: string, at: number): void {
    const key = minutesOf(length) ?? 0
    const moments = this.#moments.get(key)
    if (moments) moments.push(at)
    else this.#moments.set(key, [at])
  }

  /** The symbol in hand is through. */
  close(): void {
    const moments = this.#moments
    this.#moments = new Map()
    this.#whole = this.#whole.filter((length) => this.#isWhole(length, moments))
    const all = this.#periodsOf(minutes(this.#freq))
    this.#bars += new Set([...moments.values()].flatMap((own) => own.map((at) => all.labelOf(at)))).size
  }

  /** Throws `INVALID_INPUT` when there is none. */
  found(): MinuteFrequency {
    const [longest] = this.#whole
    if (longest !== undefined) return `${longest}min`
    const stored = this.#lengths.map((length) => `${length}min`).join(', ')
    throw new StockdbError(
      'INVALID_INPUT',
      `freq: got "${this.#freq}"; no stored bars that make it up are there for every symbol over the whole range; name some with from: ${stored}`,
    )
  }

  #isWhole(length: number, all: ReadonlyMap<number, readonly number[]>): boolean {
    const own = all.get(length) ?? []
    return [...all].every(([other, moments]) => {
      if (other === length) return true
      const [longer, shorter] = other > length ? [other, length] : [length, other]
      const periods = this.#periodsOf(longer % shorter === 0 ? longer : minutes(this.#freq))
      const there = new Set(own.map((at) => periods.labelOf(at)))
      return moments.every((at) => there.has(periods.labelOf(at)))
    })
  }

  #periodsOf(length: number): MinutePeriods {
    let periods = this.#periods.get(length)
    if (!periods) {
      periods = new MinutePeriods(length, this.#rule)
      this.#periods.set(length, periods)
    }
    return periods
  }
}

const minutes = (length: MinuteFrequency): number => minutesOf(length) ?? 0
