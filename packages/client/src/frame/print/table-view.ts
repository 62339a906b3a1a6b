import { formatColumn } from './format-column.ts'

/** A column of something that is printed as a table. */
export interface ViewColumn {
  readonly name: string
  /** What stands below the name, such as type and unit. */
  readonly notes: readonly string[]
  readonly numeric: boolean
  readonly valueAt: (row: number) => unknown
}

/** What is printed as a table: a frame, or a panel. */
export interface TableView {
  /** What it is, and how large. */
  readonly title: string
  readonly numRows: number
  /** The most rows to show by default. */
  readonly maxRows?: number | undefined
  readonly columns: readonly ViewColumn[]
}

/** A column, of which only the rows that are shown are written as text. */
export interface TextColumn {
  readonly name: string
  readonly notes: readonly string[]
  readonly numeric: boolean
  readonly cells: readonly string[]
}

/** Stands for what is left out. */
export const GAP = '…'

/** Stands between the first and the last columns. */
export const GAP_COLUMN: ViewColumn = { name: GAP, notes: [], numeric: false, valueAt: () => GAP }

/** The first and last rows of a view; between them a row of dots if some are left out. */
export function textColumns(view: TableView, columns: readonly ViewColumn[], maxRows: number): TextColumn[] {
  const { numRows } = view
  const whole = numRows <= maxRows
  const head = whole ? numRows : Math.ceil(maxRows / 2)
  const rows = Array.from({ length: whole ? numRows : maxRows }, (_, at) => (at < head ? at : numRows - maxRows + at))
  const notes = Math.max(0, ...columns.map((column) => column.notes.length))
  return columns.map((column) => {
    const cells = formatColumn(rows.map(column.valueAt))
    if (!whole) cells.splice(head, 0, GAP)
    return {
      name: column.name,
      notes: Array.from({ length: notes }, (_, index) => column.notes[index] ?? ''),
      numeric: column.numeric,
      cells,
    }
  })
}
