import { describe, expect, it } from 'vitest'
import { InProgress } from '../../src/bounds/in-progress.ts'

describe('what is in progress', () => {
  it('is kept in the order of its beginning, whichever ends first', () => {
    const running = new InProgress<string>()
    for (const name of ['a', 'b', 'c', 'd']) running.add(name)
    expect([running.delete('b'), running.delete('b'), running.delete('d')]).toEqual([true, false, true])
    expect([...running]).toEqual(['a', 'c'])
    expect([running.size, running.first]).toEqual([2, 'a'])
    running.add('b')
    running.delete('a')
    expect([...running]).toEqual(['c', 'b'])
  })

  it('has nothing first when it is empty', () => {
    const running = new InProgress<string>()
    expect([running.size, running.first, [...running]]).toEqual([0, undefined, []])
  })

  it('may end while somebody looks through it', () => {
    const running = new InProgress<number>()
    for (let call = 0; call < 5; call++) running.add(call)
    const seen: number[] = []
    for (const call of running) {
      running.delete(call)
      seen.push(call)
    }
    expect(seen).toEqual([0, 1, 2, 3, 4])
    expect(running.size).toBe(0)
  })
})
