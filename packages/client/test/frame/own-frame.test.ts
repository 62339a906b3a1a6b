import { Frame } from '@stockdb/client'
import { tableFromIPC } from 'apache-arrow'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { makeFrame } from '../../src/frame/frame.ts'
import { sampleBatch, sampleHeader } from '../support/sample-frame.ts'

const frame = Frame.from(
  {
    code: ['B', 'A', 'A', 'C'],
    day: ['2024-01-03', '2024-01-02', '2024-01-03', '2024-01-02'],
    price: [2, Number.NaN, null, -0],
    shares: [2n ** 60n, null, 1n, -1n],
    count: Int32Array.of(4, 3, 2, 1),
    note: ['x', '', null, 'a,"b"\n'],
    held: [true, false, null, true],
  },
  { symbol: 'code', date: 'day', units: { price: 'CNY' } },
)

describe('a frame of your own columns', () => {
  it('has them in the types of an answer', () => {
    expect({ ...frame.columns }).toEqual({
      code: ['B', 'A', 'A', 'C'],
      day: ['2024-01-03', '2024-01-02', '2024-01-03', '2024-01-02'],
      price: Float64Array.of(2, Number.NaN, Number.NaN, -0),
      shares: [2n ** 60n, null, 1n, -1n],
      count: Int32Array.of(4, 3, 2, 1),
      note: ['x', '', null, 'a,"b"\n'],
      held: [true, false, null, true],
    })
    expect(frame.meta).toMatchObject({ dataset: 'frame', rows: 4, complete: true })
    expectTypeOf(frame.columns.price).toEqualTypeOf<Float64Array>()
    expectTypeOf(frame.columns.count).toEqualTypeOf<Int32Array>()
    expectTypeOf(frame.columns.shares).toEqualTypeOf<(bigint | null)[]>()
    expectTypeOf(frame.columns.code).toEqualTypeOf<string[]>()
    expectTypeOf(frame.columns.note).toEqualTypeOf<(string | null)[]>()
    // @ts-expect-error there is no such column
    expect(frame.columns.missing).toBeUndefined()
  })

  it('reads dates in both forms, with and without a time', () => {
    const days = (day: (string | null)[]) => Frame.from({ day }, { date: 'day' }).columns.day
    expect(days(['20240229', null])).toEqual(['2024-02-29', null])
    expect(days(['2024-02-29', '2024-03-01 09:30:00.250'])).toEqual(['2024-02-29 00:00:00', '2024-03-01 09:30:00.250'])
    expect(() => days(['2024-02-30'])).toThrow('day[0]: got "2024-02-30"; expected a date as YYYY-MM-DD or YYYYMMDD')
  })

  it('refuses columns that do not fit', () => {
    expect(() => Frame.from({ a: [1], b: [1, 2] })).toThrow(new RangeError('b: got 2 values; expected 1, as a has'))
    expect(() => Frame.from({ a: [1, 'x'] as never })).toThrow(new TypeError('a[1]: got "x"; expected number'))
    expect(() => Frame.from({ a: [{}] as never })).toThrow(/a\[0\]: got \[object Object\]; expected text, a number/)
    expect(() => Frame.from({ a: [1] }, { symbol: 'b' as never })).toThrow('symbol: got "b"; expected a column: a')
  })

  it('has what an answer has: rows, a pivot, Arrow', () => {
    expect(frame.rows()[1]).toEqual({
      code: 'A',
      day: '2024-01-02',
      price: Number.NaN,
      shares: null,
      count: 3,
      note: '',
      held: false,
    })
    expect(frame.pivot('count').values).toEqual([Float64Array.of(3, Number.NaN, 1), Float64Array.of(2, 4, Number.NaN)])
    expect(frame.toArrow().getChild('shares')?.toArray()).toEqual([2n ** 60n, null, 1n, -1n])
  })
})

describe('a column named __proto__', () => {
  it('is a property of each row like any other', () => {
    const columns: Record<string, (number | null)[]> = JSON.parse('{ "a": [1], "__proto__": [2] }')
    const [row] = Frame.from(columns).rows()
    expect(Object.entries(row ?? {})).toEqual([
      ['a', 1],
      ['__proto__', 2],
    ])
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype)
  })
})

