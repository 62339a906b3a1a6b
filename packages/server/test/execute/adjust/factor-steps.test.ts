import type { OnDuplicate } from '@stockdb/contract'
import type { Batch, Vector } from '@stockdb/contract/wire'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FactorSteps } from '../../../src/execute/adjust/factor-steps.ts'

const none = { validity: undefined, nullCount: 0 }
type Row = readonly [symbol: string, day: number, factor: number]

/** Rows in small batches with one growing dictionary. */
function* batches(rows: readonly Row[], moments: boolean): Generator<Batch> {
  const dictionary: string[] = []
  for (let from = 0; from < rows.length; from += 3) {
    const part = rows.slice(from, from + 3)
    for (const [symbol] of part) if (!dictionary.includes(symbol)) dictionary.push(symbol)
    const days = part.map(([, day]) => day)
    const dates: Vector = moments
      ? { type: 'datetime', values: BigInt64Array.from(days, (day) => BigInt(day) * 86_400_000n), ...none }
      : { type: 'date', values: Int32Array.from(days), ...none }
    yield {
      numRows: part.length,
      vectors: [
        {
          type: 'symbol',
          values: Int32Array.from(part, ([symbol]) => dictionary.indexOf(symbol)),
          dictionary: dictionary.slice(),
          ...none,
        },
        dates,
        { type: 'float64', values: Float64Array.from(part, ([, , factor]) => factor), ...none },
      ],
    }
  }
}

function stepsOf(rows: readonly Row[], moments = false): FactorSteps {
  const steps = new FactorSteps({ name: 'factors' })
  for (const batch of batches(rows, moments)) steps.add(batch)
  return steps.finish()
}

describe('factor steps', () => {
  it('hold from their day until the next step', () => {
    const steps = stepsOf([
      ['A', 10, 1],
      ['A', 11, 1],
      ['A', 20, 2],
      ['A', 30, 1],
      ['B', -5, 7],
    ])
    expect([9, 10, 15, 20, 29, 30, 99].map((day) => steps.on('A', day))).toEqual([Number.NaN, 1, 1, 2, 2, 1, 1])
    expect([steps.on('B', -6), steps.on('B', -5), steps.on('NOBODY', 10)]).toEqual([Number.NaN, 7, Number.NaN])
  })

  it('equal a search through all rows, however symbols are interleaved', () => {
    const row = fc.tuple(
      fc.constantFrom('a', 'A', 'b', 'c'),
      fc.integer({ min: -20, max: 20 }),
      fc.constantFrom(1, 1.5, 2),
    )
    const rows = fc.uniqueArray(row, { selector: ([symbol, day]) => `${symbol} ${day}`, maxLength: 40 })
    const sorted = (given: readonly Row[], mixed: boolean): Row[] =>
      [...given].sort(
        ([a, day], [b, other]) => (mixed ? 0 : a < b ? -1 : a > b ? 1 : 0) || day - other || (a < b ? -1 : 1),
      )
    fc.assert(
      fc.property(rows, fc.boolean(), fc.boolean(), (given, mixed, moments) => {
        const steps = stepsOf(sorted(given, mixed), moments)
        for (const symbol of ['a', 'A', 'b', 'c', 'd'])
          for (let day = -21; day <= 21; day++) {
            const last = sorted(given, true).findLast(([code, at]) => code === symbol && at <= day)
            expect(steps.on(symbol, day)).toBe(last?.[2] ?? Number.NaN)
          }
      }),
      { numRuns: 200 },
    )
  })

  it('are refused if two rows share symbol and day, unless the dataset declares which one counts', () => {
    const rows: Row[] = [
      ['A', 10, 1],
      ['B', 11, 2],
      ['A', 12, 3],
      ['A', 12, 3],
    ]
    const differing: Row[] = [...rows.slice(0, 3), ['A', 12, 4]]
    const on12 = (given: readonly Row[], onDuplicate?: OnDuplicate) => {
      const steps = new FactorSteps({ name: 'factors', ...(onDuplicate ? { onDuplicate } : {}) })
      for (const batch of batches(given, false)) steps.add(batch)
      return steps.finish().on('A', 12)
    }
    expect(() => on12(rows)).toThrow(/^factors has several factors of A on 1970-01-13; expected one/)
    expect(on12(rows, 'identical')).toBe(3)
    expect(() => on12(differing, 'identical')).toThrow(/several factors of A/)
    expect(on12(differing, { keep: 'last', order: 'note' })).toBe(4)
  })

  it('keep no more than they may, and then tell so', () => {
    const rows: Row[] = [
      ['A', 10, 1],
      ['A', 11, 2],
      ['A', 12, 2],
      ['A', 13, 3],
    ]
    const overflow = (most: number): boolean => {
      const steps = new FactorSteps({ name: 'factors' }, most)
      for (const batch of batches(rows, false)) steps.add(batch)
      return steps.overflows
    }
    expect([overflow(2), overflow(3)]).toEqual([true, false])
  })

  it('grow with changes of factors, not with rows', () => {
    const rows = Array.from({ length: 5_000 }, (_, at): Row => ['A', at, Math.floor(at / 2)])
    const steps = stepsOf(rows)
    expect(steps.span('A')).toEqual([0, 2_500])
    expect([steps.on('A', 4_999), steps.on('A', 2)]).toEqual([2_499, 1])
  })
})
