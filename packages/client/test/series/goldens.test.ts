import { readFileSync } from 'node:fs'
import * as functions from '@stockdb/client/series'
import { describe, expect, it } from 'vitest'
import { panelOf } from '../../src/frame/cell-panel.ts'

/** Infinite numbers are texts. */
type Values = readonly (number | string | null)[]

interface Goldens {
  readonly series: Readonly<Record<string, Values>>
  readonly dates: readonly string[]
  readonly panels: Readonly<Record<'close' | 'factor', readonly Values[]>>
  readonly cases: readonly {
    readonly call: string
    readonly on: readonly string[]
    readonly args: readonly unknown[]
    readonly expected: Values | number | string | null
  }[]
  readonly resampled: readonly {
    readonly on: string
    readonly period: functions.Period
    readonly reduction: functions.Reduction
    readonly dates: readonly string[]
    readonly expected: Values
  }[]
  readonly alongPanels: Readonly<Record<string, readonly Values[]>> & Readonly<Record<'spearman' | 'pearson', Values>>
}

// Made by scripts/series-goldens.py with pandas.
const goldens: Goldens = JSON.parse(readFileSync(new URL('goldens.json', import.meta.url), 'utf8'))

const doubles = (values: Values): Float64Array =>
  Float64Array.from(values, (value) => (value === null ? Number.NaN : Number(value)))

const byName = new Map<string, unknown>(Object.entries(functions))

/** pandas rounds a little differently; a NaN must be one on both sides. */
const isClose = (made: number, expected: number): boolean =>
  Object.is(made, expected) || Math.abs(made - expected) <= 1e-10 * Math.max(1, Math.abs(expected))

function differences(made: ArrayLike<number>, expected: Values | number | string | null): string[] {
  const wanted = doubles(Array.isArray(expected) ? expected : [expected as number | string | null])
  if (made.length !== wanted.length) return [`${made.length} values instead of ${wanted.length}`]
  return Array.from(wanted, (value, at) =>
    isClose(made[at] as number, value) ? '' : `[${at}] is ${made[at]}, of pandas ${value}`,
  ).filter((text) => text !== '')
}

describe('every function of series gives what pandas gives', () => {
  const calls = [...new Set(goldens.cases.map(({ call }) => call))]

  it('and none is left out', () => {
    const elsewhere = ['align', 'informationCoefficient', 'periodEnds', 'resample']
    expect([...calls, ...elsewhere].sort()).toEqual([...byName.keys()].sort())
  })

  it.each(calls)('%s', (call) => {
    const fn = byName.get(call) as (...args: unknown[]) => number | Float64Array
    for (const { on, args, expected } of goldens.cases.filter((each) => each.call === call)) {
      const series = on.map((name) => doubles(goldens.series[name] ?? []))
      const before = series.map((values) => values.slice())
      const made = fn(...series, ...args)
      const found = differences(typeof made === 'number' ? [made] : made, expected)
      expect(found, `${call}(${on.join(', ')}, ${JSON.stringify(args)})`).toEqual([])
      expect(series, `${call} must not change its arguments`).toEqual(before)
      // Arrays of numbers and nulls, as columns of whole numbers are, give the same.
      expect(fn(...on.map((name) => goldens.series[name]), ...args)).toEqual(made)
    }
  })

  it.each(goldens.resampled)('resample $on by $period, $reduction', ({ on, period, reduction, dates, expected }) => {
    const made = functions.resample(
      { dates: goldens.dates, values: doubles(goldens.series[on] ?? []) },
      period,
      reduction,
    )
    expect(made.dates).toEqual(dates)
    expect(differences(made.values, expected)).toEqual([])
  })
})

describe('along panels', () => {
  const symbols = ['A', 'B', 'C', 'D']
  const panel = (name: 'close' | 'factor') =>
    panelOf(name, { dates: goldens.dates, symbols }, doubles(goldens.panels[name].flat()))
  const close = panel('close')
  const same = (made: readonly Float64Array[], expected: readonly Values[] | undefined): void => {
    expect(made.flatMap((row, at) => differences(row, expected?.[at] ?? []).map((text) => `${at}${text}`))).toEqual([])
    expect(made.length).toBe(expected?.length)
  }

  it('each symbol by itself: a rolling mean, forward returns', () => {
    same(close.bySymbol((values) => functions.rollingMean(values, 5)).values, goldens.alongPanels.rollingMean)
    same(
      close.bySymbol((values) => functions.shift(functions.returns(values, 5), -5)).values,
      goldens.alongPanels.forward,
    )
  })

  it('each date by itself: ranks, z-scores', () => {
    same(close.byDate((values) => functions.rank(values)).values, goldens.alongPanels.rank)
    same(close.byDate(functions.zScore).values, goldens.alongPanels.zScore)
  })

  it('month ends', () => {
    const monthly = functions.resample(close, 'month')
    same(monthly.values, goldens.alongPanels.monthly)
    expect(monthly.dates).toEqual(functions.periodEnds(goldens.dates, 'month'))
  })

  it('the information coefficient of each date', () => {
    const forward = close.bySymbol((values) => functions.shift(functions.returns(values, 5), -5))
    for (const method of ['spearman', 'pearson'] as const)
      expect(
        differences(functions.informationCoefficient(panel('factor'), forward, method), goldens.alongPanels[method]),
      ).toEqual([])
  })
})
