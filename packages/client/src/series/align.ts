import { panelOf } from '../frame/cell-panel.ts'
import type { Panel } from '../frame/panel.ts'

/**
 * Reduces panels to the dates and symbols that all of them have, so that they can be combined cell by cell.
 *
 * @param panels - panels of any dates and symbols
 * @example
 * ```ts
 * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-06-28', fields: ['close'] })
 * const basics = await db.daily_basic.range({ start: '2024-01-01', end: '2024-06-28', fields: ['pb'] })
 * const [close, pb] = align(panels.close, basics.pivot('pb'))
 * ```
 */
export function align<const P extends readonly Panel[]>(...panels: P): { [K in keyof P]: Panel } {
  const [dates, symbols] = [common(panels.map((panel) => panel.dates)), common(panels.map((panel) => panel.symbols))]
  const aligned = panels.map((panel) => {
    if (panel.dates.length === dates.length && panel.symbols.length === symbols.length) return panel
    const columns = placesIn(panel.symbols, symbols)
    const rows = placesIn(panel.dates, dates)
    const cells = new Float64Array(dates.length * symbols.length)
    let at = 0
    for (const row of rows) for (const column of columns) cells[at++] = panel.values[row]?.[column] as number
    return panelOf('panel', { dates, symbols }, cells)
  })
  // As many as came, in their order.
  return aligned as { [K in keyof P]: Panel }
}

/** The keys that all lists have, in the order of the first. */
function common([first = [], ...others]: readonly (readonly string[])[]): string[] {
  const sets = others.map((keys) => new Set(keys))
  return first.filter((key) => sets.every((keys) => keys.has(key)))
}

function placesIn(keys: readonly string[], wanted: readonly string[]): number[] {
  const places = new Map(keys.map((key, at) => [key, at]))
  return wanted.map((key) => places.get(key) as number)
}
