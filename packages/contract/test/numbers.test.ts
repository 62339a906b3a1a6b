import { describe, expect, it } from 'vitest'
import { parseDecimal, parseWhole } from '../src/numbers.ts'

describe('parseDecimal', () => {
  it.each([
    '0',
    '-0',
    '10.52',
    '.5',
    '5.',
    '+1',
    '-12.50',
    '1e3',
    '1.5E-7',
    '123456789012345678',
    '0.1234567890123456789',
    '0e-400',
    '-0.00000000000000000000',
    '5e-324',
  ])('reads %s as the nearest double', (text) => {
    expect(parseDecimal(text)).toBe(Number(text))
  })

  it.each([
    '',
    ' ',
    ' 1',
    '1 ',
    '0x10',
    '0b11',
    '0o7',
    'Infinity',
    '-Infinity',
    'NaN',
    '1e999',
    '1e-400',
    '-0.5e-323000',
    `0.${'0'.repeat(400)}1`,
    '1,5',
    '1_0',
    '.',
    '-',
    '1.2.3',
    '１',
  ])('does not take %j for a number', (text) => {
    expect(parseDecimal(text)).toBeUndefined()
  })

  it('rounds numbers with any number of digits only once', () => {
    for (const text of ['9007199254740993.5', '999999999999999.9', '9999999999999.999', '0.30000000000000004']) {
      expect(parseDecimal(text)).toBe(Number(text))
    }
  })
})

describe('parseWhole', () => {
  it('reads integers of any size, and allows zeros after the point', () => {
    expect(['12', '-3', '+4', '100.0', '7.', '9223372036854775808'].map(parseWhole)).toEqual([
      ...[12n, -3n, 4n, 100n, 7n, 9223372036854775808n],
    ])
  })

  it.each(['', ' ', '0x10', '0b11', '1.5', '1e3', 'Infinity', '1,000'])('does not take %j for an integer', (text) => {
    expect(parseWhole(text)).toBeUndefined()
  })
})
