import {
  align,
  annualizedReturn,
  correlation,
  drawdown,
  ewmMean,
  informationCoefficient,
  maxDrawdown,
  mean,
  periodEnds,
  quantile,
  rank,
  resample,
  returns,
  rollingCorrelation,
  rollingMax,
  rollingMean,
  rollingMin,
  rollingStd,
  rollingSum,
  std,
  winsorize,
  zScore,
} from '@stockdb/client/series'
import { describe, expect, it } from 'vitest'
import { panelOf } from '../../src/frame/cell-panel.ts'

/** Even numbers from 0 to 1, the same in every run. */
function randomNumbers(count: number): Float64Array {
  let state = 20240628
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  })
}

/** The sum of doubles without rounding: as multiples of 2^-1074. */
function exactSum(values: Iterable<number>): number {
  let sum = 0n
  for (const value of values) {
    const bits = new BigUint64Array(Float64Array.of(Math.abs(value)).buffer)[0] as bigint
    const exponent = bits >> 52n
    const digits = exponent === 0n ? bits : (bits & (2n ** 52n - 1n)) | (2n ** 52n)
    const whole = digits << (exponent === 0n ? 0n : exponent - 1n)
    sum += value < 0 ? -whole : whole
  }
  const text = (sum < 0n ? -sum : sum).toString(2)
  const kept = Math.min(60, text.length)
  return (sum < 0n ? -1 : 1) * Number.parseInt(text.slice(0, kept), 2) * 2 ** (text.length - kept - 537) * 2 ** -537
}

describe('a rolling sum', () => {
  it('forgets a large number that left the window, down to the last bit', () => {
    const values = [1e300, 1, 1e16, 1, 2, 3, 4]
    let running = 0
    const drifted = values.map((value, at) => {
      running += value - (values[at - 2] ?? 0)
      return running
    })
    expect(drifted.at(-1), 'a running sum is wrong here').not.toBe(7)
    expect([...rollingSum(values, 2).slice(4)]).toEqual([3, 5, 7])
    expect([...rollingMean([1e300, ...new Array(10).fill(1e-300)], 3).slice(4)]).toEqual(new Array(7).fill(1e-300))
  })

  it('forgets a NaN or an infinite number that left the window', () => {
    expect([...rollingSum([1, Number.NaN, 2, 3, 4], 2)]).toEqual([Number.NaN, Number.NaN, Number.NaN, 5, 7])
    expect([...rollingMean([1, Number.POSITIVE_INFINITY, 2, 3, 4], 2)].slice(1)).toEqual([
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      2.5,
      3.5,
    ])
    expect([...rollingStd([1, Number.POSITIVE_INFINITY, 2, 4, 6], 2)].slice(3)).toEqual([Math.SQRT2, Math.SQRT2])
  })

  it.each([3, 250, 4_999])('of %i numbers of very different sizes is exact to the last bits', (window) => {
    const values = randomNumbers(20_000).map((value, at) => (value - 0.5) * 10 ** ((at * 7) % 13))
    const sums = rollingSum(values, window)
    for (let at = window - 1; at < values.length; at += 997) {
      const slice = values.subarray(at - window + 1, at + 1)
      const size = slice.reduce((sum, value) => sum + Math.abs(value), 0)
      expect(Math.abs((sums[at] as number) - exactSum(slice)) / size).toBeLessThan(2.3e-16)
    }
  })

  it('after ten million numbers is as exact as after ten', () => {
    const values = randomNumbers(10_000_000).map((value, at) => (at % 1_000_000 === 0 ? 1e15 : value))
    const means = rollingMean(values, 20)
    expect(means[values.length - 1]).toBe(exactSum(values.subarray(-20)) / 20)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e308])('is that of a plain loop wherever %s is in it', (odd) => {
    for (let place = 0; place < 16; place++) {
      const values = Array.from({ length: 16 }, (_, at) => (at === place || at === place + 1 ? odd : at))
      for (const window of [1, 2, 3, 5, 20]) {
        for (const minPeriods of new Set([1, window])) {
          const expected = values.map((_, at) => {
            const numbers = values.slice(Math.max(0, at + 1 - window), at + 1).filter((value) => !Number.isNaN(value))
            return numbers.length < minPeriods ? Number.NaN : numbers.reduce((sum, value) => sum + value, 0)
          })
          expect([...rollingSum(values, window, { minPeriods })], `${window} ${minPeriods} ${place}`).toEqual(expected)
        }
      }
    }
  })
})

describe('a rolling deviation', () => {
  it('is exactly 0 where nothing changes, and does not lose what is small beside the mean', () => {
    expect([...rollingStd([5, 0.1, 0.1, 0.1, 0.1], 3).slice(3)]).toEqual([0, 0])
    const far = [1, 2, 3, 4, 5].map((value) => value + 1e9)
    for (const value of rollingStd(far, 3).slice(2)) expect(value).toBeCloseTo(1, 9)
    expect(std(far)).toBeCloseTo(Math.sqrt(2.5), 9)
  })
})

describe('a rolling correlation', () => {
  it('is 1 or -1 at most, and NaN where a series does not change', () => {
    expect([...rollingCorrelation([1, 2, 4, 4, 4], [3, 6, 12, 1, 2], 3)]).toEqual([
      Number.NaN,
      Number.NaN,
      1,
      expect.any(Number),
      Number.NaN,
    ])
    const [xs, ys] = [randomNumbers(1_000), randomNumbers(1_000).map((value) => -3 * value)]
    for (const value of rollingCorrelation(xs, ys, 2).slice(1)) expect(Math.abs(value)).toBeLessThanOrEqual(1)
    expect(correlation([1, 1, 1], [1, 2, 3])).toBeNaN()
    expect(() => rollingCorrelation([1], [1, 2], 1)).toThrow(
      'other: got 2 values; expected 1, as many as the first series has',
    )
  })
})

