import type { FrameMeta } from '@stockdb/contract/wire'
import { type Panel, panelOf } from './panel.ts'

/**
 * Fields of a dataset as dates × symbols, all of one shape: the trading days of the range, no matter which symbols traded, by the
 * symbols asked for, whether they have a row or not.
 */
export interface Panels<F extends string> {
  /** Trading days, `YYYY-MM-DD`, ascending: the rows of every panel. */
  readonly dates: readonly string[]
  /** Ascending: the columns of every panel. */
  readonly symbols: readonly string[]
  readonly panels: { readonly [K in F]: Panel }
  /** Arguments as understood, adjustment and anchor, fill, and what the answer covers. */
  readonly meta: FrameMeta
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
    return [field, panelOf(dates, symbols, cells)]
  })
  return { dates, symbols, panels: Object.fromEntries(panels), meta: frame.meta }
}

/** Where there is no trading day there is no row that would tell the symbols. */
function symbolsAsked({ arguments: { symbols } }: FrameMeta): readonly string[] {
  return Array.isArray(symbols) ? [...new Set(symbols.map(String))].sort() : []
}
