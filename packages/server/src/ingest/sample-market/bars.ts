import type { RandomStream } from './random.ts'

/** A session's trading. Prices are whole fen (0.01 CNY): in CNY their sums and halves would not be exact. */
export interface Bar {
  /** The previous close, less what an ex day took off. */
  readonly preClose: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  /** Lots of 100 shares. */
  readonly lots: number
  /** Whole CNY, which is also lots × fen. */
  readonly amount: number
  /** Whether the price limit cut the move. */
  readonly cutOff: boolean
}

/** Below 1 CNY a stock is delisted; the walk stops at half of that. */
const LOWEST_FEN = 50
const SHADOW = 0.006
const GAP = 0.004

/**
 * Draws a bar around a close at `reference` × (1 + `move`), within the daily price limits: ±10 % of the reference,
 * rounded half up to fen as the exchange does. `lots` is what would trade on a quiet day; a large move multiplies it.
 */
export function drawBar(
  { reference, move, lots: quiet }: { reference: number; move: number; lots: number },
  random: RandomStream,
): Bar {
  // Tenths, since reference × 1.1 would already be rounded where reference × 11 ÷ 10 is an exact half.
  const highest = Math.round((reference * 11) / 10)
  const lowest = Math.round((reference * 9) / 10)
  const limited = (fen: number): number => Math.min(highest, Math.max(lowest, Math.round(fen)))
  const wanted = Math.max(LOWEST_FEN, reference * (1 + move))
  const close = limited(wanted)
  const open = limited(reference * (1 + 0.5 * move * random.uniform() + GAP * random.normal()))
  const high = limited(Math.max(open, close) * (1 + SHADOW * Math.abs(random.normal())))
  const low = limited(Math.min(open, close) * (1 - SHADOW * Math.abs(random.normal())))
  const excitement = 1 + 15 * Math.abs(close / reference - 1)
  const lots = Math.max(1, Math.round(quiet * excitement))
  const weight = random.uniform()
  const average = (weight * (open + close) + (1 - weight) * (high + low)) / 2
  const cutOff = Math.round(wanted) !== close
  return { preClose: reference, open, high, low, close, lots, amount: Math.round(lots * average), cutOff }
}
