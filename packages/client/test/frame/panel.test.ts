import { describe, expect, it } from 'vitest'
import { panelOf } from '../../src/frame/cell-panel.ts'

const axes = { dates: ['2024-01-02', '2024-01-03', '2024-01-08'], symbols: ['A', 'B'] }
const panel = panelOf('close', axes, Float64Array.of(1, 2, 3, Number.NaN, 5, 6))
const valuesOf = ({ values }: { readonly values: readonly Float64Array[] }) => values.map((row) => [...row])

describe('a row of a panel', () => {
  it('is that of a date', () => {
    expect([...panel.row('2024-01-03')]).toEqual([3, Number.NaN])
    expect(() => panel.row('2024-01-04')).toThrow(new RangeError('the panel has no date "2024-01-04"'))
  })

  it('is that of the last date on or before a date', () => {
    expect([...panel.asOf('2024-01-02')]).toEqual([1, 2])
    expect([...panel.asOf('2024-01-07')]).toEqual([3, Number.NaN])
    expect([...panel.asOf('20240107')]).toEqual([3, Number.NaN])
    expect([...panel.asOf('2030-01-01')]).toEqual([5, 6])
    expect(() => panel.asOf('2024-01-01')).toThrow('date: got "2024-01-01"; the first date of the panel is 2024-01-02')
    expect(() => panel.asOf('2024-1-7')).toThrow('date: got "2024-1-7"; expected a date as YYYY-MM-DD or YYYYMMDD')
  })
})

describe('a panel made of a panel', () => {
  it('has a function of each value, which knows date and symbol', () => {
    expect(valuesOf(panel.map((value) => value * 10))).toEqual([
      [10, 20],
      [30, Number.NaN],
      [50, 60],
    ])
    const named = panel.map((_, date, symbol) => Number(date.slice(-2)) + (symbol === 'B' ? 0.5 : 0))
    expect(valuesOf(named)).toEqual([
      [2, 2.5],
      [3, 3.5],
      [8, 8.5],
    ])
    expect(valuesOf(panel)[0]).toEqual([1, 2])
  })

  it('has a function of two panels, cell by cell', () => {
    expect(valuesOf(panel.zip(panel.shift(1), (now, before) => now - before))[2]).toEqual([2, Number.NaN])
    expect(() => panel.zip(panel.tail(2), (a) => a)).toThrow(
      'other: got a panel with other dates; expected the same 3 dates',
    )
    const others = panelOf('x', { ...axes, symbols: ['A', 'C'] }, new Float64Array(6))
    expect(() => panel.zip(others, (a) => a)).toThrow(
      'other: got a panel with other symbols; expected the same 2 symbols',
    )
  })

  it('has its values at later or earlier dates', () => {
    const none = [Number.NaN, Number.NaN]
    expect(valuesOf(panel.shift(1))).toEqual([none, [1, 2], [3, Number.NaN]])
    expect(valuesOf(panel.shift(-2))).toEqual([[5, 6], none, none])
    expect(valuesOf(panel.shift(9))).toEqual([none, none, none])
    expect(() => panel.shift(0.5)).toThrow(new RangeError('count: got 0.5; expected a whole number'))
  })

  it('has a function of the values of each symbol, or of each date', () => {
    expect(valuesOf(panel.bySymbol((series) => series.toReversed()))).toEqual([
      [5, 6],
      [3, Number.NaN],
      [1, 2],
    ])
    expect(valuesOf(panel.byDate((row) => row.sort().reverse()))).toEqual([
      [2, 1],
      [Number.NaN, 3],
      [6, 5],
    ])
    expect(valuesOf(panel)[0]).toEqual([1, 2])
    expect(() => panel.bySymbol(() => [1])).toThrow(new RangeError('fn: returned 1 values for A; expected 3'))
    expect(() => panel.byDate(() => [1])).toThrow(new RangeError('fn: returned 1 values for 2024-01-02; expected 2'))
  })

  it('has its first or last dates', () => {
    expect(panel.head(2).dates).toEqual(['2024-01-02', '2024-01-03'])
    expect(valuesOf(panel.tail(1))).toEqual([[5, 6]])
    expect(panel.tail(1).at('2024-01-08', 'B')).toBe(6)
  })
})

describe('a panel as CSV', () => {
  it('has a line for each date, a column for each symbol, and nothing for NaN', () => {
    expect(panel.toCSV()).toBe('date,A,B\n2024-01-02,1,2\n2024-01-03,3,\n2024-01-08,5,6\n')
  })
})
