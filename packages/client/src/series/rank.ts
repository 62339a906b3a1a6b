import { doubles, type Numbers, present } from './numbers.ts'

/** How numbers are ranked. */
export interface RankOptions {
  /**
   * The rank of equal numbers: the average of their places, the smallest, the largest, the same without leaving places out
   * (`'dense'`), or by position (`'first'`).
   *
   * @default 'average'
   * @example
   * ```ts
   * rank([10, 20, 20, 30], { ties: 'min' }) // Float64Array [1, 2, 2, 4]
   * ```
   */
  readonly ties?: 'average' | 'min' | 'max' | 'dense' | 'first' | undefined
  /**
   * Gives the largest number rank 1.
   *
   * @default false
   * @example
   * ```ts
   * rank([10, 20, 30], { descending: true }) // Float64Array [3, 2, 1]
   * ```
   */
  readonly descending?: boolean | undefined
  /**
   * Divides the ranks by the highest possible one, so that they are above 0 and at most 1.
   *
   * @default false
   * @example
   * ```ts
   * rank([10, 20, NaN, 40], { percent: true }) // Float64Array [0.333, 0.667, NaN, 1]
   * ```
   */
  readonly percent?: boolean | undefined
}

/**
 * The rank of each number among all, 1 for the smallest; NaN stays NaN and does not count.
 *
 * @param values - numbers in order; NaN or null where there is none
 * @param options - `ties`, `descending`, `percent`
 * @example
 * ```ts
 * rank([10, 20, 20, NaN]) // Float64Array [1, 2.5, 2.5, NaN]
 * ```
 */
export function rank(
  values: Numbers,
  { ties = 'average', descending = false, percent = false }: RankOptions = {},
): Float64Array {
  const signed = descending ? doubles(values).map((value) => -value) : doubles(values)
  const numbers = present(signed).sort()
  const sorted = ties === 'dense' ? numbers.filter((value, at) => value !== numbers[at - 1]) : numbers
  const highest = percent ? sorted.length : 1
  /** How many of the equal numbers of a place have their rank already. */
  const taken = new Map<number, number>()
  return signed.map((value) => {
    if (Number.isNaN(value)) return Number.NaN
    const below = countWhere(sorted, (each) => each < value)
    switch (ties) {
      case 'min':
      case 'dense':
        return (below + 1) / highest
      case 'max':
        return countWhere(sorted, (each) => each <= value) / highest
      case 'average':
        return (below + 1 + countWhere(sorted, (each) => each <= value)) / 2 / highest
      case 'first': {
        const before = taken.get(below) ?? 0
        taken.set(below, before + 1)
        return (below + 1 + before) / highest
      }
      default:
        throw new TypeError(`ties: got ${String(ties)}; expected average, min, max, dense or first`)
    }
  })
}

/** How many numbers of a sorted array meet a condition that only its first ones meet. */
function countWhere(sorted: Float64Array, meets: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (meets(sorted[middle] as number)) low = middle + 1
    else high = middle
  }
  return low
}
