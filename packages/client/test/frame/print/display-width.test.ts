import { describe, expect, it } from 'vitest'
import { displayWidth, fitted, harmless } from '../../../src/frame/print/display-width.ts'

describe('the width of a text', () => {
  it.each([
    ['', 0],
    ['close', 5],
    ['贵州茅台', 8],
    ['万　科Ａ', 8],
    ['ｱｲｳ', 3],
    ['アイウ', 6],
    ['한국', 4],
    ['한', 2],
    ['é', 1],
    ['e\u0301', 1],
    ['（元）', 6],
    ['📈', 2],
    ['👨‍👩‍👧', 2],
    ['❤️', 2],
    ['▲', 1],
    ['×', 1],
  ])('of %o is %i cells', (text, cells) => {
    expect(displayWidth(text)).toBe(cells)
  })
})

describe('a text that is too wide', () => {
  it('is cut between characters, never within one', () => {
    expect(fitted('贵州茅台', 8)).toBe('贵州茅台')
    expect(fitted('贵州茅台', 7)).toBe('贵州茅…')
    expect(fitted('贵州茅台', 6)).toBe('贵州…')
    expect(fitted('👨‍👩‍👧👨‍👩‍👧', 3)).toBe('👨‍👩‍👧…')
    expect(displayWidth(fitted('贵'.repeat(1_000), 32))).toBeLessThanOrEqual(32)
  })
})

describe('a harmless text', () => {
  it('keeps what is read, and spells out what is obeyed', () => {
    expect(harmless('贵州茅台 👨‍👩‍👧 ×')).toBe('贵州茅台 👨‍👩‍👧 ×')
    expect(harmless('a\tb\r\n\u0000\u009b\ud800')).toBe('a\\tb\\r\\n\\u0000\\u009b\\ud800')
  })
})
