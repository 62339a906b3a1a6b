import { describe, expect, it } from 'vitest'
import type { Vector } from '../../src/frame/batch.ts'
import { copyPlain, plainValues } from '../../src/frame/values.ts'

const days = (values: Int32Array, validity?: Uint8Array): Vector => ({
  type: 'date',
  values,
  validity,
  nullCount: validity ? 1 : 0,
})

describe('columns of JavaScript values', () => {
  it('have the right dates when there are more distinct ones than are remembered', () => {
    const all = Int32Array.from({ length: 70_000 }, (_, day) => day)
    expect(plainValues(days(all)).slice(-1)).toEqual(['2161-08-26'])
    expect(plainValues(days(Int32Array.of(0, 19_724, 69_999, 0)))).toEqual([
      '1970-01-01',
      '2024-01-02',
      '2161-08-26',
      '1970-01-01',
    ])
  })

  it('keep dates and moments of the same number apart', () => {
    const moments: Vector = { type: 'datetime', values: BigInt64Array.of(1n), validity: undefined, nullCount: 0 }
    expect(plainValues(days(Int32Array.of(1)))).toEqual(['1970-01-02'])
    expect(plainValues(moments)).toEqual(['1970-01-01 00:00:00.001'])
  })

  it('are put together from several vectors, each with its nulls', () => {
    const column = new Array(5).fill('untouched')
    copyPlain(days(Int32Array.of(0, 0), Uint8Array.of(0b01)), column, 1)
    copyPlain({ type: 'text', values: ['a', null], validity: Uint8Array.of(0b01), nullCount: 1 }, column, 3)
    expect(column).toEqual(['untouched', '1970-01-01', null, 'a', null])
  })
})
