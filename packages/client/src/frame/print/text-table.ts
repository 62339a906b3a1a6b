import { displayWidth, fitted, harmless } from './display-width.ts'
import { GAP, GAP_COLUMN, type TableView, type TextColumn, textColumns, type ViewColumn } from './table-view.ts'

/** How a table is printed. */
export interface PrintOptions {
  /**
   * The most rows to show; of more rows, the first and the last.
   *
   * @default 10; all rows of a description
   * @example
   * ```ts
   * const bars = await db.daily.latest({ n: 100, fields: ['close'] })
   * bars.print({ rows: 40 })
   * ```
   */
  readonly rows?: number | undefined
  /**
   * The most characters of a line; columns that do not fit are left out and counted.
   *
   * @default the width of the terminal; 120 if there is no terminal
   * @example
   * ```ts
   * const day = await db.daily.at({ date: '2024-06-28' })
   * day.print({ width: 200 })
   * ```
   */
  readonly width?: number | undefined
}

/** The most cells that a value is shown in. */
const WIDEST = 32
/** A column has a border and a space on either side. */
const BETWEEN = 3
/** No column is narrower than its border, its spaces and one character. */
const NARROWEST = 4

/** Writes a view as a title and a table with borders. */
export function textTable(
  view: TableView,
  { rows = view.maxRows ?? 10, width = terminalWidth() }: PrintOptions = {},
): string {
  checkCount('rows', rows)
  checkCount('width', width)
  const { title, columns } = view
  if (columns.length === 0) return title
  const shown = fitting(view, rows, width)
  const hidden = columns.length - shown.filter(({ name }) => name !== GAP).length
  const lines = [
    border('┌┬┐', shown),
    line(shown, ({ name }) => name),
    ...(shown[0]?.notes ?? []).map((_, index) => line(shown, ({ notes }) => notes[index] ?? '')),
    border('├┼┤', shown),
    ...(shown[0]?.cells ?? []).map((_, index) => line(shown, ({ cells }) => cells[index] ?? '')),
    border('└┴┘', shown),
  ]
  return [title, ...lines, ...(hidden > 0 ? [`${hidden} of ${columns.length} columns are not shown`] : [])].join('\n')
}

/** Throws a `RangeError` for what is not a count; in plain JavaScript anything may come. */
export function checkCount(name: string, count: number): void {
  if (!(count >= 0) || !(Number.isInteger(count) || count === Number.POSITIVE_INFINITY))
    throw new RangeError(`${name}: got ${count}; expected a whole number, 0 or more`)
}

type Sized = TextColumn & { readonly cellsWide: number }

/** The columns that fit, from both ends, with a column of dots between them if some do not. */
function fitting(view: TableView, rows: number, width: number): Sized[] {
  const { columns } = view
  const sized = (chosen: readonly ViewColumn[]): Sized[] => textColumns(view, chosen, rows).map(sizedColumn)
  // Only what can be shown is written as text: a panel may have thousands of columns.
  const half = Math.ceil(width / NARROWEST)
  const many = columns.length > 2 * half
  const first = sized(many ? columns.slice(0, half) : columns)
  const last = many ? sized(columns.slice(-half)) : []
  const all = [...first, ...last]
  const widthOf = (some: readonly Sized[]): number => some.reduce((sum, { cellsWide }) => sum + cellsWide + BETWEEN, 1)
  if (!many && widthOf(all) <= width) return all
  const dots = sized([GAP_COLUMN])[0] as Sized
  // The first column says what a row is; then one from either end in turn.
  let [left, right, used] = [1, 0, widthOf([dots, ...all.slice(0, 1)])]
  for (let next = 1; next < all.length; next++) {
    const fromLeft = next % 2 === 1
    const column = fromLeft ? all[left] : all[all.length - 1 - right]
    used += (column?.cellsWide ?? 0) + BETWEEN
    if (used > width) break
    if (fromLeft) left += 1
    else right += 1
  }
  return left + right === columns.length ? all : [...all.slice(0, left), dots, ...all.slice(all.length - right)]
}

function sizedColumn(column: TextColumn): Sized {
  const short = (text: string): string => fitted(text, WIDEST)
  const name = short(harmless(column.name))
  const [notes, cells] = [column.notes.map((note) => short(harmless(note))), column.cells.map(short)]
  const cellsWide = [name, ...notes, ...cells].reduce((most, text) => Math.max(most, displayWidth(text)), 1)
  return { ...column, name, notes, cells, cellsWide }
}

function line(columns: readonly Sized[], textOf: (column: Sized) => string): string {
  const padded = columns.map((column) => {
    const text = textOf(column)
    const space = ' '.repeat(column.cellsWide - displayWidth(text))
    return column.numeric ? ` ${space}${text} ` : ` ${text}${space} `
  })
  return `│${padded.join('│')}│`
}

function border([left, middle, right]: string, columns: readonly Sized[]): string {
  return `${left}${columns.map(({ cellsWide }) => '─'.repeat(cellsWide + 2)).join(middle)}${right}`
}

function terminalWidth(): number {
  // Node, Bun and Deno have it; a browser has not.
  const { process } = globalThis as { process?: { stdout?: { columns?: number } } }
  return process?.stdout?.columns || 120
}
