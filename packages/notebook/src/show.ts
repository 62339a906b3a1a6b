import { isRows, tableHtml } from './document/table-html.ts'

/** What receives the values of `show`: the notebook that runs, if one does. */
export interface Display {
  /** Adds a value to the outputs of the running cell. */
  show(value: unknown): void
}

/** Where a notebook leaves its {@link Display}. It is global because two copies of this package must find the same one. */
const DISPLAY = Symbol.for('stockdb.notebook.display')

/** Deno's notebooks, of which this is all that is needed. */
interface DenoJupyter {
  display(value: unknown): Promise<void>
}

/**
 * Shows a value: in a report as a table, a chart or text; in a script on the console.
 *
 * @param value - a frame, a panel, a chart, or anything else that can be printed
 * @example
 * ```ts
 * import { chart, show } from '@stockdb/notebook'
 *
 * const bars = await db.daily.range({ symbols: ['600519.SH'], start: '2024-01-01', end: '2024-12-31' })
 * show(bars)
 * show(chart.candles(bars))
 * ```
 */
export function show(value: unknown): void {
  const { [DISPLAY]: display, Deno } = globalThis as {
    [DISPLAY]?: Display
    Deno?: { jupyter?: DenoJupyter }
  }
  if (display) display.show(value)
  else if (Deno?.jupyter) Deno.jupyter.display(rowsAsTable(value)).catch((error: unknown) => console.error(error))
  else console.log(value)
}

/** Rows, which Deno would print as objects, as a value that shows itself as a table. */
function rowsAsTable(value: unknown): unknown {
  return isRows(value) ? { [Symbol.for('Jupyter.display')]: () => ({ 'text/html': tableHtml(value) }) } : value
}

/** Makes `show` hand its values to a display. */
export function setDisplay(display: Display): void {
  Object.assign(globalThis, { [DISPLAY]: display })
}
