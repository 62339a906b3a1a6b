import { isDeepStrictEqual } from 'node:util'
import { StockdbError } from '@stockdb/contract/wire'
import { describe, expect, it } from 'vitest'
import { recordings } from '../../../support/answers/recordings.ts'
import { type Replayed, replay } from '../../../support/answers/replay.ts'
import { randomFrom } from '../../../support/random.ts'
import { times } from '../../../support/scale.ts'

const PLACES = times(300, Number.POSITIVE_INFINITY)

describe.each(recordings())('$title', ({ of, recording }) => {
  const bytes = Buffer.from(recording.bytes, 'base64')
  const expected: Replayed = of.errno === undefined ? { rows: of.rows } : { errno: of.errno }
  const expectSame = (found: Replayed, where: string): void => {
    // What `expect` does takes longer than the reading.
    if (!isDeepStrictEqual(found, expected)) expect(found, where).toEqual(expected)
  }

  it('is read as what it says, in one piece and byte by byte, row by row too', () => {
    const each = [...bytes].map((byte) => Buffer.of(byte))
    expect(replay(of, recording, [bytes])).toEqual(expected)
    expectSame(replay(of, recording, [bytes], true), 'row by row')
    expectSame(replay(of, recording, each), 'byte by byte')
    expectSame(replay(of, recording, each, true), 'byte by byte and row by row')
  })

  it('is read as what it says, cut at any byte; before the last one it is no answer yet', () => {
    for (const at of placesIn(bytes.length)) {
      expectSame(replay(of, recording, [bytes.subarray(0, at), bytes.subarray(at)], at % 2 === 0), `cut at ${at}`)
      const part = replay(of, recording, [bytes.subarray(0, at)])
      if (Object.keys(part).length > 0) expect(part, `the first ${at} bytes`).toEqual({})
    }
  })

  it('is read as what it says, in pieces of any size', () => {
    const random = randomFrom(1)
    for (let round = 0; round < times(20, 500); round++) {
      const longest = 1 + Math.floor(random() * 200)
      const pieces: Buffer[] = []
      for (let at = 0; at < bytes.length; ) {
        const end = at + 1 + Math.floor(random() * longest)
        pieces.push(bytes.subarray(at, end))
        at = end
      }
      expectSame(replay(of, recording, pieces, round % 2 === 0), `round ${round}`)
    }
  })

  it('with a bit flipped ends in a typed error or lacks bytes, unless the bit is that of a value or defines a column', () => {
    for (const place of placesIn(bytes.length * 8)) {
      const flipped = Buffer.from(bytes)
      flipped[place >> 3] = (flipped[place >> 3] as number) ^ (1 << (place & 7))
      const where = `bit ${place & 7} of byte ${place >> 3}`
      const found = resultOf(() => replay(of, recording, [flipped]))
      if (found instanceof Error) {
        if (!(found instanceof StockdbError)) expect(found, where).toBeInstanceOf(StockdbError)
      } else if (found.rows && !(of.errno === undefined && changedColumns(found.rows, of.rows) <= 1)) {
        expect(found, where).toEqual(expected)
      }
    }
  })
})

/** All places of something, or some of them: its first and last ones, and others by chance. */
function placesIn(length: number): number[] {
  if (length <= PLACES) return Array.from({ length }, (_, at) => at)
  const random = randomFrom(length)
  const ends = Array.from({ length: PLACES / 3 }, (_, at) => at)
  return [...ends, ...ends.map((at) => length - 1 - at), ...ends.map(() => Math.floor(random() * length))]
}

function resultOf<Result>(act: () => Result): Result | Error {
  try {
    return act()
  } catch (error) {
    return error as Error
  }
}

/** In how many columns values are other ones; infinitely many if there are not as many rows. */
function changedColumns(found: readonly (readonly unknown[])[], expected: readonly (readonly unknown[])[]): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY
  const isChanged = (row: readonly unknown[], at: number, index: number): boolean =>
    !Object.is(row[index], expected[at]?.[index])
  return (expected[0] ?? []).filter((_, index) => found.some((row, at) => isChanged(row, at, index))).length
}
