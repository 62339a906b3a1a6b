import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  dateOf,
  datetimeOf,
  daysOf,
  FIRST_DATE,
  LAST_DATE,
  millisecondsOf,
  parseDate,
  parseDatetime,
} from '../src/dates.ts'

const [firstDay, lastDay] = [daysOf(FIRST_DATE), daysOf(LAST_DATE)]
const [firstMs, lastMs] = [millisecondsOf(`${FIRST_DATE} 00:00:00`), millisecondsOf(`${LAST_DATE} 23:59:59.999`)]

describe('parseDate', () => {
  it.each([
    ['2024-02-29', '2024-02-29'],
    ['20240229', '2024-02-29'],
    ['2000-02-29', '2000-02-29'],
    ['1000-01-01', '1000-01-01'],
    ['99991231', '9999-12-31'],
    ['1969-12-31', '1969-12-31'],
  ])('reads %s', (text, iso) => {
    expect(parseDate(text)).toBe(iso)
  })

  it.each(['2023-02-29', '1900-02-29', '20230431', '2023-13-01', '2023-00-10', '2023-01-00', '2023-01-32'])(
    'refuses %s, which is not a calendar day',
    (text) => {
      expect(parseDate(text)).toBeUndefined()
    },
  )

  it.each([
    '',
    '2023',
    '2023-1-1',
    '2023-0101',
    '202301-01',
    '2023/01/01',
    '01-01-2023',
    '2023-01-01 ',
    ' 2023-01-01',
    '2023-01-01\n',
    '20230101\n',
    '2023-01-01T00:00:00Z',
    '+2023-01-01',
    '12023-01-01',
    '２０２３０１０１',
    '0999-12-31',
    '0000-00-00',
    'today',
  ])('refuses %j, an unknown format', (text) => {
    expect(parseDate(text)).toBeUndefined()
  })

  it('reads both forms of every day from the first to the last', () => {
    fc.assert(
      fc.property(fc.integer({ min: firstDay, max: lastDay }), (days) => {
        const iso = dateOf(days)
        expect(parseDate(iso)).toBe(iso)
        expect(parseDate(iso.replaceAll('-', ''))).toBe(iso)
        expect(daysOf(iso)).toBe(days)
      }),
    )
  })
})

describe('parseDatetime', () => {
  it.each([
    ['2024-02-29 09:30:00', '2024-02-29 09:30:00'],
    ['2024-02-29T09:30:00', '2024-02-29 09:30:00'],
    ['20240229 09:30', '2024-02-29 09:30:00'],
    ['2024-02-29 23:59:59.999', '2024-02-29 23:59:59.999'],
    ['2024-02-29 09:30:00.5', '2024-02-29 09:30:00.500'],
    ['2024-02-29 09:30:00.120000', '2024-02-29 09:30:00.120'],
    ['2024-02-29 09:30:00.000', '2024-02-29 09:30:00'],
    ['1000-01-01 00:00:00', '1000-01-01 00:00:00'],
    ['9999-12-31 23:59:59.999', '9999-12-31 23:59:59.999'],
  ])('reads %s', (text, canonical) => {
    expect(parseDatetime(text)).toBe(canonical)
  })

  it.each([
    '2024-02-29',
    '2024-02-29 ',
    '2024-02-29 24:00:00',
    '2024-02-29 09:60:00',
    '2024-02-29 23:59:60',
    '2024-02-30 09:30:00',
    '2024-0229 09:30:00',
    '2024-02-29 9:30:00',
    '2024-02-29 09:30:00.1234',
    '2024-02-29 09:30:00.',
    '2024-02-29 09:30.5',
    '2024-02-29 09:30:00Z',
    '2024-02-29 09:30:00+08:00',
    '2024-02-29  09:30:00',
    '2024-02-29 09:30:00\n',
    '0999-12-31 23:59:59',
  ])('refuses %j', (text) => {
    expect(parseDatetime(text)).toBeUndefined()
  })

  it('reads every millisecond from the first to the last, as datetimeOf writes it', () => {
    fc.assert(
      fc.property(fc.integer({ min: firstMs, max: lastMs }), (ms) => {
        const canonical = datetimeOf(ms)
        expect(parseDatetime(canonical)).toBe(canonical)
        expect(millisecondsOf(canonical)).toBe(ms)
      }),
    )
  })
})

describe('dates as numbers', () => {
  it('count days and milliseconds from 1970-01-01, backwards too', () => {
    expect(daysOf('1970-01-01')).toBe(0)
    expect(daysOf('1969-12-31')).toBe(-1)
    expect(dateOf(-1)).toBe('1969-12-31')
    expect(daysOf('2000-03-01')).toBe(11_017)
    expect(millisecondsOf('1969-12-31 23:59:59.999')).toBe(-1)
    expect(datetimeOf(-1)).toBe('1969-12-31 23:59:59.999')
  })

  it('ignore time zones: a 23-hour day somewhere is still one day', () => {
    const zone = process.env.TZ
    try {
      process.env.TZ = 'America/New_York'
      expect(daysOf('2024-03-11') - daysOf('2024-03-10')).toBe(1)
      expect(dateOf(daysOf('2024-03-10'))).toBe('2024-03-10')
      expect(millisecondsOf('2024-03-10 02:30:00')).toBe(Date.UTC(2024, 2, 10, 2, 30))
    } finally {
      if (zone === undefined) delete process.env.TZ
      else process.env.TZ = zone
    }
  })
})
