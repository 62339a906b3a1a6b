import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type SlotOptions, Slots } from '../../src/bounds/slots.ts'

const options: SlotOptions = { limit: 2, queueLength: 3, queueWaitMs: 5_000, queueBurstMs: 50, what: 'a chair' }
const never = new AbortController().signal

/** Acquires and tells in `order` who came through. */
const enter = (slots: Slots, order: string[], name: string, signal = never): Promise<void> =>
  slots.acquire(signal).then(() => void order.push(name))

describe('slots', () => {
  it('are given to as many as there are, then in the order of coming', async () => {
    const slots = new Slots(options)
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

  it('who leaves while waiting leaves the queue at once, from any place in it', async () => {
    for (const place of [0, 1, 2]) {
      const slots = new Slots(options)
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

  it('refuse at once when the queue is full, and when the signal has fired already', async () => {
    const slots = new Slots({ ...options, queueLength: 0 })
    await slots.acquire(never)
    await slots.acquire(never)
    await expect(slots.acquire(never)).rejects.toMatchObject({ code: 'OVERLOADED', message: /too many .* a chair/ })
    await expect(slots.acquire(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone')
    expect([slots.inUse, slots.waiting]).toEqual([2, 0])
  })

  it('let nobody wait longer than the limit', async () => {
    const slots = new Slots({ ...options, queueWaitMs: 20 })
    await slots.acquire(never)
    await slots.acquire(never)
    await expect(slots.acquire(never)).rejects.toMatchObject({ code: 'OVERLOADED', message: /20 ms/ })
    expect(slots.waiting).toBe(0)
  })

  it('are congested when the queue stands, not when it is a burst that passes', async () => {
    const slots = new Slots({ ...options, queueLength: 100 })
    const order: string[] = []
    const waits = Array.from({ length: 10 }, (_, index) => enter(slots, order, String(index)))
    expect([slots.waiting, slots.congested]).toEqual([8, false])
    await sleep(70)
    expect(slots.congested).toBe(true)
    for (let round = 0; round < 7; round++) slots.release()
    // One waiter, fewer than there are slots: whoever comes now does not wait long.
    expect([slots.waiting, slots.congested]).toEqual([1, false])
    for (let round = 0; round < 3; round++) slots.release()
    await Promise.all(waits)
    const again = Array.from({ length: 10 }, () => slots.acquire(never))
    expect([slots.waiting, slots.congested]).toEqual([8, false])
    for (let round = 0; round < 10; round++) slots.release()
    await Promise.all(again)
  })
})
