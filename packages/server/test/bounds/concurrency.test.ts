import { describe, expect, it } from 'vitest'
import { Concurrency } from '../../src/bounds/concurrency.ts'

const CALL_MS = 0.35
const REFUSAL_MS = 0.045
/** What the event loop does in a turn besides. */
const REST_MS = 0.3

/** Runs turns in which so many calls arrive per millisecond of the turn before, and returns the last ones. */
function run(concurrency: Concurrency, arrivalsPerMs: number, turns: number): { ms: number; admitted: number }[] {
  const done: { ms: number; admitted: number }[] = []
  let ms = 1
  for (let turn = 0; turn < turns; turn++) {
    const arrived = Math.round(ms * arrivalsPerMs)
    const admitted = Math.min(arrived, concurrency.value)
    ms = admitted * CALL_MS + (arrived - admitted) * REFUSAL_MS + REST_MS
    concurrency.adapt({ ms, admitted, refused: arrived - admitted })
    done.push({ ms, admitted })
  }
  return done.slice(turns / 2)
}
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

describe('concurrency under overload', () => {
  it('is all of it as long as turns are short: the database is the limit', () => {
    const concurrency = new Concurrency(10)
    for (let turn = 0; turn < 100; turn++) concurrency.adapt({ ms: 1, admitted: 1, refused: 3 })
    expect(concurrency.value).toBe(10)
  })

  it('shrinks where the processor is the limit, so that turns are short, and as many calls are answered', () => {
    const turns = run(new Concurrency(10), 10, 400)
    expect(mean(turns.map(({ ms }) => ms))).toBeLessThan(4.5)
    // Without refusals of 0.045 ms for each of the others, it could answer 1 / 0.35 in a millisecond.
    const perMs = mean(turns.map(({ admitted }) => admitted)) / mean(turns.map(({ ms }) => ms))
    expect(perMs).toBeGreaterThan(0.8 * ((1 - 10 * REFUSAL_MS) / (CALL_MS - REFUSAL_MS)))
  })

  it('never shrinks to less than two fifths, or to nothing', () => {
    const least = (most: number): number => {
      const concurrency = new Concurrency(most)
      for (let turn = 0; turn < 100; turn++) concurrency.adapt({ ms: 50, admitted: most, refused: 0 })
      return concurrency.value
    }
    expect([10, 4, 2, 1].map(least)).toEqual([4, 2, 1, 1])
  })

  it('stays where refusals are what makes turns long', () => {
    const concurrency = new Concurrency(10)
    for (let turn = 0; turn < 100; turn++) concurrency.adapt({ ms: 25, admitted: 10, refused: 400 })
    expect(concurrency.value).toBe(10)
  })

  it('is back at once when there is no overload', () => {
    const concurrency = new Concurrency(10)
    for (let turn = 0; turn < 100; turn++) concurrency.adapt({ ms: 50, admitted: 10, refused: 0 })
    concurrency.reset()
    expect(concurrency.value).toBe(10)
  })
})
