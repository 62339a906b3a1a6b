import { expect, it } from 'vitest'
import { type Turn, Turns } from '../../src/bounds/turns.ts'

it('a turn lasts from its first call to the end of the turn, and counts its calls', () => {
  const turns: Turn[] = []
  const ends: (() => void)[] = []
  let now = 100
  const clock = new Turns(
    (turn) => turns.push(turn),
    (act) => ends.push(act),
    () => now,
  )
  clock.arrived()
  now = 103
  clock.arrived()
  clock.refused()
  clock.arrived()
  now = 107
  expect([ends.length, turns]).toEqual([1, []])
  ends[0]?.()
  now = 200
  clock.arrived()
  now = 201
  ends[1]?.()
  expect(turns).toEqual([
    { ms: 7, admitted: 2, refused: 1 },
    { ms: 1, admitted: 1, refused: 0 },
  ])
})
