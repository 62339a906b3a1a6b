import { array, assert, constantFrom, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { daysOfMoments } from '../../../src/execute/cells/days-of-moments.ts'
import { DistinctDays } from '../../../src/execute/cells/distinct-days.ts'

const MS_PER_DAY = 86_400_000

describe('a set of days', () => {
  it('counts distinct days, and has the first and the last, in any order of input', () => {
    const days = array(integer({ min: -40_000, max: 40_000 }), { minLength: 1, maxLength: 1_500 })
    assert(
      property(array(days, { minLength: 1, maxLength: 3 }), constantFrom(0, 1, MS_PER_DAY - 1), (batches, ms) => {
        const [byDay, byMoment] = [new DistinctDays(), new DistinctDays()]
        for (const batch of batches) {
          byDay.add(Int32Array.from(batch))
          const moments = BigInt64Array.from(batch, (day) => BigInt(day * MS_PER_DAY + ms))
          byMoment.add(daysOfMoments(moments, new Int32Array(batch.length)))
        }
        const all = batches.flat()
        for (const set of [byDay, byMoment]) {
          expect([set.size, set.first, set.last]).toEqual([new Set(all).size, Math.min(...all), Math.max(...all)])
        }
      }),
      { numRuns: 60 },
    )
  })
})
