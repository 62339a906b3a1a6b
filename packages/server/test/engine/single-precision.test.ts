import { describe, expect, it } from 'vitest'
import { nearestFloat, shortestOf } from '../../src/engine/single-precision.ts'
import { randomFrom } from '../support/random.ts'

/** The shortest decimal with the same four bytes, by trial. */
function byTrying(single: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(single.toPrecision(digits))
    if (Math.fround(short) === single) return short
  }
  throw new Error(`no decimal for ${single}`)
}

describe('shortestOf', () => {
  it('returns numbers of up to six digits as written, whatever their size', () => {
    for (const written of [10.52, 0.1, -3.14, 1e-30, 5e20, 123456, 0.000123456, 99999.9, 7, -0, 0]) {
      expect(shortestOf(Math.fround(written))).toBe(written)
    }
  })

  it('is the shortest decimal with the same four bytes', () => {
    const random = randomFrom(7)
    const single = new Float32Array(1)
    const bits = new Uint32Array(single.buffer)
    for (let count = 0; count < 5_000; count++) {
      bits[0] = random() * 2 ** 32
      const [value = 0] = single
      if (!Number.isFinite(value)) continue
      expect(Math.fround(shortestOf(value))).toBe(value)
      expect(String(shortestOf(value)).length).toBeLessThanOrEqual(String(byTrying(value)).length)
    }
  })

  it('keeps NaN and infinities', () => {
    expect(shortestOf(Number.NaN)).toBeNaN()
  })
})

describe('nearestFloat', () => {
  it('is the nearest FLOAT; a number beyond their range stays, and equals none', () => {
    expect(nearestFloat(10.52)).toBe(10.520000457763672)
    expect(nearestFloat(1e300)).toBe(1e300)
  })
})
