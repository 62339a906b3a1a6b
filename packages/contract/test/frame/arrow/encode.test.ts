import { readFileSync, writeFileSync } from 'node:fs'
import * as flechette from '@uwdata/flechette'
import * as apache from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { millisecondsOf } from '../../../src/dates.ts'
import type { FieldTypeName } from '../../../src/field-types.ts'
import { MessageSplitter } from '../../../src/frame/arrow/decode/message.ts'
import { ArrowFrameEncoder } from '../../../src/frame/arrow/encode/frame.ts'
import { isValid, type Vector } from '../../../src/frame/batch.ts'
import { decoded, plainColumns } from '../decoded.ts'
import { anyFrame, encoded, joined, type WholeFrame } from '../random-frame.ts'

/** One batch of each kind: with nulls, without, with a grown dictionary, empty and last. */
const sample: WholeFrame = {
  header: {
    fields: [
      { name: 'ts_code', type: 'symbol', nullable: false },
      { name: 'trade_date', type: 'date', nullable: false },
      { name: 'close', type: 'float64', nullable: true, unit: 'CNY' },
      { name: 'trades', type: 'int32', nullable: true },
      { name: 'shares', type: 'int64', nullable: true },
      { name: 'halted', type: 'bool', nullable: true },
      { name: 'name', type: 'text', nullable: true },
      { name: 'at', type: 'datetime', nullable: true },
    ],
    meta: {
      dataset: 'sample',
      symbol: 'ts_code',
      date: 'trade_date',
      arguments: { start: '2024-01-02', adjust: 'qfq' },
      adjust: 'qfq',
      anchor: '2024-01-04',
      rule: 'raw × factor ÷ factor at the anchor',
    },
  },
  batches: [
    {
      numRows: 3,
      vectors: [
        { type: 'symbol', values: Int32Array.of(0, 0, 1), dictionary: ['600519.SH', '000001.SZ'], ...none() },
        { type: 'date', values: Int32Array.of(19_724, 19_725, -354_285), ...none() },
        { type: 'float64', values: Float64Array.of(1_685.01, Number.NaN, -0), ...nullAt(1) },
        { type: 'int32', values: Int32Array.of(-(2 ** 31), 2 ** 31 - 1, 0), ...nullAt(2) },
        { type: 'int64', values: BigInt64Array.of(2n ** 53n + 1n, 0n, -(2n ** 63n)), ...nullAt(1) },
        { type: 'bool', values: Uint8Array.of(1, 0, 0), ...nullAt(2) },
        { type: 'text', values: ['贵州茅台', null, ''], ...nullAt(1) },
        {
          type: 'datetime',
          values: BigInt64Array.of(BigInt(millisecondsOf('2024-01-02 09:30:00.250')), -1n, 0n),
          ...nullAt(2),
        },
      ],
    },
    {
      numRows: 2,
      vectors: [
        { type: 'symbol', values: Int32Array.of(2, 1), dictionary: ['600519.SH', '000001.SZ', '430047.BJ'], ...none() },
        { type: 'date', values: Int32Array.of(2_932_896, 0), ...none() },
        { type: 'float64', values: Float64Array.of(5e-324, Number.POSITIVE_INFINITY), ...none() },
        { type: 'int32', values: Int32Array.of(1, 2), ...none() },
        { type: 'int64', values: BigInt64Array.of(1n, 2n), ...none() },
        { type: 'bool', values: Uint8Array.of(0, 1), ...none() },
        { type: 'text', values: ['plain', 'ASCII'], ...none() },
        { type: 'datetime', values: BigInt64Array.of(0n, 1n), ...none() },
      ],
    },
  ],
  trailer: { rows: 5, complete: false },
}

function none(): { validity: undefined; nullCount: 0 } {
  return { validity: undefined, nullCount: 0 }
}

function nullAt(row: number): { validity: Uint8Array; nullCount: 1 } {
  return { validity: Uint8Array.of(0xff & ~(1 << row)), nullCount: 1 }
}

describe('the bytes of a frame', () => {
  const file = new URL('../../golden/sample.arrow', import.meta.url)
  const bytes = joined(encoded(sample))
  // Regenerate and review the file only together with a change of the wire version.
  if (process.env.STOCKDB_UPDATE_GOLDEN) writeFileSync(file, bytes)
  const golden = new Uint8Array(readFileSync(file))

  it('equal the golden file', () => {
    expect(Buffer.from(bytes).equals(golden)).toBe(true)
  })

  it('decode from the golden file to the original values', () => {
    const frame = decoded([golden])
    expect(frame.header).toEqual(sample.header)
    expect(frame.trailer).toEqual(sample.trailer)
    expect(frame.ended).toBe(true)
    expect(plainColumns(frame.batches)).toEqual([
      ['600519.SH', '600519.SH', '000001.SZ', '430047.BJ', '000001.SZ'],
      ['2024-01-02', '2024-01-03', '1000-01-01', '9999-12-31', '1970-01-01'],
      [1_685.01, Number.NaN, -0, 5e-324, Number.POSITIVE_INFINITY],
      [-2147483648, 2147483647, null, 1, 2],
      [9007199254740993n, null, -9223372036854775808n, 1n, 2n],
      [true, false, null, false, true],
      ['贵州茅台', null, '', 'plain', 'ASCII'],
      ['2024-01-02 09:30:00.250', '1969-12-31 23:59:59.999', null, '1970-01-01 00:00:00', '1970-01-01 00:00:00.001'],
    ])
  })

  it('are aligned to 8 bytes, message by message', () => {
    const messages = [...new MessageSplitter().push(bytes)]
    // A schema, two batches, and the dictionary before each of them.
    expect(messages).toHaveLength(5)
    for (const { metadata, body } of messages) expect([metadata.length % 8, body.length % 8]).toEqual([0, 0])
  })

  it('repeat a dictionary only when it has grown', () => {
    const [first, second] = sample.batches
    if (!first || !second) throw new Error('the sample has two batches')
    const encoder = new ArrowFrameEncoder(sample.header)
    const lengthOf = (parts: Uint8Array[]): number => parts.reduce((sum, part) => sum + part.length, 0)
    encoder.chunk({ batch: first })
    const grown = lengthOf(encoder.chunk({ batch: second }))
    const same = lengthOf(encoder.chunk({ batch: second }))
    expect(same).toBeLessThan(grown)
  })

  it('are the same for two interleaved answers of one shape', () => {
    const [one, other] = [new ArrowFrameEncoder(sample.header), new ArrowFrameEncoder(sample.header)]
    const parts = sample.batches.map((batch, index) => {
      const chunk = index === 1 ? { batch, trailer: sample.trailer } : { batch }
      return [one.chunk(chunk), other.chunk(chunk)] as const
    })
    expect(Buffer.from(joined(parts.flatMap(([own]) => own))).equals(bytes)).toBe(true)
    expect(Buffer.from(joined(parts.flatMap(([, own]) => own))).equals(bytes)).toBe(true)
  })
})

