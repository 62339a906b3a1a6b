import { describe, expect, it } from 'vitest'
import { measureTypes } from '../../../bench/types/measure.ts'

/** Twice what it was when this was written; the count is the same on every machine. */
const MOST_INSTANTIATIONS = 150_000

describe('checking the types of a script', () => {
  it('with every part of the client over the whole catalogue stays cheap', { timeout: 60_000 }, () => {
    expect(measureTypes('whole-client.ts').instantiations).toBeLessThan(MOST_INSTANTIATIONS)
  })

  it('costs next to nothing where only datasets are asked', { timeout: 60_000 }, () => {
    expect(measureTypes('connects.ts').instantiations).toBeLessThan(5_000)
  })
})
