import { isValid } from '@stockdb/contract/wire'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { floatVector, nullsOf } from '../../src/execute/nulls.ts'

it('every NaN is a null, and no bit stands behind the last row', () => {
  const numbers = fc.array(fc.constantFrom(Number.NaN, 0, -1, Number.POSITIVE_INFINITY), { maxLength: 40 })
  fc.assert(
    fc.property(numbers, (given) => {
      const vector = floatVector(Float64Array.from(given))
      expect(given.map((_, row) => isValid(vector, row))).toEqual(given.map((value) => !Number.isNaN(value)))
      const { validity, nullCount } = nullsOf(Float64Array.from(given))
      expect(nullCount).toBe(given.filter(Number.isNaN).length)
      if (nullCount === 0) {
        expect(validity).toBeUndefined()
        return
      }
      const bits = Array.from(validity ?? [], (byte) => [...byte.toString(2)].filter((bit) => bit === '1').length)
      expect(bits.reduce((sum, count) => sum + count, 0)).toBe(given.length - nullCount)
      expect(validity?.length).toBe(Math.ceil(given.length / 8))
    }),
  )
})
