/**
 * One numeric field as dates × symbols, both ascending; NaN for a missing row or a null.
 *
 * @example
 * ```ts
 * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-03-29', fields: ['close'] })
 * const { dates, symbols, values } = panels.close // values[i]?.[j] is dates[i], symbols[j]
 * ```
 */
export interface Panel {
  /** The dates of the rows, `YYYY-MM-DD`, ascending. */
  readonly dates: readonly string[]
  /** The symbols of the columns, ascending. */
  readonly symbols: readonly string[]
  /** The numbers: `values[i][j]` is the value on `dates[i]` of `symbols[j]`. */
  readonly values: readonly Float64Array[]
  /**
   * Reads the value of a symbol on a date; NaN if it has none.
   *
   * @throws `RangeError` for a date or symbol that the panel does not have
   * @example
   * ```ts
   * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-03-29', fields: ['close'] })
   * panels.close.at('2024-01-02', '600519.SH') // number
   * ```
   */
  at(date: string, symbol: string): number
  /**
   * Copies the values of a symbol, one for each date.
   *
   * @throws `RangeError` for a symbol that the panel does not have
   * @example
   * ```ts
   * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-03-29', fields: ['close'] })
   * panels.close.series('600519.SH') // Float64Array, as long as panels.close.dates
   * ```
   */
  series(symbol: string): Float64Array
}

/**
 * The panel of a field of rows that come in any order. `onRepeat` is told of the first two rows that share symbol and
 * date, and must throw: a cell has room for one of them.
 */
export function makePanel(
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
  return panelOf(dates, symbols, cells)
}

/** The panel whose cells lie date by date. */
export function panelOf(dates: readonly string[], symbols: readonly string[], cells: Float64Array): Panel {
  let places: { readonly dates: ReadonlyMap<string, number>; readonly symbols: ReadonlyMap<string, number> } | undefined
  const find = (what: 'date' | 'symbol', key: string): number => {
    // Made when first asked for: most panels are gone through row by row.
    places ??= { dates: indexOf(dates), symbols: indexOf(symbols) }
    const found = places[`${what}s`].get(key)
    if (found === undefined) throw new RangeError(`the panel has no ${what} "${key}"`)
    return found
  }
  return {
    dates,
    symbols,
    values: dates.map((_, date) => cells.subarray(date * symbols.length, (date + 1) * symbols.length)),
    at: (date, symbol) => cells[find('date', date) * symbols.length + find('symbol', symbol)] ?? Number.NaN,
    series: (symbol) => {
      const column = find('symbol', symbol)
      return Float64Array.from(dates, (_, date) => cells[date * symbols.length + column] ?? Number.NaN)
    },
  }
}

const indexOf = (keys: readonly string[]): ReadonlyMap<string, number> =>
  new Map(keys.map((key, index) => [key, index]))

/** The distinct values in ascending order, and the place of each. */
function indexed(values: ArrayLike<unknown>): [string[], Map<unknown, number>] {
  const distinct = Array.from(new Set(Array.from(values, String))).sort()
  return [distinct, new Map(distinct.map((value, index) => [value, index]))]
}
