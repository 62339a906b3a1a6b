import type { OnDuplicate } from '@stockdb/contract'
import type { Batch, Vector } from '@stockdb/contract/wire'
import { describe, expect, it } from 'vitest'
import { Repeats } from '../../../src/execute/repeats/repeats.ts'

type Row = readonly [code: string, day: number, value: number | null, note: string | null]

const columns = [
  { name: 'code', type: 'symbol' },
  { name: 'day', type: 'date' },
  { name: 'value', type: 'float64' },
  { name: 'note', type: 'text' },
] as const

/** Batches of rows; codes are numbered in order of appearance. */
function batches(...all: readonly (readonly Row[])[]): Batch[] {
  const dictionary: string[] = []
  return all.map((rows) => {
    const codes = rows.map(([code]) => {
      if (!dictionary.includes(code)) dictionary.push(code)
      return dictionary.indexOf(code)
    })
    const whole = { validity: undefined, nullCount: 0 }
    const validity = Uint8Array.of(0)
    rows.forEach(([, , value], row) => {
      if (value !== null) validity[0] = (validity[0] ?? 0) | (1 << row)
    })
    const vectors: Vector[] = [
      { type: 'symbol', values: Int32Array.from(codes), dictionary: [...dictionary], ...whole },
      { type: 'date', values: Int32Array.from(rows, ([, day]) => day), ...whole },
      {
        type: 'float64',
        values: Float64Array.from(rows, ([, , value]) => value ?? Number.NaN),
        validity,
        nullCount: rows.filter(([, , value]) => value === null).length,
      },
      { type: 'text', values: rows.map(([, , , note]) => note), ...whole },
    ]
    return { numRows: rows.length, vectors }
  })
}

function left(
  onDuplicate: OnDuplicate | undefined,
  given: readonly (readonly Row[])[],
  { key = ['code', 'day'], limit }: { key?: string[]; limit?: number } = {},
): unknown[] {
  const plan = { dataset: 'bars', table: 'bars_table', key, symbol: 'code', onDuplicate }
  const repeats = new Repeats(plan, columns, limit)
  return batches(...given).flatMap((batch) => {
    const { numRows, vectors } = repeats.take(batch)
    return Array.from({ length: numRows }, (_, row) => vectors[2]?.values[row])
  })
}

describe('repeated keys', () => {
  it('are not found in distinct keys, and the batch is passed on unchanged', () => {
    const [batch = { numRows: 0, vectors: [] }] = batches([
      ['A', 1, 1, null],
      ['A', 2, 1, null],
      ['B', 2, 1, null],
    ])
    const plan = { dataset: 'bars', table: 'bars', key: ['code', 'day'], symbol: 'code' }
    expect(new Repeats(plan, columns).take(batch)).toBe(batch)
  })

  it('are errors that name the key, also across batches', () => {
    const error = expect.objectContaining({
      code: 'DUPLICATE_KEY',
      message:
        'bars: its table bars_table has several rows of the key code A, day 1970-01-03; expected one: delete the repeats, or declare onDuplicate',
    })
    const [first, second]: Row[] = [
      ['A', 2, 1, null],
      ['A', 2, 3, null],
    ] as const
    const before: Row = ['A', 1, 9, null]
    expect(() => left(undefined, [[before, first as Row, second as Row]])).toThrow(error)
    expect(() => left(undefined, [[before, first as Row], [second as Row]])).toThrow(error)
    expect(() => left(undefined, [[before, first as Row], [], [second as Row]])).toThrow(error)
  })

  it('beyond a limit do not affect the answer', () => {
    const rows: Row[] = [
      ['A', 1, 1, null],
      ['A', 2, 1, null],
      ['A', 2, 1, null],
    ]
    expect(left(undefined, [rows], { limit: 2 })).toEqual([1, 1, 1])
    expect(() => left(undefined, [rows], { limit: 3 })).toThrow()
    expect(left(undefined, [rows.slice(0, 1), rows.slice(1)], { limit: 2 })).toEqual([1, 1, 1])
  })

  it('treat null as equal to null only', () => {
    const key = ['code', 'day', 'note']
    expect(() =>
      left(
        undefined,
        [
          [
            ['A', 1, 1, null],
            ['A', 1, 2, null],
          ],
        ],
        { key },
      ),
    ).toThrow('note null')
    expect(
      left(
        undefined,
        [
          [
            ['A', 1, 1, null],
            ['A', 1, 2, 'null'],
          ],
        ],
        { key },
      ),
    ).toEqual([1, 2])
    const byValue = ['code', 'day', 'value']
    expect(
      left(
        'identical',
        [
          [
            ['A', 1, null, 'x'],
            ['A', 1, null, 'x'],
          ],
        ],
        { key: byValue },
      ),
    ).toEqual([Number.NaN])
  })

  it('with equal columns are one row, if the dataset declares that', () => {
    const copies: Row[] = [
      ['A', 1, 1, 'x'],
      ['A', 1, 1, 'x'],
      ['A', 1, 1, 'x'],
      ['A', 2, 2, 'y'],
    ]
    expect(left('identical', [copies, copies.slice(3)])).toEqual([1, 2])
    expect(left('identical', [copies.slice(0, 1), copies.slice(1)])).toEqual([1, 2])
    expect(() =>
      left('identical', [
        [
          ['A', 1, 1, 'x'],
          ['A', 1, 1, 'y'],
        ],
      ]),
    ).toThrow('they differ, so they are not copies')
    expect(() =>
      left('identical', [
        [
          ['A', 1, 0, 'x'],
          ['A', 1, -0, 'x'],
        ],
      ]),
    ).toThrow('they differ')
  })

  it('keep the first row by the declared order, unless different rows tie', () => {
    const keep = { keep: 'last', order: 'value' } as const
    expect(
      left(keep, [
        [
          ['A', 1, 5, 'x'],
          ['A', 1, 3, 'y'],
          ['A', 1, 3, 'z'],
          ['A', 2, 1, 'x'],
        ],
      ]),
    ).toEqual([5, 1])
    expect(
      left(keep, [
        [
          ['A', 1, 5, 'x'],
          ['A', 1, 5, 'x'],
        ],
        [
          ['A', 1, 4, 'y'],
          ['A', 2, 1, 'x'],
          ['A', 2, 0, 'z'],
        ],
      ]),
    ).toEqual([5, 1])
    expect(() =>
      left(keep, [
        [
          ['A', 1, 5, 'x'],
          ['A', 1, 5, 'x'],
        ],
        [['A', 1, 5, 'y']],
      ]),
    ).toThrow('they differ but have the same value, which decides between them')
  })

  it('are found if the database interleaves rows of codes that it treats as equal', () => {
    const mixed = (last: Row): (readonly Row[])[] => [
      [
        ['abc', 1, 1, null],
        ['ABC', 1, 2, null],
        ['abc', 2, 3, null],
      ],
      [['ABC', 2, 4, null], last],
    ]
    expect(left(undefined, mixed(['abc', 3, 5, null]))).toEqual([1, 2, 3, 4, 5])
    expect(() => left(undefined, mixed(['abc', 2, 5, null]))).toThrow('code abc, day 1970-01-03')
    expect(() =>
      left(undefined, [
        [
          ['abc', 1, 1, null],
          ['ABC', 1, 2, null],
        ],
        [['abc', 1, 3, null]],
      ]),
    ).toThrow('code abc')
  })
})