describe('special values', () => {
  it('of extremes are kept', () => {
    expect([...rollingMax([-0, Number.NEGATIVE_INFINITY, -5], 2, { minPeriods: 1 })]).toEqual([-0, -0, -5])
    expect([...rollingMin([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY], 2)][1]).toBe(Number.POSITIVE_INFINITY)
  })

  it('have ranks, quantiles and z-scores', () => {
    expect([...rank([Number.NEGATIVE_INFINITY, 0, -0, Number.NaN, Number.POSITIVE_INFINITY])]).toEqual([
      1,
      2.5,
      2.5,
      Number.NaN,
      4,
    ])
    expect(quantile([1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY], 0.9)).toBe(Number.POSITIVE_INFINITY)
    expect([...zScore([0.1, 0.1, 0.1])]).toEqual([Number.NaN, Number.NaN, Number.NaN])
    expect([...winsorize([Number.NaN])]).toEqual([Number.NaN])
    expect(mean([1e308, 1e308])).toBe(Number.POSITIVE_INFINITY)
  })

  it('are not filled: a return over a gap is NaN', () => {
    expect([...returns([10, Number.NaN, 11])]).toEqual([Number.NaN, Number.NaN, Number.NaN])
    expect([...drawdown([Number.NaN, 10, Number.NaN, 5])]).toEqual([Number.NaN, 0, Number.NaN, -0.5])
    expect(maxDrawdown([])).toBeNaN()
    expect(annualizedReturn([Number.NaN], 12)).toBeNaN()
  })
})

describe('invalid arguments', () => {
  it.each<[() => unknown, string]>([
    [() => rollingMean([1], 0), 'window: got 0; expected a whole number, 1 or more'],
    [() => rollingMean([1], 2.5), 'window: got 2.5; expected a whole number, 1 or more'],
    [() => rollingStd([1], 2, { minPeriods: 3 }), 'minPeriods: got 3; expected at most the window, 2'],
    [() => returns([1], 0), 'periods: got 0; expected a whole number, 1 or more'],
    [() => quantile([1], 1.5), 'p: got 1.5; expected a number from 0 to 1'],
    [() => winsorize([1], { lower: 0.9, upper: 0.1 }), 'lower: got 0.9; expected at most upper, 0.1'],
    [() => ewmMean([1], {} as never), 'options: got none of them; expected one of alpha, span, halfLife'],
    [() => ewmMean([1], { span: 0 }), 'span: got 0; expected a number, 1 or more'],
    [() => ewmMean([1], { alpha: 1.5 }), 'alpha: got 1.5; expected a number above 0, at most 1'],
    [() => ewmMean([1], { halfLife: -1 }), 'halfLife: got -1; expected a number above 0'],
    [() => rank([1], { ties: 'mean' as never }), 'ties: got mean; expected average, min, max, dense or first'],
    [() => correlation([1], [1], 'kendall' as never), 'method: got kendall; expected pearson or spearman'],
    [() => annualizedReturn([1], 0), 'periodsPerYear: got 0; expected a number above 0'],
    [
      () => periodEnds(['2024-01-02', '2024-01-02'], 'week'),
      'dates[1]: got "2024-01-02"; expected ascending dates as YYYY-MM-DD',
    ],
    [() => periodEnds(['20240102'], 'week'), 'dates[0]: got "20240102"; expected ascending dates as YYYY-MM-DD'],
    [() => periodEnds([], 'day' as never), 'period: got day; expected week, month, quarter, year'],
    [() => resample({ dates: ['2024-01-02'], values: [] }, 'week'), 'values: got 0; expected 1, one for each date'],
    [
      () => resample({ dates: [], values: [] }, 'week', 'median' as never),
      'reduction: got median; expected last, first, sum, mean, min, max',
    ],
  ])('%s', (call, message) => {
    expect(call).toThrow(message)
  })
})

describe('period ends', () => {
  it('are the last dates of weeks from Monday on, also across years', () => {
    const dates = ['2023-12-29', '2023-12-31', '2024-01-01', '2024-01-05', '2024-01-08']
    expect(periodEnds(dates, 'week')).toEqual(['2023-12-31', '2024-01-05', '2024-01-08'])
    expect(periodEnds(dates, 'month')).toEqual(['2023-12-31', '2024-01-08'])
    expect(periodEnds(dates, 'year')).toEqual(['2023-12-31', '2024-01-08'])
    expect(periodEnds([], 'month')).toEqual([])
  })
})

describe('aligned panels', () => {
  const one = panelOf(
    'one',
    { dates: ['2024-01-02', '2024-01-03', '2024-01-04'], symbols: ['A', 'B'] },
    Float64Array.of(1, 2, 3, 4, 5, 6),
  )
  const two = panelOf(
    'two',
    { dates: ['2024-01-03', '2024-01-04', '2024-01-05'], symbols: ['B', 'C'] },
    Float64Array.of(7, 8, 9, 10, 11, 12),
  )

  it('have the dates and symbols that all of them have', () => {
    const [first, second] = align(one, two)
    expect([first.dates, first.symbols]).toEqual([['2024-01-03', '2024-01-04'], ['B']])
    expect(first.values.map((row) => [...row])).toEqual([[4], [6]])
    expect(second.values.map((row) => [...row])).toEqual([[7], [9]])
    expect(first.zip(second, (a, b) => a * b).at('2024-01-04', 'B')).toBe(54)
    expect(align(one)[0]).toBe(one)
  })

  it('are needed for an information coefficient', () => {
    expect(() => informationCoefficient(one, two)).toThrow(RangeError)
  })
})
