import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Semaphore } from '../../src/call/semaphore.ts'

const never = new AbortController().signal

describe('Semaphore', () => {
  it('limits concurrency; further calls wait in FIFO order', async () => {
    const semaphore = new Semaphore(2)
    const order: number[] = []
    let going = 0
    let most = 0
    const act = (index: number) => async () => {
      order.push(index)
      most = Math.max(most, ++going)
      await sleep(2)
      going--
    }
    await Promise.all(Array.from({ length: 20 }, (_, index) => semaphore.run(never, act(index))))
    expect(most).toBe(2)
    expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index))
  })

  it('passes a failure on and releases its slot', async () => {
    const semaphore = new Semaphore(1)
    const failing = semaphore.run(never, () => Promise.reject(new Error('no')))
    const next = semaphore.run(never, async () => 'yes')
    await expect(failing).rejects.toThrow('no')
    expect(await next).toBe('yes')
  })

  it('a caller that stops waiting leaves the queue at once', async () => {
    const semaphore = new Semaphore(1)
    const { promise, resolve } = Promise.withResolvers<void>()
    const first = semaphore.run(never, () => promise)
    const leave = new AbortController()
    const second = semaphore.run(leave.signal, async () => 'second')
    const third = semaphore.run(never, async () => 'third')
    leave.abort(new Error('cancelled'))
    await expect(second).rejects.toThrow('cancelled')
    await expect(semaphore.run(AbortSignal.abort(new Error('gone')), async () => 1)).rejects.toThrow('gone')
    resolve()
    await first
    expect(await third).toBe('third')
  })
})
