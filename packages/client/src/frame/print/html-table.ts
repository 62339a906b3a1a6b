import { harmless } from './display-width.ts'
import { GAP_COLUMN, type TableView, textColumns } from './table-view.ts'

/** The rows that a page shows without much scrolling. */
const MOST_ROWS = 20
const MOST_COLUMNS = 16

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escaped = (text: string): string => harmless(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')

/** Writes a view as a table in HTML; whatever a name or value contains is text in it. */
export function htmlTable(view: TableView): string {
  const { columns: all, maxRows = MOST_ROWS } = view
  const hidden = Math.max(0, all.length - MOST_COLUMNS)
  const half = MOST_COLUMNS / 2
  const chosen = hidden > 0 ? [...all.slice(0, half), GAP_COLUMN, ...all.slice(-half)] : all
  const columns = textColumns(view, chosen, maxRows)
  const cell = (tag: string, numeric: boolean, content: string): string =>
    `<${tag} style="text-align:${numeric ? 'right' : 'left'};white-space:nowrap">${content}</${tag}>`
  const head = columns.map(({ name, notes, numeric }) =>
    cell('th', numeric, [escaped(name), ...notes.map((note) => `<small>${escaped(note)}</small>`)].join('<br>')),
  )
  const rows = (columns[0]?.cells ?? []).map(
    (_, row) =>
      `<tr>${columns.map(({ cells, numeric }) => cell('td', numeric, escaped(cells[row] ?? ''))).join('')}</tr>`,
  )
  const more = hidden > 0 ? ` (${hidden} columns are not shown)` : ''
  return `<table><caption style="text-align:left">${escaped(view.title)}${more}</caption><thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`
}
