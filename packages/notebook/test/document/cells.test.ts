import { describe, expect, it } from 'vitest'
import { cellsOf, titleOf } from '../../src/document/cells.ts'

const text = [
  "import { connect } from '@stockdb/client'",
  '',
  '// %% [markdown]',
  '// # A study',
  '//',
  '// Of *prices*.',
  '',
  '// %% first step',
  'const a = 1',
  '',
  '// %%',
  '',
  '// %% [markdown]',
  '/*',
  'A block of text',
  '*/',
  '',
  '// %%',
  'a + 1 // %% is not a cell here',
].join('\n')

describe('cells of a notebook', () => {
  it('are text and code, with the line at which each begins', () => {
    expect(cellsOf(text)).toEqual([
      { kind: 'code', line: 1, source: "import { connect } from '@stockdb/client'" },
      { kind: 'markdown', line: 4, source: '# A study\n\nOf *prices*.' },
      { kind: 'code', line: 9, source: 'const a = 1' },
      { kind: 'markdown', line: 14, source: 'A block of text' },
      { kind: 'code', line: 19, source: 'a + 1 // %% is not a cell here' },
    ])
  })

  it('do not depend on how lines end', () => {
    expect(cellsOf(text.replaceAll('\n', '\r\n'))).toEqual(cellsOf(text))
  })

  it('of text end where their comments end, because formatters move imports there', () => {
    const moved = "// %% [markdown]\n// Text.\n\nimport { b } from 'b'\n// %%\nb()"
    expect(cellsOf(moved)).toEqual([
      { kind: 'markdown', line: 2, source: 'Text.' },
      { kind: 'code', line: 4, source: "import { b } from 'b'" },
      { kind: 'code', line: 6, source: 'b()' },
    ])
  })

  it('give the first heading as title, or the name of the file', () => {
    expect(titleOf(cellsOf(text), 'study.ts')).toBe('A study')
    expect(titleOf(cellsOf('1 + 1'), 'study.ts')).toBe('study.ts')
  })
})
