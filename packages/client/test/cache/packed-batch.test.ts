import type { Batch } from '@stockdb/contract/wire'
import { expect, it } from 'vitest'
import { pack, unpack } from '../../src/cache/packed-batch.ts'

/** Three rows, so that no column but those of 8 bytes a value ends at a multiple of 8. */
const batchOfEveryType = (): Batch => ({
  numRows: 3,
  vectors: [
    { type: 'bool', values: Uint8Array.of(1, 0, 1), validity: Uint8Array.of(0b101), nullCount: 1 },
    { type: 'float64', values: Float64Array.of(0.1, Number.NaN, -0), validity: Uint8Array.of(0b101), nullCount: 1 },
    { type: 'int32', values: Int32Array.of(-1, 2, 2 ** 31 - 1), validity: undefined, nullCount: 0 },
    { type: 'int64', values: BigInt64Array.of(-1n, 2n ** 62n, 0n), validity: undefined, nullCount: 0 },
    { type: 'date', values: Int32Array.of(19_724, 0, -1), validity: undefined, nullCount: 0 },
    { type: 'datetime', values: BigInt64Array.of(1n, 2n, 3n), validity: undefined, nullCount: 0 },
    { type: 'symbol', values: Int32Array.of(0, 1, 0), dictionary: ['A', 'B'], validity: undefined, nullCount: 0 },
    { type: 'text', values: ['a', null, ''], validity: Uint8Array.of(0b101), nullCount: 1 },
  ],
})

it('a batch comes back as it was kept', () => {
  expect(unpack(pack(batchOfEveryType()))).toEqual(batchOfEveryType())
})

it('changes of a batch that was kept or given do not reach the others', () => {
  const kept = batchOfEveryType()
  const packed = pack(kept)
  const given = unpack(packed)
  for (const { vectors } of [kept, given]) {
    for (const { values, validity } of vectors) {
      ;(values as unknown[]).fill(typeof values[0] === 'bigint' ? 9n : 9)
      validity?.fill(0)
    }
  }
  expect(unpack(packed)).toEqual(batchOfEveryType())
})

it('a part of a longer array is kept without the rest', () => {
  const values = new Float64Array(1_000).subarray(3, 5)
  const packed = pack({ numRows: 2, vectors: [{ type: 'float64', values, validity: undefined, nullCount: 0 }] })
  expect(packed.memory.byteLength).toBe(16)
})
