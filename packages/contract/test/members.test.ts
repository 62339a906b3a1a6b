import { describe, expect, it } from 'vitest'
import type { Dataset } from '../src/dataset.ts'
import { date, float64, symbol } from '../src/fields.ts'
import { memberDataset, membersAmong, membersWithin } from '../src/members.ts'
import { checkServed } from '../src/rules/check-served.ts'

const bars: Dataset = {
  ...{ name: 'bars', description: 'Bars', managed: false, key: ['code', 'day'], symbol: 'code', date: 'day' },
  fields: { code: symbol.required('Code'), day: date.required('Day'), close: float64('Close') },
}
const among = (pattern: string, names: readonly string[], notation?: 'as-named' | 'joinquant') =>
  membersAmong({ ...bars, tables: notation ? { pattern, notation } : { pattern } }, names)

describe('tables of a dataset with several', () => {
  it('say their symbol in any notation, and others are no tables of it', () => {
    const names = ['sz000001', 'SH600519', '000002_SZ', '830799', 'stock_basic', '999999x']
    expect(among('{symbol}', names)).toEqual([
      { table: 'sz000001', symbol: '000001.SZ' },
      { table: '000002_SZ', symbol: '000002.SZ' },
      { table: 'SH600519', symbol: '600519.SH' },
      { table: '830799', symbol: '830799.BJ' },
    ])
    expect(among('bars_{symbol}', ['bars_sz000001'], 'joinquant')).toMatchObject([{ symbol: '000001.XSHE' }])
    expect(among('us_{symbol}', ['us_AAPL', "us_A'"], 'as-named')).toEqual([{ table: 'us_AAPL', symbol: 'AAPL' }])
  })

  it('say their dates, to the day', () => {
    expect(among('d_{year}', ['d_2024', 'd_2023', 'd_20240', 'D_2022'])).toEqual([
      { table: 'd_2023', from: '2023-01-01', to: '2023-12-31' },
      { table: 'd_2024', from: '2024-01-01', to: '2024-12-31' },
    ])
    expect(among('d_{year}{month}', ['d_202402', 'd_202413'])).toEqual([
      { table: 'd_202402', from: '2024-02-01', to: '2024-02-29' },
    ])
    expect(among('Daily bars.{year}-(a)', ['Daily bars.2024-(a)', 'Daily barsx2024-(a)'])).toMatchObject([
      { from: '2024-01-01' },
    ])
    expect(among('{symbol}_{year}', ['600519_2024'])).toMatchObject([{ symbol: '600519.SH', from: '2024-01-01' }])
  })

  it('are chosen by symbols and dates', () => {
    const members = among('{symbol}_{year}', ['600519_2023', '600519_2024', '000001_2024'])
    const chosen = (bounds: Parameters<typeof membersWithin>[1]) =>
      membersWithin(members, bounds).map(({ table }) => table)
    expect(chosen({})).toHaveLength(3)
    expect(chosen({ symbols: ['600519.SH'], start: '2024-01-01' })).toEqual(['600519_2024'])
    expect(chosen({ end: '2023-12-31 15:00:00' })).toEqual(['600519_2023'])
    expect(chosen({ symbols: [] })).toEqual([])
  })

  it('are datasets without what their names say', () => {
    const dataset: Dataset = { ...bars, tables: { pattern: '{symbol}' } }
    const one = memberDataset(dataset, { table: 'sz000001', symbol: '000001.SZ' })
    expect(one).toMatchObject({ table: 'sz000001', key: ['day'], date: 'day' })
    expect(Object.keys(one.fields)).toEqual(['day', 'close'])
    expect([one.symbol, one.tables]).toEqual([undefined, undefined])
  })

  it.each<[string, Partial<Dataset>, RegExp]>([
    [
      'names that say nothing',
      { tables: { pattern: 'daily' } },
      /pattern: got daily; expected \{symbol\}, or \{year\}/,
    ],
    ['an unknown part', { tables: { pattern: '{code}' } }, /pattern: got \{code\}; expected \{symbol\}, or/],
    ['a month without a year', { tables: { pattern: 'd_{month}' } }, /pattern: got d_\{month\}; expected/],
    ['an unknown option', { tables: { pattern: '{symbol}', patern: '' } as never }, /has no option "patern"; expected/],
    [
      'a check of a field that is not there',
      { checks: [{ field: 'high', atLeast: 'close' }] },
      /checks names the field high/,
    ],
    ['managed tables', { managed: true, tables: { pattern: '{symbol}' } }, /requires managed: false/],
    ['writable tables', { writable: true, tables: { pattern: '{symbol}' } }, /excludes writable/],
    ['a table besides', { table: 'd', tables: { pattern: '{symbol}' } }, /tables excludes table/],
    ['a wide field that is not there', { wide: { pattern: '{symbol}', field: 'open' } }, /names the field open/],
  ])('refuses %s', (_, options, message) => {
    expect(() => checkServed({ ...bars, ...options })).toThrow(message)
  })
})
