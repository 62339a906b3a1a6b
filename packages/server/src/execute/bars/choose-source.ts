import type { MinuteRule } from '@stockdb/contract'
import { minutesOf } from '@stockdb/contract/internal'
import { type MinuteFrequency, StockdbError } from '@stockdb/contract/wire'
import { MinutePeriods } from './minute-periods.ts'

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

  /** Whether the bar asked for that a moment is of has its label from `first` to `last`. */
  isWithin(at: number, first: number, last: number): boolean {
    const length = minutes(this.#freq)
    // A label is at most the length of a bar away.
    const far = length * 60_000
    if (at - far >= first && at + far <= last) return true
    const label = this.#periodsOf(length).labelOf(at)
    return label >= first && label <= last
  }

  /** Adds a bar of the current symbol. */
  take(length: string, at: number): void {
    const key = minutesOf(length) ?? 0
    const moments = this.#moments.get(key)
    if (moments) moments.push(at)
    else this.#moments.set(key, [at])
  }

  /** Ends the current symbol. */
  close(): void {
    const moments = this.#moments
    this.#moments = new Map()
    // Each kind of periods is computed once per length.
    const known = new Map<string, ReadonlySet<number>>()
    const labels = (length: number, by: number): ReadonlySet<number> => {
      const key = `${length} ${by}`
      let found = known.get(key)
      if (!found) {
        const periods = this.#periodsOf(by)
        found = new Set(moments.get(length)?.map((at) => periods.labelOf(at)))
        known.set(key, found)
      }
      return found
    }
    const stored = [...moments.keys()]
    this.#whole = this.#whole.filter((length) => this.#isWhole(length, stored, labels))
    const asked = minutes(this.#freq)
    this.#bars += new Set(stored.flatMap((length) => [...labels(length, asked)])).size
  }

  /** The length found. Throws `INVALID_INPUT` if there is none. */
  found(): MinuteFrequency {
    const [longest] = this.#whole
    if (longest !== undefined) return `${longest}min`
    const stored = this.#lengths.map((length) => `${length}min`).join(', ')
    throw new StockdbError(
      'INVALID_INPUT',
      `freq: got "${this.#freq}"; no stored bars cover every symbol over the whole range; choose one with from: ${stored}`,
    )
  }

  #isWhole(
    length: number,
    stored: readonly number[],
    labels: (length: number, by: number) => ReadonlySet<number>,
  ): boolean {
    return stored.every((other) => {
      if (other === length) return true
      const [longer, shorter] = other > length ? [other, length] : [length, other]
      const by = longer % shorter === 0 ? longer : minutes(this.#freq)
      const there = labels(length, by)
      return [...labels(other, by)].every((label) => there.has(label))
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