describe('chosen rows', () => {
  it('are the first and the last', () => {
    expect([...frame.head(2).columns.count]).toEqual([4, 3])
    expect([...frame.tail(3).columns.count]).toEqual([3, 2, 1])
    expect(frame.head(0).numRows).toBe(0)
    expect(frame.tail(9)).toBe(frame)
    expect(() => frame.head(-1)).toThrow(new RangeError('count: got -1; expected a whole number, 0 or more'))
  })

  it('are those that meet a condition', () => {
    const some = frame.filter(({ code }, row) => code === 'A' || row === 3)
    expect({ ...some.columns }).toEqual({
      code: ['A', 'A', 'C'],
      day: ['2024-01-02', '2024-01-03', '2024-01-02'],
      price: Float64Array.of(Number.NaN, Number.NaN, -0),
      shares: [null, 1n, -1n],
      count: Int32Array.of(3, 2, 1),
      note: ['', null, 'a,"b"\n'],
      held: [false, null, true],
    })
  })

  it('know that they are not the whole answer', () => {
    expect(frame.head(2).meta).toMatchObject({ rows: 2, complete: false })
    expect(frame.filter(({ count }) => count > 2).meta).toMatchObject({ rows: 2, complete: true })
    const meta = { rows: 2, complete: true, coverage: { symbols: { expected: 1, found: 1, missing: [] } } as never }
    const answer = makeFrame(sampleHeader, [sampleBatch], meta)
    expect(answer.meta.coverage).toBeDefined()
    expect(answer.head(1).meta.coverage).toBeUndefined()
  })

  it('come from all batches of an answer, whose dictionaries grow', () => {
    const grown = {
      numRows: 2,
      vectors: sampleBatch.vectors.map((vector) =>
        vector.type === 'symbol'
          ? { ...vector, values: Int32Array.of(1, 0), dictionary: [...vector.dictionary, '000858.SZ'] }
          : vector,
      ),
    }
    const answer = makeFrame(sampleHeader, [sampleBatch, grown], { rows: 4, complete: true })
    expect(answer.tail(3).columns).toMatchObject({ ts_code: ['600519.SH', '000858.SZ', '600519.SH'] })
    const sorted = answer.sortBy(['ts_code', 'close'] as never[], { descending: true })
    expect(sorted.columns).toMatchObject({
      ts_code: ['600519.SH', '600519.SH', '600519.SH', '000858.SZ'],
      close: Float64Array.of(1_694, 1_694, 1_685, 1_685),
    })
    expect(sorted.meta).toMatchObject({ rows: 4, complete: true })
  })

  it('are one object after the other', () => {
    expect([...frame]).toEqual(frame.rows())
    for (const { count, note } of frame) {
      expectTypeOf(count).toEqualTypeOf<number>()
      expectTypeOf(note).toEqualTypeOf<string | null>()
    }
  })
})

describe('sorted rows', () => {
  it('are in the order of a column, with null and NaN last in both directions', () => {
    expect(frame.sortBy('price').columns.code).toEqual(['C', 'B', 'A', 'A'])
    expect(frame.sortBy('price', { descending: true }).columns.code).toEqual(['B', 'C', 'A', 'A'])
    expect(frame.sortBy('shares').columns.shares).toEqual([-1n, 1n, 2n ** 60n, null])
  })

  it('are in the order of several columns; equal rows keep theirs', () => {
    expect([...frame.sortBy(['day', 'code']).columns.count]).toEqual([3, 1, 2, 4])
    expect([...frame.sortBy('day').columns.count]).toEqual([3, 1, 4, 2])
    expect(() => frame.sortBy('missing' as never)).toThrow(
      /names: got "missing"; expected a column of the frame: code, day/,
    )
  })
})

describe('the description of a frame', () => {
  it('has a row for each column', () => {
    const described = Frame.from({ price: [1, 2, 3, 4, null], code: ['b', 'a', 'c', 'a', 'b'] }).describe()
    expect(described.rows()).toEqual([
      {
        field: 'price',
        type: 'float64',
        count: 4,
        nulls: 1,
        mean: 2.5,
        std: Math.sqrt(5 / 3),
        min: 1,
        q25: 1.75,
        median: 2.5,
        q75: 3.25,
        max: 4,
        first: null,
        last: null,
      },
      {
        field: 'code',
        type: 'text',
        count: 5,
        nulls: 0,
        mean: NaN,
        std: NaN,
        min: NaN,
        q25: NaN,
        median: NaN,
        q75: NaN,
        max: NaN,
        first: 'a',
        last: 'c',
      },
    ])
  })
})

describe('a frame as CSV', () => {
  it('has exact numbers, empty cells for null and NaN, and quotes where they are needed', () => {
    expect(frame.toCSV()).toBe(
      [
        'code,day,price,shares,count,note,held',
        'B,2024-01-03,2,1152921504606846976,4,x,true',
        'A,2024-01-02,,,3,"",false',
        'A,2024-01-03,,1,2,,',
        'C,2024-01-02,-0,-1,1,"a,""b""\n",true',
        '',
      ].join('\n'),
    )
    expect(Frame.from({ n: [0.1 + 0.2, 1e21, 5e-324] }).toCSV()).toBe('n\n0.30000000000000004\n1e+21\n5e-324\n')
  })

  it('has no empty line, which readers would skip', () => {
    expect(Frame.from({ n: [1, null, 3] }).toCSV()).toBe('n\n1\n""\n3\n')
    expect(Frame.from({ n: [] as number[] }).toCSV()).toBe('n\n')
  })
})

describe('a frame as an Arrow stream', () => {
  it('is read by apache-arrow with its types, nulls and units', () => {
    const table = tableFromIPC(frame.toIPC())
    expect(table.numRows).toBe(4)
    expect(table.schema.fields.map(({ name, type }) => `${name}: ${type}`)).toEqual([
      'code: Dictionary<Int32, Utf8>',
      'day: Date32<DAY>',
      'price: Float64',
      'shares: Int64',
      'count: Int32',
      'note: Utf8',
      'held: Bool',
    ])
    expect([...(table.getChild('code') ?? [])]).toEqual(['B', 'A', 'A', 'C'])
    expect([...(table.getChild('price') ?? [])]).toEqual([2, null, null, -0])
    expect([...(table.getChild('note') ?? [])]).toEqual(['x', '', null, 'a,"b"\n'])
    expect(Object.fromEntries(table.schema.fields[2]?.metadata ?? [])).toMatchObject({ 'stockdb.unit': 'CNY' })
  })
})
