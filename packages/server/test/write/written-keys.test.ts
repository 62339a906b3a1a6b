import type { StoredValue } from '@stockdb/contract/internal'
import { describe, expect, it } from 'vitest'
import { WrittenKeys } from '../../src/write/written-keys.ts'

type Row = readonly StoredValue[]

const [DAYS, SYMBOLS] = [40, 500]
const day = (n: number): string => new Date(Date.UTC(2020, 0, 1 + n)).toISOString().slice(0, 10)
const code = (n: number): string => `${String(n).padStart(6, '0')}.SZ`
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
const byDay = numbers(DAYS).flatMap((d) => numbers(SYMBOLS).map((s): Row => [code(s), 1.5, day(d)]))
const bySymbol = numbers(SYMBOLS).flatMap((s) => numbers(DAYS).map((d): Row => [code(s), 1.5, day(DAYS - d)]))
// 7,919 is a prime that does not divide their number.
const shuffled = byDay.map((_, at) => byDay[(at * 7_919) % byDay.length] as Row)

/** The rows with an earlier one of the same key, as pairs, by the keys and by comparing them all. */
async function repeated(rows: readonly Row[], key: readonly number[] = [0, 2], maxBytes = 2 ** 30) {
  const keys = new WrittenKeys(key, maxBytes)
  const found: [number, number][] = []
  const wanted: [number, number][] = []
  const seen = new Map<string, number>()
  for (const [at, row] of rows.entries()) {
    const number = at + 1
    if (keys.arePacked && keys.breaksOrder(row)) await keys.unpack()
    const earlier = keys.add(row, number)
    if (earlier !== undefined) found.push([number, earlier])
    const text = JSON.stringify(key.map((place) => row[place]))
    const before = seen.get(text)
    if (before === undefined) seen.set(text, number)
    else wanted.push([number, before])
  }
  return { found, wanted, keys }
}

describe('the keys of a write', () => {
  it.each([
    ['by day and symbol', byDay],
    ['by symbol, and the last day first', bySymbol],
    ['backwards', byDay.toReversed()],
  ])('in order, %s, make no set, and take a few bytes a row', async (_, rows) => {
    const { found, keys } = await repeated(rows)
    expect(found).toEqual([])
    expect(keys.arePacked).toBe(true)
    expect(keys.bytes).toBeLessThan(4 * rows.length)
  })

  it.each([
    ['in order', byDay],
    ['by symbol, and the last day first', bySymbol],
    ['in none', shuffled],
  ])('invariant 5: are found again, however far apart, in rows %s', async (_, rows) => {
    const again = [0, 1, 4_095, 4_096, 9_999, rows.length - 1].map((at) => rows[at] as Row)
    const { found, wanted } = await repeated([...rows, ...again, ...again])
    expect(wanted).toHaveLength(12)
    expect(found).toEqual(wanted)
    // Somewhere in the middle, and the next row too.
    const within = [...rows.slice(0, 15_000), rows[7] as Row, ...rows.slice(15_000), rows[15_000] as Row]
    const middle = await repeated(within)
    expect(middle.found).toEqual([
      [15_001, 8],
      [rows.length + 2, 15_002],
    ])
    expect(middle.wanted).toEqual(middle.found)
    expect((await repeated([rows[0] as Row, rows[0] as Row])).found).toEqual([[2, 1]])
  })

  it('finds nothing where all differ and the order breaks', async () => {
    const files = [...byDay.slice(10_000), ...byDay.slice(0, 10_000), ['A', 1.5, day(3)] as Row]
    for (const rows of [files, shuffled, [...bySymbol.slice(9_990), ...bySymbol.slice(0, 9_990)]])
      expect((await repeated(rows)).found).toEqual([])
  })

  it('of few values, in every order, are found as by comparing them all', async () => {
    let random = 1
    const next = (below: number): number => {
      random = (random * 48_271) % 2_147_483_647
      return random % below
    }
    const values: readonly (readonly StoredValue[])[] = [
      ['', 'a', 'b', 'B', 'ab', null],
      [-1, 0, 2, 10, null],
      [1n, 2n, 10n],
    ]
    for (let round = 0; round < 400; round++) {
      const width = 1 + next(3)
      const key = [0, 1, 2].slice(0, width)
      const rows = numbers(1 + next(12)).map((): Row => values.map((of) => of[next(of.length)] as StoredValue))
      const sorted = rows.map((row) => row.map((value) => (typeof value === 'bigint' ? Number(value) : value)))
      sorted.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
      for (const some of [sorted, [...sorted, sorted[0] as Row]]) {
        const { found, wanted } = await repeated(some, key)
        expect(found, JSON.stringify(some)).toEqual(wanted)
      }
    }
  })

  it('invariant 9: have a limit of memory, which those in order do not reach', async () => {
    const most = 100_000
    await expect(repeated(shuffled, [0, 2], most)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' })
    await expect(repeated([...byDay, byDay[0] as Row], [0, 2], most)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' })
    expect((await repeated(byDay, [0, 2], most)).keys.bytes).toBeLessThan(most)
  })
})
