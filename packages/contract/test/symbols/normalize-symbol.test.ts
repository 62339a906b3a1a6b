import { normalizeSymbol } from '@stockdb/contract'
import { describe, expect, it } from 'vitest'

const written = {
  tushare: ['000001.SZ', '600519.SH', '830799.BJ'],
  wind: ['000001.SZ', '600519.SH', '830799.BJ'],
  joinquant: ['000001.XSHE', '600519.XSHG', '830799.BJSE'],
  baostock: ['sz.000001', 'sh.600519', 'bj.830799'],
  akshare: ['sz000001', 'sh600519', 'bj830799'],
  vnpy: ['000001.SZSE', '600519.SSE', '830799.BSE'],
} as const

describe('normalizeSymbol', () => {
  it('reads every notation and writes every other one', () => {
    for (const codes of Object.values(written)) {
      for (const [to, expected] of Object.entries(written))
        expect(codes.map((code) => normalizeSymbol(code, { to: to as keyof typeof written }))).toEqual(expected)
      expect(codes.map((code) => normalizeSymbol(code))).toEqual(written.tushare)
    }
  })

  it('reads codes in any case, with exchange prefix or suffix, with spaces around', () => {
    for (const text of ['000001.sz', 'SZ000001', 'SZ.000001', '000001SZ', ' 000001.xshe ', '000001'])
      expect(normalizeSymbol(text)).toBe('000001.SZ')
  })

  it('takes six bare digits for a stock', () => {
    const codes = ['600519', '688981', '900901', '000001', '200002', '300750', '430047', '830799', '920002']
    expect(codes.map((code) => normalizeSymbol(code).slice(7))).toEqual([
      'SH',
      'SH',
      'SH',
      'SZ',
      'SZ',
      'SZ',
      'BJ',
      'BJ',
      'BJ',
    ])
    expect(normalizeSymbol('000001.SH')).toBe('000001.SH')
  })

  it('refuses invalid codes and unknown notations', () => {
    for (const text of [
      '',
      '1',
      '00001',
      '0000001',
      '500000x',
      '510300',
      '000001.US',
      'AAPL',
      '000001.SZ,000002.SZ',
      1,
    ])
      expect(() => normalizeSymbol(text as string)).toThrow(
        expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringContaining('symbol: got ') }),
      )
    expect(() => normalizeSymbol('000001.SZ', { to: 'x' as never })).toThrow(/to: got "x"; expected one of tushare/)
  })
})
