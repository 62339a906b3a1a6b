import { inspect } from 'node:util'
import type { Output } from '../document/output.ts'
import { isRows, tableHtml } from '../document/table-html.ts'

/** By which a value says how notebooks show it: an object of representations by media type. */
const JUPYTER_DISPLAY = Symbol.for('Jupyter.display')

type Representations = Readonly<Record<string, unknown>>

/** How a value is shown: as it says itself, as a table if it is rows, or as text. */
export async function outputOf(value: unknown): Promise<Output> {
  const shown = await representationsOf(value)
  const { 'image/svg+xml': svg, 'text/html': html, 'text/plain': text } = shown ?? {}
  if (typeof svg === 'string') return { kind: 'svg', svg }
  if (typeof html === 'string') return { kind: 'html', html }
  if (typeof text === 'string') return { kind: 'text', text }
  if (isRows(value)) return { kind: 'html', html: tableHtml(value) }
  return { kind: 'text', text: typeof value === 'string' ? value : inspect(value, { depth: 4 }) }
}

async function representationsOf(value: unknown): Promise<Representations | undefined> {
  if (typeof value !== 'object' || value === null || !(JUPYTER_DISPLAY in value)) return undefined
  const display = (value as Record<symbol, unknown>)[JUPYTER_DISPLAY]
  return typeof display === 'function' ? ((await display.call(value)) as Representations) : undefined
}
