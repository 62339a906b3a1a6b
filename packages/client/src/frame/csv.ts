const QUOTED = /[",\r\n]|^\s|\s$/

/**
 * A value as a CSV cell: numbers with all their digits, null and NaN as nothing, an empty text as `""`, and quotes around
 * what would otherwise be read as something else.
 */
function cell(value: unknown): string {
  if (value === null || value === undefined || Number.isNaN(value)) return ''
  if (typeof value !== 'string') return Object.is(value, -0) ? '-0' : String(value)
  return value === '' || QUOTED.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}

/** Writes columns as CSV: a line of names, a line for each row, each ended by a line feed. */
export function csvOf(names: readonly string[], columns: readonly ArrayLike<unknown>[], numRows: number): string {
  const lines = [names.map(cell).join(',')]
  for (let row = 0; row < numRows; row++) {
    const line = columns.map((column) => cell(column[row])).join(',')
    // Readers skip empty lines.
    lines.push(line === '' ? '""' : line)
  }
  return `${lines.join('\n')}\n`
}
