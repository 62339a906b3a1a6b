import { parseDate } from '@stockdb/contract/wire'
import { publicMethods } from '../call/call-site.ts'
import { csvOf } from './csv.ts'
import type { Panel } from './panel.ts'
import { grouped } from './print/format-column.ts'
import { Printable } from './print/printable.ts'
import type { TableView } from './print/table-view.ts'
import { checkCount } from './print/text-table.ts'

/** What the rows and columns of a panel are. */
export interface Axes {
  readonly dates: readonly string[]
  readonly symbols: readonly string[]
}

/** A panel whose numbers are in one array, date after date. */
class CellPanel extends Printable implements Panel {
  readonly dates: readonly string[]
  readonly symbols: readonly string[]
  readonly values: readonly Float64Array[]
  readonly #name: string
  readonly #cells: Float64Array
  #places: Readonly<Record<'date' | 'symbol', ReadonlyMap<string, number>>> | undefined

  constructor(name: string, { dates, symbols }: Axes, cells: Float64Array) {
    super()
    this.dates = dates
    this.symbols = symbols
    this.values = dates.map((_, date) => cells.subarray(date * symbols.length, (date + 1) * symbols.length))
    this.#name = name
    this.#cells = cells
  }

  at(date: string, symbol: string): number {
    return this.row(date)[this.#find('symbol', symbol)] ?? Number.NaN
  }

  series(symbol: string): Float64Array {
    return this.#seriesAt(this.#find('symbol', symbol))
  }

  row(date: string): Float64Array {
    return this.values[this.#find('date', date)] as Float64Array
  }

  asOf(date: string): Float64Array {
    const wanted = parseDate(date)
    if (wanted === undefined) throw new RangeError(`date: got "${date}"; expected a date as YYYY-MM-DD or YYYYMMDD`)
    const row = this.values[this.dates.findLastIndex((each) => each <= wanted)]
    if (!row) throw new RangeError(`date: got "${date}"; the first date of the panel is ${this.dates[0]}`)
    return row
  }

  map(fn: (value: number, date: string, symbol: string) => number): Panel {
    const { dates, symbols } = this
    return this.#made((value, row, column) => fn(value, dates[row] as string, symbols[column] as string))
  }

  zip(other: Panel, fn: (value: number, otherValue: number) => number): Panel {
    for (const axis of ['dates', 'symbols'] as const)
      if (!sameKeys(this[axis], other[axis]))
        throw new RangeError(`other: got a panel with other ${axis}; expected the same ${this[axis].length} ${axis}`)
    return this.#made((value, row, column) => fn(value, other.values[row]?.[column] as number))
  }

  shift(count: number): Panel {
    if (!Number.isInteger(count)) throw new RangeError(`count: got ${count}; expected a whole number`)
    return this.#made((_, row, column) => this.values[row - count]?.[column] ?? Number.NaN)
  }

  bySymbol(fn: (series: Float64Array) => ArrayLike<number>): Panel {
    const width = this.symbols.length
    const cells = new Float64Array(this.#cells.length)
    this.symbols.forEach((symbol, column) => {
      const made = checkedLength(fn(this.#seriesAt(column)), this.dates.length, symbol)
      for (let row = 0; row < made.length; row++) cells[row * width + column] = made[row] as number
    })
    return new CellPanel(this.#name, this, cells)
  }

  byDate(fn: (crossSection: Float64Array) => ArrayLike<number>): Panel {
    const width = this.symbols.length
    const cells = new Float64Array(this.#cells.length)
    this.values.forEach((row, index) => {
      cells.set(checkedLength(fn(row.slice()), width, this.dates[index] as string), index * width)
    })
    return new CellPanel(this.#name, this, cells)
  }

  head(count = 5): Panel {
    checkCount('count', count)
    return this.#between(0, count)
  }

  tail(count = 5): Panel {
    checkCount('count', count)
    return this.#between(Math.max(0, this.dates.length - count), this.dates.length)
  }

  toCSV(): string {
    const columns = this.symbols.map((_, column) => this.#seriesAt(column))
    return csvOf(['date', ...this.symbols], [this.dates, ...columns], this.dates.length)
  }

  protected override views(): readonly TableView[] {
    return [panelView(this.#name, this)]
  }

  #made(valueAt: (value: number, row: number, column: number) => number): Panel {
    const cells = new Float64Array(this.#cells.length)
    let at = 0
    for (let row = 0; row < this.dates.length; row++)
      for (let column = 0; column < this.symbols.length; column++, at++)
        cells[at] = valueAt(this.#cells[at] as number, row, column)
    return new CellPanel(this.#name, this, cells)
  }

  #seriesAt(column: number): Float64Array {
    const series = new Float64Array(this.dates.length)
    for (let row = 0; row < series.length; row++)
      series[row] = this.#cells[row * this.symbols.length + column] as number
    return series
  }

  #between(start: number, end: number): Panel {
    const { symbols } = this
    const dates = this.dates.slice(start, end)
    return new CellPanel(
      this.#name,
      { dates, symbols },
      this.#cells.slice(start * symbols.length, (start + dates.length) * symbols.length),
    )
  }

  #find(what: 'date' | 'symbol', key: string): number {
    // Made when first needed: most panels are only read row by row.
    this.#places ??= { date: indexOf(this.dates), symbol: indexOf(this.symbols) }
    const found = this.#places[what].get(key)
    if (found === undefined) throw new RangeError(`the panel has no ${what} "${key}"`)
    return found
  }
}

publicMethods(CellPanel.prototype)

/** How a panel is printed. */
export function panelView(
  name: string,
  { dates, symbols, values }: Pick<Panel, 'dates' | 'symbols' | 'values'>,
): TableView {
  return {
    title: `${name}: ${grouped(dates.length)} dates × ${grouped(symbols.length)} symbols`,
    numRows: dates.length,
    columns: [
      { name: 'date', notes: [], numeric: false, valueAt: (row) => dates[row] },
      ...symbols.map((symbol, column) => ({
        name: symbol,
        notes: [],
        numeric: true,
        // Most columns of a large panel are not shown, so none is copied.
        valueAt: (row: number) => values[row]?.[column],
      })),
    ],
  }
}

const sameKeys = (one: readonly string[], two: readonly string[]): boolean =>
  one === two || (one.length === two.length && one.every((key, index) => key === two[index]))

function checkedLength(made: ArrayLike<number>, expected: number, where: string): ArrayLike<number> {
  if (made.length === expected) return made
  throw new RangeError(`fn: returned ${made.length} values for ${where}; expected ${expected}`)
}

/**
 * The panel of a field of rows that come in any order. `onRepeat` gets the first two rows that share symbol and date, and
 * must throw: a cell has room for one of them.
 */
export function makePanel(
  name: string,
  dateOfRow: ArrayLike<unknown>,
  symbolOfRow: ArrayLike<unknown>,
  valueOfRow: ArrayLike<unknown>,
  onRepeat: (first: number, second: number) => never,
): Panel {
  const [dates, dateIndex] = indexed(dateOfRow)
  const [symbols, symbolIndex] = indexed(symbolOfRow)
  const cells = new Float64Array(dates.length * symbols.length).fill(Number.NaN)
  const taken = new Uint8Array(cells.length)
  for (let row = 0; row < valueOfRow.length; row++) {
    const date = dateIndex.get(dateOfRow[row]) as number
    const symbol = symbolIndex.get(symbolOfRow[row]) as number
    const cell = date * symbols.length + symbol
    if (taken[cell] === 1) {
      let first = 0
      while (dateOfRow[first] !== dateOfRow[row] || symbolOfRow[first] !== symbolOfRow[row]) first++
      onRepeat(first, row)
    }
    taken[cell] = 1
    cells[cell] = (valueOfRow[row] as number | null) ?? Number.NaN
  }
  return panelOf(name, { dates, symbols }, cells)
}

/** The panel with these numbers, date after date. */
export function panelOf(name: string, axes: Axes, cells: Float64Array): Panel {
  return new CellPanel(name, axes, cells)
}

const indexOf = (keys: readonly string[]): ReadonlyMap<string, number> =>
  new Map(keys.map((key, index) => [key, index]))

/** The distinct values in ascending order, and the place of each. */
function indexed(values: ArrayLike<unknown>): [string[], Map<unknown, number>] {
  const distinct = Array.from(new Set(Array.from(values, String))).sort()
  return [distinct, new Map(distinct.map((value, index) => [value, index]))]
}
