import type { FrameMeta } from '@stockdb/contract/wire'
import { BatchFrame } from './batch-frame.ts'
import { type Axes, panelOf, panelView } from './cell-panel.ts'
import type { Panel } from './panel.ts'
import { Printable } from './print/printable.ts'
import type { TableView } from './print/table-view.ts'
import type { PrintOptions } from './print/text-table.ts'

/**
 * Fields of a dataset as panels of one shape: the trading days of the range × the requested symbols.
 *
 * @example
 * ```ts
 * const { panels, dates } = await db.daily.panel({ start: '2024-01-01', end: '2024-03-29', fields: ['open', 'close'] })
 * const gains = dates.map((_, day) => panels.close.values[day]?.map((close, at) => close / (panels.open.values[day]?.[at] ?? NaN) - 1))
 * ```
 */
export interface Panels<F extends string> {
  /** The trading days of the range, `YYYY-MM-DD`, ascending: the rows of every panel. */
  readonly dates: readonly string[]
  /** The symbols, ascending: the columns of every panel, with or without rows. */
  readonly symbols: readonly string[]
  /** The panels by field. */
  readonly panels: { readonly [K in F]: Panel }
  /** What is known about the answer: arguments as understood, adjustment, anchor, fill, coverage. */
  readonly meta: FrameMeta
  /**
   * Prints every panel as a table; `console.log` does the same.
   *
   * @param options - the most rows, and the width in characters
   * @example
   * ```ts
   * const closes = await db.daily.panel({ start: '2024-01-01', end: '2024-03-29', fields: ['close'] })
   * closes.print({ rows: 20 })
   * ```
   */
  print(options?: PrintOptions): void
}

class PanelSet extends Printable {
  readonly dates: readonly string[]
  readonly symbols: readonly string[]
  readonly panels: Readonly<Record<string, Panel>>
  readonly meta: FrameMeta

  constructor(axes: Axes, panels: Readonly<Record<string, Panel>>, meta: FrameMeta) {
    super()
    this.dates = axes.dates
    this.symbols = axes.symbols
    this.panels = panels
    this.meta = meta
  }

  protected override views(): readonly TableView[] {
    return Object.entries(this.panels).map(([field, panel]) => panelView(field, panel))
  }
}

/**
 * Turns an answer that has a row for every trading day of each symbol, in the order of `meta.sessions`, symbol after symbol, into a
 * panel of days × symbols for each field.
 */
export function makePanels(frame: BatchFrame, fields: readonly string[]): Panels<string> {
  const { sessions: dates = [], symbol = '' } = frame.meta
  const count = dates.length === 0 ? 0 : frame.numRows / dates.length
  // The symbols of all rows would take as long as the numbers.
  const firstRows = Array.from({ length: count }, (_, index) => index * dates.length)
  const symbols =
    dates.length === 0 ? symbolsAsked(frame.meta) : (BatchFrame.rowsOf(frame, firstRows).columns[symbol] as string[])
  const panels = fields.map((field): [string, Panel] => {
    const values = frame.columns[field] as Float64Array
    const cells = new Float64Array(frame.numRows)
    // Written in order, because reads at a distance wait less than writes.
    for (let row = 0, cell = 0; row < dates.length; row++)
      for (let place = row; place < values.length; place += dates.length) cells[cell++] = values[place] as number
    return [field, panelOf(field, { dates, symbols }, cells)]
  })
  return new PanelSet({ dates, symbols }, Object.fromEntries(panels), frame.meta)
}

/** Without a trading day there is no row that names the symbols. */
function symbolsAsked({ arguments: { symbols } }: FrameMeta): readonly string[] {
  return Array.isArray(symbols) ? [...new Set(symbols.map(String))].sort() : []
}
