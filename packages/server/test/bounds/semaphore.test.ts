import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Semaphore, type SemaphoreOptions } from '../../src/bounds/semaphore.ts'

const options: SemaphoreOptions = { limit: 2, queueLength: 3, queueWaitMs: 5_000, queueBurstMs: 50, what: 'a chair' }
const never = new AbortController().signal

/** Acquires a permit and records the order of grants in `order`. */
const enter = (slots: Semaphore, order: string[], name: string, signal = never): Promise<void> =>
  slots.acquire(signal).then(() => void order.push(name))

describe('slots', () => {
  it('are granted up to their number, then in FIFO order', async () => {
    const slots = new Semaphore(options)
    const order: string[] = []
    const all = ['a', 'b', 'c', 'd', 'e'].map((name) => enter(slots, order, name))
    await sleep(1)
    expect(order).toEqual(['a', 'b'])
    expect([slots.inUse, slots.waiting]).toEqual([2, 3])
    for (let round = 0; round < 5; round++) {
      slots.release()
      await sleep(1)
    }
    await Promise.all(all)
    expect(order).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect([slots.inUse, slots.waiting]).toEqual([0, 0])
  })

  it('a cancelled waiter leaves the queue at once, from any position', async () => {
    for (const place of [0, 1, 2]) {
      const slots = new Semaphore(options)
      const order: string[] = []
      await Promise.all([enter(slots, order, 'a'), enter(slots, order, 'b')])
      const leaves = ['c', 'd', 'e'].map(() => new AbortController())
      const waits = ['c', 'd', 'e'].map((name, index) => enter(slots, order, name, leaves[index]?.signal))
      leaves[place]?.abort(new Error('I leave'))
      await expect(waits[place]).rejects.toThrow('I leave')
      expect(slots.waiting).toBe(2)
      for (let round = 0; round < 4; round++) slots.release()
      await Promise.all(waits.filter((_, index) => index !== place))
      expect(order.slice(2)).toEqual(['c', 'd', 'e'].filter((_, index) => index !== place))
      expect([slots.inUse, slots.waiting]).toEqual([0, 0])
    }
  })

  it('are refused at once if the queue is full, or the signal is already aborted', async () => {
    const slots = new Semaphore({ ...options, queueLength: 0 })
    await slots.acquire(never)
    await slots.acquire(never)
    await expect(slots.acquire(never)).rejects.toMatchObject({ code: 'OVERLOADED', message: /too many .* a chair/ })
    await expect(slots.acquire(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone')
    expect([slots.inUse, slots.waiting]).toEqual([2, 0])
  })

  it('are not waited for longer than the limit', async () => {
    const slots = new Semaphore({ ...options, queueWaitMs: 20 })
    await slots.acquire(never)
    await slots.acquire(never)
    await expect(slots.acquire(never)).rejects.toMatchObject({ code: 'OVERLOADED', message: /20 ms/ })
    expect(slots.waiting).toBe(0)
  })

  it('are refused to new calls when the queue is standing, not during a short burst', async () => {
    const slots = new Semaphore({ ...options, queueLength: 100 })
    const waits = Array.from({ length: 10 }, () => slots.acquire(never).catch(({ code }) => code))
    expect([slots.waiting, slots.shedLoad()]).toEqual([8, undefined])
    await sleep(70)
    expect(slots.shedLoad()).toBeGreaterThanOrEqual(100)
    // The oldest of those already waiting are refused as well.
    expect(slots.waiting).toBe(2)
    for (let round = 0; round < 3; round++) slots.release()
    expect([slots.waiting, slots.shedLoad()]).toEqual([0, undefined])
    slots.release()
    expect((await Promise.all(waits)).filter((code) => code === 'OVERLOADED')).toHaveLength(6)
    expect(slots.inUse).toBe(0)
  })

  it('go to callers in turns, however many each asks for', async () => {
    const slots = new Semaphore({ ...options, queueLength: 100 })
    const order: string[] = []
    const come = (caller: string) => slots.acquire(never, caller).then(() => void order.push(caller))
    const waits = ['a', 'a', 'a', 'a', 'a', 'b', 'c', 'b'].map(come)
    for (let round = 0; round < 8; round++) {
      await sleep(1)
      slots.release()
    }
    await Promise.all(waits)
    expect(order).toEqual(['a', 'a', 'a', 'b', 'c', 'a', 'b', 'a'])
    expect([slots.inUse, slots.waiting]).toEqual([0, 0])
  })

  it('if shared, reserve the last one for a caller without any, and go first to the caller with the fewest', async () => {
    const slots = new Semaphore({ ...options, limit: 3, queueLength: 100, shared: true })
    const order: string[] = []
    const come = (caller: string) => slots.acquire(never, caller).then(() => void order.push(caller))
    const waits = ['a', 'a', 'a', 'a'].map(come)
    await sleep(1)
    expect([slots.inUse, slots.waiting]).toEqual([2, 2])
    waits.push(come('b'))
    await sleep(1)
    expect([order.join(''), slots.inUse]).toEqual(['aab', 3])
    waits.push(come('b'), come('c'))
    slots.release('a')
    await sleep(1)
    expect(order.join('')).toBe('aabc')
    slots.release('b')
    await sleep(1)
    expect(order.join('')).toBe('aabcb')
    for (const caller of ['a', 'b', 'c']) slots.release(caller)
    await sleep(1)
    for (const caller of ['a', 'a']) slots.release(caller)
    await Promise.all(waits)
    expect([order.join(''), slots.inUse, slots.waiting]).toEqual(['aabcbaa', 0, 0])
  })

  it('if shared, are open to any caller when there is only one', async () => {
    const slots = new Semaphore({ ...options, limit: 1, shared: true })
    await slots.acquire(never, 'a')
    const second = slots.acquire(never, 'a')
    slots.release('a')
    await second
    expect(slots.inUse).toBe(1)
  })

  it('under overload are used up to the number that is worth it, with a queue no longer than that', async () => {
    const slots = new Semaphore({ ...options, limit: 10, queueLength: 100, queueBurstMs: 5 })
    expect(slots.shedLoad(3)).toBeUndefined()
    const waits = Array.from({ length: 21 }, () => slots.acquire(never).catch(() => 'refused'))
    await sleep(10)
    // The queue stands, so there is overload; those that would wait too long are refused.
    expect([slots.shedLoad(10), slots.overloaded, slots.waiting]).toEqual([100, true, 10])
    expect([slots.shedLoad(3), slots.waiting]).toEqual([100, 3])
    for (let round = 0; round < 8; round++) slots.release()
    await Promise.all(waits)
    expect([slots.inUse, slots.waiting]).toEqual([5, 0])
    // Room for three, and for three that wait.
    expect(slots.shedLoad(3)).toBeUndefined()
    await slots.acquire(never)
    expect(slots.shedLoad(3)).toBe(100)
    expect(slots.shedLoad(10)).toBeUndefined()
  })
})
