import { describe, expect, it } from 'vitest'
import { TurnShare } from '../../src/bounds/turn-share.ts'

/** An event loop whose turns end when the test says so, and whose clock only moves by `work`. */
class Loop {
  now = 0
  readonly share = new TurnShare(
    (act) => this.#ends.push(act),
    () => this.now,
  )
  #ends: (() => void)[] = []

  async endTurn(): Promise<void> {
    const ends = this.#ends
    this.#ends = []
    for (const end of ends) end()
    await new Promise(setImmediate)
  }

  /** An answer with so many batches, each of which takes the milliseconds; it notes when each was worked on. */
  async answer(name: string, batches: number, ms: number, order: string[]): Promise<void> {
    for (let batch = 0; batch < batches; batch++) {
      await this.share.turn()
      this.now += ms
      order.push(name)
    }
  }
}

describe('the share of a turn', () => {
  it('is not spent by little work', async () => {
    const loop = new Loop()
    const order: string[] = []
    await Promise.all(['a', 'b', 'c'].map((name) => loop.answer(name, 1, 2, order)))
    expect(order).toEqual(['a', 'b', 'c'])
  })

  it('once spent, ends the work with rows of this turn; those who wait go on one by one, in order', async () => {
    const loop = new Loop()
    const order: string[] = []
    const all: Promise<void>[] = []
    for (const name of ['a', 'b', 'c']) {
      all.push(loop.answer(name, 2, 11, order))
      // Each has an event of its own in the turn.
      await new Promise(setImmediate)
    }
    const turns = [order.splice(0)]
    while (turns.flat().length < 6) {
      await loop.endTurn()
      turns.push(order.splice(0))
    }
    await Promise.all(all)
    expect(turns).toEqual([['a'], ['a'], ['b'], ['c'], ['b'], ['c']])
  })

  it('is whole again in the next turn', async () => {
    const loop = new Loop()
    expect(loop.share.spent).toBe(false)
    loop.now = 11
    expect(loop.share.spent).toBe(true)
    await loop.endTurn()
    expect(loop.share.spent).toBe(false)
  })
})
