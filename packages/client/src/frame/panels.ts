import type { FrameMeta } from '@stockdb/contract/wire'
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

/** What a panel is made of: rows of which every symbol has one a trading day, in the order of `meta.sessions`. */
interface DenseFrame {
  readonly numRows: number
  readonly columns: Readonly<Record<string, ArrayLike<unknown> | undefined>>
  readonly meta: FrameMeta
}

/** Turns an answer that has a row for every trading day of each symbol, symbol after symbol, into a panel of days × symbols for each field. */
export function makePanels(frame: DenseFrame, fields: readonly string[]): Panels<string> {
  const { sessions: dates = [], symbol = '' } = frame.meta
  const symbolOfRow = frame.columns[symbol] ?? []
  const count = dates.length === 0 ? 0 : frame.numRows / dates.length
  const symbols =
    dates.length === 0
      ? symbolsAsked(frame.meta)
      : Array.from({ length: count }, (_, index) => String(symbolOfRow[index * dates.length]))
  const panels = fields.map((field): [string, Panel] => {
    const values = frame.columns[field] as Float64Array
    const cells = new Float64Array(frame.numRows)
    for (let column = 0; column < count; column++) {
      for (let row = 0; row < dates.length; row++) {
        cells[row * count + column] = values[column * dates.length + row] as number
      }
    }
    return [field, panelOf(field, { dates, symbols }, cells)]
  })
  return new PanelSet({ dates, symbols }, Object.fromEntries(panels), frame.meta)
}

/** Without a trading day there is no row that names the symbols. */
function symbolsAsked({ arguments: { symbols } }: FrameMeta): readonly string[] {
  return Array.isArray(symbols) ? [...new Set(symbols.map(String))].sort() : []
}
