import { describe, expect, it } from 'vitest'
import { measureTypes } from '../../../bench/types/measure.ts'

/** Twice the count at the time of writing; it is the same on every machine. */
const MOST_INSTANTIATIONS = 150_000

describe('checking the types of a script', () => {
  it('that uses every part of the client over the whole catalogue stays cheap', { timeout: 60_000 }, () => {
    expect(measureTypes('whole-client.ts').instantiations).toBeLessThan(MOST_INSTANTIATIONS)
  })

  it('costs almost nothing if it only calls datasets', { timeout: 60_000 }, () => {
    expect(measureTypes('connects.ts').instantiations).toBeLessThan(5_000)
  })
})
