/** A part of a notebook: text, or code that runs as one. */
export interface Cell {
  readonly kind: 'markdown' | 'code'
  /** Without the line that starts the cell, and for text without comment marks. */
  readonly source: string
  /** The line of the file at which `source` begins, counted from 1. */
  readonly line: number
}

/** `// %%`, then perhaps a title, and `[markdown]` for text. */
const START = /^\/\/\s*%%(?<rest>.*)$/
const MARKDOWN = /\[(?:markdown|md)\]/

/**
 * Splits a notebook in the percent format into its cells. What comes before the first `// %%` is a cell of code; cells
 * without content are left out. A cell of text ends where its comments end: formatters move imports there.
 */
export function cellsOf(text: string): Cell[] {
  const cells: Cell[] = []
  let kind = 'code' as Cell['kind']
  let lines: string[] = []
  let line = 1
  let inBlockComment = false
  const startCell = (next: Cell['kind'], firstLine: number): void => {
    const source = kind === 'markdown' ? withoutMarks(lines) : lines.join('\n').trimEnd()
    if (source.trim() !== '') cells.push({ kind, source, line })
    kind = next
    lines = []
    line = firstLine
  }
  for (const [index, content] of text.split(/\r?\n/).entries()) {
    const start = START.exec(content)
    if (start) {
      startCell(MARKDOWN.test(start.groups?.rest ?? '') ? 'markdown' : 'code', index + 2)
      continue
    }
    if (kind === 'markdown') {
      if (/^\s*\/\*/.test(content)) inBlockComment = true
      else if (!inBlockComment && content.trim() !== '' && !/^\s*\/\//.test(content)) startCell('code', index + 1)
      if (content.includes('*/')) inBlockComment = false
    }
    lines.push(content)
  }
  startCell('code', 0)
  return cells
}

/** Text is written as line comments, or as one block comment. */
function withoutMarks(lines: readonly string[]): string {
  return lines
    .map((line) =>
      line
        .replace(/^\s*\/\/ ?/, '')
        .replace(/^\s*\/\*+ ?/, '')
        .replace(/\s*\*\/\s*$/, ''),
    )
    .join('\n')
    .trim()
}

/** The first heading of a notebook, or else the name given. */
export function titleOf(cells: readonly Cell[], otherwise: string): string {
  for (const { kind, source } of cells) {
    const heading = kind === 'markdown' ? /^#+\s+(.+)$/m.exec(source)?.[1] : undefined
    if (heading !== undefined) return heading.trim()
  }
  return otherwise
}
