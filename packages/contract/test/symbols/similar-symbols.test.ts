import { severalSymbols, similarSymbols } from '@stockdb/contract/internal'
import { describe, expect, it } from 'vitest'

describe('similar codes', () => {
  it('are the other notations, likeliest first, never the code itself', () => {
    expect(similarSymbols('000001')[0]).toBe('000001.SZ')
    expect(similarSymbols('000001')).toContain('000001.SH')
    for (const text of ['000001.sz', 'sz000001', 'SZ.000001', '000001.XSHE']) {
      expect(similarSymbols(text)[0]).toBe('000001.SZ')
      expect(similarSymbols(text)).not.toContain('000001.SH')
      expect(similarSymbols(text)).not.toContain(text)
    }
    expect(similarSymbols('600519.SH')).toEqual(
      expect.arrayContaining(['sh600519', 'sh.600519', 'SH600519', '600519', '600519.XSHG']),
    )
    expect(similarSymbols('aapl')).toEqual(['AAPL'])
  })

  it('are several for a text with several codes', () => {
    expect(severalSymbols('000001.SZ,000002.SZ')).toEqual(['000001.SZ', '000002.SZ'])
    expect(severalSymbols('000001.SZ')).toBeUndefined()
    expect(severalSymbols('000001.SZ,')).toBeUndefined()
  })
})
