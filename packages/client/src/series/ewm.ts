import { checkWhole, doubles, type Numbers } from './numbers.ts'

/** How fast the weights of an exponential average fall; give one of `alpha`, `span`, `halfLife`. */
export type EwmOptions = (
  | {
      /**
       * The weight of each new number, above 0 and at most 1.
       *
       * @example
       * ```ts
       * ewmMean([1, 2, 3], { alpha: 0.5 })
       * ```
       */
      readonly alpha: number
      readonly span?: never
      readonly halfLife?: never
    }
  | {
      /**
       * The span in values, 1 or more: alpha = 2 / (span + 1).
       *
       * @example
       * ```ts
       * ewmMean([1, 2, 3], { span: 20 })
       * ```
       */
      readonly span: number
      readonly alpha?: never
      readonly halfLife?: never
    }
  | {
      /**
       * The number of values after which a weight is halved.
       *
       * @example
       * ```ts
       * ewmMean([1, 2, 3], { halfLife: 10 })
       * ```
       */
      readonly halfLife: number
      readonly alpha?: never
      readonly span?: never
    }
) & {
  /**
   * Divides by the sum of the weights, as long as there are few values; without it, the first value starts the average.
   *
   * @default true
   * @example
   * ```ts
   * ewmMean([1, 2, 3], { span: 3, adjust: false }) // Float64Array [1, 1.5, 2.25], as in most charts
   * ```
   */
  readonly adjust?: boolean | undefined
  /**
   * Weighs by position among the numbers; by default a NaN also lets the weights of earlier numbers fall.
   *
   * @default false
   * @example
   * ```ts
   * ewmMean([1, NaN, 3], { alpha: 0.5, ignoreNaN: true })
   * ```
   */
  readonly ignoreNaN?: boolean | undefined
  /**
   * The fewest numbers before the first result.
   *
   * @default 1
   * @example
   * ```ts
   * ewmMean([1, 2, 3], { span: 3, minPeriods: 2 }) // the first is NaN
   * ```
   */
  readonly minPeriods?: number | undefined
}

/**
 * The exponentially weighted mean of all values so far, at each of them, as `ewm().mean()` of pandas.
 *
 * At a NaN the result is that of the number before it.
 *
 * @param values - numbers in order; NaN or null where there is none
 * @param options - `alpha`, or `span` (alpha = 2 / (span + 1)), or `halfLife` (in values); `adjust`, `ignoreNaN`, `minPeriods`
 * @throws `RangeError` if alpha is not above 0 and at most 1
 * @example
 * ```ts
 * ewmMean([1, 2, 3], { span: 3 }) // Float64Array [1, 1.667, 2.429]
 * ```
 */
export function ewmMean(values: Numbers, options: EwmOptions): Float64Array {
  return weighted(doubles(values), options, ({ mean }) => mean)
}

/**
 * The exponentially weighted standard deviation of all values so far, without bias, as `ewm().std()` of pandas.
 *
 * @param values - numbers in order; NaN or null where there is none
 * @param options - as for {@link ewmMean}
 * @throws `RangeError` if alpha is not above 0 and at most 1
 * @example
 * ```ts
 * ewmStd([1, 2, 3], { halfLife: 10 }) // the first is NaN
 * ```
 */
export function ewmStd(values: Numbers, options: EwmOptions): Float64Array {
  return weighted(doubles(values), options, ({ variance, weights, squares }) => {
    const bias = weights * weights - squares
    return bias > 0 ? Math.sqrt(((weights * weights) / bias) * variance) : Number.NaN
  })
}

interface State {
  mean: number
  variance: number
  /** The sum of the weights, and of their squares. */
  weights: number
  squares: number
  /** The weight of everything so far, besides that of the next value. */
  old: number
}

function weighted(values: Float64Array, options: EwmOptions, resultOf: (state: State) => number): Float64Array {
  const { adjust = true, ignoreNaN = false, minPeriods = 1 } = options
  checkWhole('minPeriods', minPeriods, 1)
  const alpha = alphaOf(options)
  const fresh = adjust ? 1 : alpha
  const state: State = { mean: Number.NaN, variance: 0, weights: 1, squares: 1, old: 1 }
  let count = 0
  return values.map((value) => {
    if (!Number.isNaN(value)) {
      count++
      if (count === 1) state.mean = value
      else {
        decay(state, 1 - alpha)
        add(state, value, fresh, adjust)
      }
    } else if (count > 0 && !ignoreNaN) decay(state, 1 - alpha)
    return count < minPeriods ? Number.NaN : resultOf(state)
  })
}

function decay(state: State, factor: number): void {
  state.old *= factor
  state.weights *= factor
  state.squares *= factor * factor
}

function add(state: State, value: number, fresh: number, adjust: boolean): void {
  const { mean, old } = state
  const all = old + fresh
  // Equal values stay exactly equal.
  if (value !== mean) state.mean = (old * mean + fresh * value) / all
  state.variance = (old * (state.variance + (mean - state.mean) ** 2) + fresh * (value - state.mean) ** 2) / all
  state.weights += fresh
  state.squares += fresh * fresh
  state.old = all
  if (adjust) return
  state.weights /= all
  state.squares /= all * all
  state.old = 1
}

function alphaOf({ alpha, span, halfLife }: EwmOptions): number {
  const given = Object.entries({ alpha, span, halfLife }).filter(([, value]) => value !== undefined)
  if (given.length !== 1)
    throw new RangeError(
      `options: got ${given.map(([name]) => name).join(', ') || 'none of them'}; expected one of alpha, span, halfLife`,
    )
  const found = alpha ?? (span === undefined ? 1 - Math.exp(-Math.LN2 / (halfLife as number)) : 2 / (span + 1))
  const [name, value] = given[0] as [string, number]
  if (!(value > 0 && found > 0 && found <= 1))
    throw new RangeError(
      `${name}: got ${value}; expected ${{ alpha: 'a number above 0, at most 1', span: 'a number, 1 or more' }[name] ?? 'a number above 0'}`,
    )
  return found
}
