import { escapeHtml } from './escape-html.ts'

const MAX_ROWS = 60

type Row = Readonly<Record<string, unknown>>

/** Whether a value is a list of plain objects. */
export function isRows(value: unknown): value is readonly Row[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((row) => typeof row === 'object' && row !== null && Object.getPrototypeOf(row) === Object.prototype)
  )
}

/** Rows as an HTML table; of many rows the first and the last. */
export function tableHtml(rows: readonly Row[]): string {
  const names = [...new Set(rows.slice(0, MAX_ROWS).flatMap((row) => Object.keys(row)))]
  const shown = rows.length <= MAX_ROWS ? rows : [...rows.slice(0, MAX_ROWS / 2), ...rows.slice(-MAX_ROWS / 2)]
  const lines = shown.map((row) => `<tr>${names.map((name) => cellHtml(row[name])).join('')}</tr>`)
  if (rows.length > MAX_ROWS) lines.splice(MAX_ROWS / 2, 0, `<tr><td colspan="${names.length}">…</td></tr>`)
  const head = names.map((name) => `<th>${escapeHtml(name)}</th>`).join('')
  const count = rows.length > MAX_ROWS ? `<p>${rows.length.toLocaleString('en')} rows</p>` : ''
  return `<table><thead><tr>${head}</tr></thead><tbody>${lines.join('')}</tbody></table>${count}`
}

function cellHtml(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return `<td class="number">${numberText(value)}</td>`
  return `<td>${value === null || value === undefined ? '' : escapeHtml(String(value))}</td>`
}

function numberText(value: number | bigint): string {
  return typeof value === 'bigint' || Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(8)))
}
