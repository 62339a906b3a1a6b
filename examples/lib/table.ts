type Cell = string | number

/** Cells of numeric columns: numbers, percentages, dates and gaps, but not codes, which also begin with digits. */
const NUMBER = /^([−-]?[\d,.]+( %)?|\d{4}-\d{2}-\d{2}|–)?$/

/** A table as lines of text: numbers right-aligned, text left-aligned, two spaces between columns, a rule under the header. */
export function formatTable(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [head, ...rows.map((row) => row.map(String))]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column] ?? ''))))
  const right = head.map((_, column) => column > 0 && rows.every((row) => NUMBER.test(String(row[column] ?? ''))))
  const write = (line: readonly string[]): string =>
    line
      .map((text, column) => {
        const space = ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(text)))
        return right[column] ? space + text : text + space
      })
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('  ')
  return [write(head), rule, ...lines.slice(1).map(write)].join('\n')
}

/** Chinese characters are two columns wide on a terminal. */
function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += /[\p{Script=Han}\u3000-\u303f\uff00-\uff60]/u.test(character) ? 2 : 1
  return width
}

/** `0.1234` as `12.3 %`; a dash for NaN. */
export function percent(ratio: number | undefined, digits = 1): string {
  return ratio !== undefined && Number.isFinite(ratio) ? `${(ratio * 100).toFixed(digits).replace('-', '−')} %` : '–'
}

/** With so many decimals; a dash for NaN. */
export function fixed(value: number | undefined, digits: number): string {
  return value !== undefined && Number.isFinite(value) ? value.toFixed(digits) : '–'
}
