import { describe, expect, it } from 'vitest'
import { parseDateArgument } from '../src/date-argument.ts'

describe('a date as an argument', () => {
  it.each([
    ['2024-12-01', '2024-12-01'],
    ['20241201', '2024-12-01'],
    ['2024/12/01', '2024-12-01'],
    ['2024/2/9', '2024-02-09'],
    ['2024-2-9', '2024-02-09'],
    // new Date('2024-12-01'), and midnight of a computer in China.
    ['2024-12-01T00:00:00.000Z', '2024-12-01'],
    ['2024-11-30T16:00:00.000Z', '2024-12-01'],
  ])('%s is %s', (text, iso) => {
    expect(parseDateArgument(text)).toBe(iso)
  })

  it.each([
    ['2024-12', '2024-12-01', '2024-12-31'],
    ['2024-02', '2024-02-01', '2024-02-29'],
    ['2023/2', '2023-02-01', '2023-02-28'],
    ['9999-12', '9999-12-01', '9999-12-31'],
  ])('the month %s is %s at the start of a range and %s at its end', (text, first, last) => {
    expect(parseDateArgument(text, 'first')).toBe(first)
    expect(parseDateArgument(text, 'last')).toBe(last)
    expect(parseDateArgument(text)).toBeUndefined()
  })

  it.each([
    ...[
      '2024',
      '202412',
      '2024-13',
      '2024/2/30',
      '01/02/2024',
      '2024-1/2',
      '2024-12-01T09:30:00.000Z',
      '',
      '2024-12-01x',
    ],
    ...['2024-02-30T00:00:00.000Z', '0999/1/1'],
  ])('"%s" is invalid', (text) => {
    expect(parseDateArgument(text, 'first')).toBeUndefined()
  })
})