/** What other Arrow readers should see: dates and times in milliseconds, nulls as null. */
function foreignColumns({ header, batches }: WholeFrame): unknown[][] {
  return header.fields.map((_, index) =>
    batches.flatMap(({ numRows, vectors }) => {
      const vector = vectors[index] as Vector
      return Array.from({ length: numRows }, (_, row) => (isValid(vector, row) ? foreignValue(vector, row) : null))
    }),
  )
}

function foreignValue(vector: Vector, row: number): unknown {
  switch (vector.type) {
    case 'date':
      return (vector.values[row] as number) * 86_400_000
    case 'datetime':
      return Number(vector.values[row])
    case 'bool':
      return vector.values[row] === 1
    case 'symbol':
      return vector.dictionary[vector.values[row] as number]
    default:
      return vector.values[row]
  }
}

/** A byte order mark is part of the text; both readers drop it, ours does not. */
const hasByteOrderMark = (frame: WholeFrame): boolean =>
  frame.batches.some(({ vectors }) =>
    vectors.some((vector) =>
      (vector.type === 'text' ? vector.values : vector.type === 'symbol' ? vector.dictionary : []).some((text) =>
        text?.startsWith('\ufeff'),
      ),
    ),
  )

const readable = anyFrame.filter((frame) => !hasByteOrderMark(frame))

describe('another Arrow reader', () => {
  const arrowTypes: Record<FieldTypeName, string> = {
    text: 'Utf8',
    symbol: 'Dictionary<Int32, Utf8>',
    date: 'Date32<DAY>',
    datetime: 'Timestamp<MILLISECOND>',
    float64: 'Float64',
    int32: 'Int32',
    int64: 'Int64',
    bool: 'Bool',
  }

  it('sees the same values: apache-arrow', () => {
    fc.assert(
      fc.property(readable, (frame) => {
        const table = apache.tableFromIPC(joined(encoded(frame)))
        expect(table.numRows).toBe(frame.trailer.rows)
        expect(table.schema.fields.map(({ name }) => name)).toEqual(frame.header.fields.map(({ name }) => name))
        const columns = frame.header.fields.map((_, index) => Array.from(table.getChildAt(index) ?? []))
        expect(columns).toEqual(foreignColumns(frame))
      }),
    )
  })

  it('sees the same values: flechette', () => {
    fc.assert(
      fc.property(readable, (frame) => {
        const table = flechette.tableFromIPC(joined(encoded(frame)), { useBigInt: true })
        expect(table.numRows).toBe(frame.trailer.rows)
        const columns = frame.header.fields.map((_, index) => Array.from(table.getChildAt(index)))
        expect(columns).toEqual(foreignColumns(frame))
      }),
    )
  })

  it('sees types, units and metadata of the frame', () => {
    const { schema, batches } = apache.tableFromIPC(joined(encoded(sample)))
    expect(schema.fields.map(({ type }) => String(type))).toEqual(
      sample.header.fields.map(({ type }) => arrowTypes[type]),
    )
    expect(schema.fields.map(({ nullable }) => nullable)).toEqual(sample.header.fields.map(({ nullable }) => nullable))
    expect(schema.fields[2]?.metadata.get('stockdb.unit')).toBe('CNY')
    expect(schema.fields[0]?.metadata.get('stockdb.type')).toBe('symbol')
    expect(batches).toHaveLength(sample.batches.length)
  })

  it('sees a broken stream if the answer was aborted', async () => {
    const encoder = new ArrowFrameEncoder(sample.header)
    const [batch] = sample.batches
    if (!batch) throw new Error('the sample has batches')
    const bytes = joined([
      ...encoder.chunk({ batch }),
      ...encoder.error({ code: 'DATABASE_INTERRUPTED', message: 'aborted', requestId: 'r-1' }),
    ])
    // No end marker: these readers notice because the connection drops before the body ends.
    expect([...bytes.subarray(-8)]).not.toEqual([255, 255, 255, 255, 0, 0, 0, 0])
    expect(apache.tableFromIPC(bytes).numRows).toBe(batch.numRows)
  })
})
