import { checkWhole } from '../numbers.ts'

/** How a rolling function treats windows that have NaN, or are not full yet. */
export interface RollingOptions {
  /**
   * The fewest numbers that a window needs; with fewer its result is NaN.
   *
   * By default every value of the window must be a number. NaN in a window is left out.
   *
   * @default the window
   * @example
   * ```ts
   * rollingMean([1, NaN, 3], 2, { minPeriods: 1 }) // Float64Array [1, 1, 3]
   * ```
   */
  readonly minPeriods?: number | undefined
}

/** Checks the arguments of a rolling function, and returns the fewest numbers that a window needs. */
export function minPeriodsOf(window: number, { minPeriods = window }: RollingOptions = {}): number {
  checkWhole('window', window, 1)
  checkWhole('minPeriods', minPeriods, 1)
  if (minPeriods > window) throw new RangeError(`minPeriods: got ${minPeriods}; expected at most the window, ${window}`)
  return minPeriods
}
