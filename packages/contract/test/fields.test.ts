import { describe, expect, it } from 'vitest'
import { type FieldType, type FieldTypeName, fieldTypes } from '../src/field-types.ts'
import { date, float64, text } from '../src/fields.ts'

/** Texts that a type accepts, with their values, and texts that it refuses. */
const cells: Record<FieldTypeName, { read: [string, unknown][]; refused: string[] }> = {
  text: {
    read: [
      ['平安银行', '平安银行'],
      ['', ''],
      [' a b ', ' a b '],
    ],
    refused: [],
  },
  symbol: {
    read: [
      ['600519.SH', '600519.SH'],
      ['~', '~'],
      ['A'.repeat(32), 'A'.repeat(32)],
    ],
    refused: ['', 'A B', '600519.SH\n', '６００５１９', 'A'.repeat(33), 'é', '\u0000'],
  },
  date: { read: [['20240229', '2024-02-29']], refused: ['', '2023-02-29', '45000', '2024-02-29 00:00:00'] },
  datetime: {
    read: [['20240229 09:30', '2024-02-29 09:30:00']],
    refused: ['', '2024-02-29', '2024-02-29 09:30:00Z'],
  },
  float64: {
    read: [
      ['10.52', 10.52],
      ['-0', -0],
      ['-0.0', -0],
      ['1e3', 1000],
      ['+.5', 0.5],
      ['5.', 5],
      ['5e-324', 5e-324],
      ['1.7976931348623157e308', Number.MAX_VALUE],
      ['0.1', 0.1],
      ['9007199254740993', 9007199254740992],
    ],
    refused: ['', ' ', '.', 'e5', '1e', '1,000', '0x10', 'NaN', 'Infinity', '-inf', '1e400', '1 ', '١', '1_000', '--1'],
  },
  int32: {
    read: [
      ['-2147483648', -2147483648],
      ['2147483647', 2147483647],
      ['+7', 7],
      ['7.0', 7],
      ['7.', 7],
      ['007', 7],
      ['-0', 0],
    ],
    refused: ['', '2147483648', '-2147483649', '7.5', '1e3', '0x7', 'seven', ' 7', '7.0.0'],
  },
  int64: {
    read: [
      ['9223372036854775807', 2n ** 63n - 1n],
      ['-9223372036854775808', -(2n ** 63n)],
      ['9007199254740993', 2n ** 53n + 1n],
      ['+1.00', 1n],
    ],
    refused: ['', '9223372036854775808', '-9223372036854775809', '1.5', '1e3', '1n'],
  },
  bool: {
    read: [
      ['0', false],
      ['1', true],
      ['true', true],
      ['False', false],
    ],
    refused: ['', '2', 'yes', 'TRUE', ' 1', 'toString'],
  },
}

/** JSON values that a type accepts, with what they become, and values that it refuses. */
const values: Record<FieldTypeName, { taken: [unknown, unknown][]; refused: unknown[] }> = {
  text: { taken: [['', '']], refused: [1, null, true, ['a']] },
  symbol: { taken: [['000001.SZ', '000001.SZ']], refused: ['', 'A B', 1, null] },
  date: {
    taken: [
      ['2024-02-29', '2024-02-29'],
      ['20240229', '2024-02-29'],
    ],
    refused: [20240229, '2023-02-29', null, {}],
  },
  datetime: { taken: [['20240229 09:30', '2024-02-29 09:30:00']], refused: ['2024-02-29', 0, null] },
  float64: {
    taken: [
      [-0, -0],
      [5e-324, 5e-324],
    ],
    refused: ['1', null, Number.NaN, Number.POSITIVE_INFINITY, 1n],
  },
  int32: { taken: [[-2147483648, -2147483648]], refused: [2147483648, 1.5, '1', null] },
  int64: {
    taken: [
      [7, 7n],
      [Number.MAX_SAFE_INTEGER, 9007199254740991n],
      ['9223372036854775807', 2n ** 63n - 1n],
    ],
    // JSON rounds 2^53 + 1 to 2^53: beyond the safe integers only text is exact.
    refused: [2 ** 53, 1.5, '9223372036854775808', null, true],
  },
  bool: {
    taken: [
      [true, true],
      [false, false],
    ],
    refused: [1, 0, 'true', null],
  },
}

describe.each(Object.keys(fieldTypes) as FieldTypeName[])('a field of type %s', (name) => {
  const type: FieldType<unknown> = fieldTypes[name]

  it('reads the text of a cell', () => {
    for (const [text, value] of cells[name].read) expect(type.read(text), text).toBe(value)
  })

  it('refuses any other text', () => {
    for (const text of cells[name].refused) expect(type.read(text), JSON.stringify(text)).toBeUndefined()
  })

  it('takes its values from JSON, in the form that engines store', () => {
    for (const [value, stored] of values[name].taken) expect(type.fromJson(value)).toBe(stored)
  })

  it('refuses any other JSON value', () => {
    for (const value of values[name].refused) expect(type.fromJson(value), String(value)).toBeUndefined()
  })

  it('describes the expected input and the type in frames', () => {
    for (const words of [type.expected, type.arrow, type.javascript]) expect(words).not.toBe('')
  })
})

describe('the declaration of a field', () => {
  it('is nullable by default', () => {
    expect(date('Day')).toEqual({ type: 'date', nullable: true, description: 'Day' })
    expect(date.required('Day')).toEqual({ type: 'date', nullable: false, description: 'Day' })
  })

  it('keeps unit and length', () => {
    expect(float64('Price', { unit: 'CNY' }).unit).toBe('CNY')
    expect(text.required('Name', { length: 64 }).length).toBe(64)
  })
})
