import { type MinuteFrequency, minutesOf, StockdbError } from '@stockdb/contract'

/** The days over which a symbol has bars of a length, as days since 1970-01-01. */
export interface SourceSpan {
  readonly symbol: string
  readonly length: MinuteFrequency
  readonly first: number
  readonly last: number
}

/** Lengths of bars that can be put together to bars of some minutes, the longest, themselves, first. */
export function divisorsOf(minutes: number): MinuteFrequency[] {
  const divisors = Array.from({ length: minutes }, (_, less) => minutes - less).filter((one) => minutes % one === 0)
  return divisors.map((one): MinuteFrequency => `${one}min`)
}

/**
 * The longest length of which every symbol has bars over as long a time as it has any. Throws `INVALID_INPUT` when there
 * is none: an answer must not lack bars that there are.
 */
export function chooseSource(freq: MinuteFrequency, spans: readonly SourceSpan[]): MinuteFrequency {
  if (spans.length === 0) return freq
  const whole = new Map<string, { first: number; last: number }>()
  for (const { symbol, first, last } of spans) {
    const known = whole.get(symbol) ?? { first, last }
    whole.set(symbol, { first: Math.min(first, known.first), last: Math.max(last, known.last) })
  }
  const isWhole = ({ symbol, first, last }: SourceSpan): boolean =>
    first === whole.get(symbol)?.first && last === whole.get(symbol)?.last
  const stored = [...new Set(spans.map(({ length }) => length))].sort((a, b) => minutes(b) - minutes(a))
  const found = stored.find(
    (length) => spans.filter((one) => one.length === length && isWhole(one)).length === whole.size,
  )
  if (found) return found
  throw new StockdbError(
    'INVALID_INPUT',
    `freq: got "${freq}"; no stored bars that make it up are there for every symbol over the whole range; name some with from: ${stored.join(', ')}`,
  )
}

const minutes = (length: MinuteFrequency): number => minutesOf(length) ?? 0
