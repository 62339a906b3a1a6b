import { escapeHtml } from '../document/escape-html.ts'

const MAX_ROWS = 60

/** Rows as an HTML table; of many rows the first and the last. */
export function tableHtml(rows: readonly Readonly<Record<string, unknown>>[]): string {
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
