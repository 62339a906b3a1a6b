import { expect, it, onTestFinished, vi } from 'vitest'
import { Kept } from '../../src/execute/kept.ts'

it('the moment at which a value was read is that of the oldest one that the next call may get', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  let load = async (): Promise<number> => 1
  const kept = new Kept(() => load())
  expect(kept.readAt).toBeUndefined()
  const begun = performance.now()
  const first = kept.ifKnown()
  // Who asks now gets what this read finds.
  expect(kept.readAt).toBe(begun)
  await first
  expect(kept.readAt).toBe(begun)
  // A read that fails makes the value no newer.
  vi.advanceTimersByTime(31_000)
  load = async () => {
    throw new Error('away')
  }
  expect(kept.ifKnown()).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect([kept.ifKnown(), kept.readAt]).toEqual([1, begun])
  // One that nobody gets any more counts no longer.
  vi.advanceTimersByTime(20_000)
  expect(kept.readAt).toBeUndefined()
})
