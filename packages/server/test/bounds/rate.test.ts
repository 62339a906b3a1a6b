import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Rate } from '../../src/bounds/rate.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'Date'] }))
afterEach(() => void vi.useRealTimers())

it("limits each caller's calls per second, and says when the next may be made", () => {
  const rate = new Rate(3)
  expect([rate.take('a', 2), rate.take('a', 1)]).toEqual([undefined, undefined])
  vi.advanceTimersByTime(400)
  expect(rate.take('a', 1)).toBe(600)
  expect(rate.take('b', 3)).toBeUndefined()
  vi.advanceTimersByTime(600)
  expect(rate.take('a', 3)).toBeUndefined()
})

it('is not affected by changes of the wall clock', () => {
  const rate = new Rate(1)
  vi.setSystemTime(0)
  expect(rate.take('a', 1)).toBeUndefined()
  vi.setSystemTime(10_000_000)
  expect(rate.take('a', 1)).toBe(1_000)
})
