import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Turns } from '../src/turns.ts'

const never = new AbortController().signal

describe('turns', () => {
  it('lets so many go at once, and the others in the order of their coming', async () => {
    const turns = new Turns(2)
    const order: number[] = []
    let going = 0
    let most = 0
    const act = (index: number) => async () => {
      order.push(index)
      most = Math.max(most, ++going)
      await sleep(2)
      going--
    }
    await Promise.all(Array.from({ length: 20 }, (_, index) => turns.take(never, act(index))))
    expect(most).toBe(2)
    expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index))
  })

  it('passes failures on and goes on after them', async () => {
    const turns = new Turns(1)
    const failing = turns.take(never, () => Promise.reject(new Error('no')))
    const next = turns.take(never, async () => 'yes')
    await expect(failing).rejects.toThrow('no')
    expect(await next).toBe('yes')
  })

  it('who stops waiting is out of it at once', async () => {
    const turns = new Turns(1)
    const { promise, resolve } = Promise.withResolvers<void>()
    const first = turns.take(never, () => promise)
    const leave = new AbortController()
    const second = turns.take(leave.signal, async () => 'second')
    const third = turns.take(never, async () => 'third')
    leave.abort(new Error('I leave'))
    await expect(second).rejects.toThrow('I leave')
    await expect(turns.take(AbortSignal.abort(new Error('gone')), async () => 1)).rejects.toThrow('gone')
    resolve()
    await first
    expect(await third).toBe('third')
  })
})
