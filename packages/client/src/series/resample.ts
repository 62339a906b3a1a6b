import { panelOf } from '../frame/cell-panel.ts'
import type { Panel } from '../frame/panel.ts'
import { mean } from './moments.ts'
import { doubles, type Numbers, present } from './numbers.ts'
import { lastPlaces, type Period } from './periods.ts'

/** A series and the date of each of its values. */
export interface DatedSeries {
  /** Ascending, `YYYY-MM-DD`. */
  readonly dates: readonly string[]
  readonly values: Float64Array
}

/** What becomes of the numbers of a period. NaN is left out; a period without numbers is NaN. */
export type Reduction = 'last' | 'first' | 'sum' | 'mean' | 'min' | 'max'

const REDUCE: Readonly<Record<Reduction, (numbers: Float64Array) => number>> = {
  last: (numbers) => numbers.at(-1) as number,
  first: (numbers) => numbers[0] as number,
  sum: (numbers) => numbers.reduce((sum, value) => sum + value, 0),
  mean,
  min: (numbers) => numbers.reduce((least, value) => Math.min(least, value)),
  max: (numbers) => numbers.reduce((most, value) => Math.max(most, value)),
}

/**
 * Combines the values of each week, month, quarter or year of a panel or a dated series into one.
 *
 * The date of a period is its last one in the data, so that values are never dated before they were known.
 *
 * @param data - a panel, or `{ dates, values }`
 * @param period - `'week'`, `'month'`, `'quarter'` or `'year'`
 * @param reduction - `'last'` by default: the last number of the period
 * @throws `RangeError` if the dates are not ascending
 * @example
 * ```ts
 * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-12-31', fields: ['close', 'vol'], adjust: 'hfq' })
 * const closes = resample(panels.close, 'month') // 12 dates
 * const volumes = resample(panels.vol, 'week', 'sum')
 * ```
 */
export function resample(data: Panel, period: Period, reduction?: Reduction): Panel
export function resample(
  data: { readonly dates: readonly string[]; readonly values: Numbers },
  period: Period,
  reduction?: Reduction,
): DatedSeries
export function resample(
  data: Panel | { readonly dates: readonly string[]; readonly values: Numbers },
  period: Period,
  reduction: Reduction = 'last',
): Panel | DatedSeries {
  const reduce = REDUCE[reduction]
  if (!reduce) throw new TypeError(`reduction: got ${String(reduction)}; expected ${Object.keys(REDUCE).join(', ')}`)
  const places = lastPlaces(data.dates, period)
  const dates = places.map((at) => data.dates[at] as string)
  const reduced = (series: Float64Array): Float64Array =>
    Float64Array.from(places, (last, index) => {
      const numbers = present(series.subarray((places[index - 1] ?? -1) + 1, last + 1))
      return numbers.length === 0 ? Number.NaN : reduce(numbers)
    })
  if (!isPanel(data)) {
    if (data.values.length !== data.dates.length)
      throw new RangeError(`values: got ${data.values.length}; expected ${data.dates.length}, one for each date`)
    return { dates, values: reduced(doubles(data.values)) }
  }
  const { symbols } = data
  const cells = new Float64Array(dates.length * symbols.length)
  symbols.forEach((symbol, column) => {
    reduced(data.series(symbol)).forEach((value, row) => {
      cells[row * symbols.length + column] = value
    })
  })
  return panelOf(`${period}s`, { dates, symbols }, cells)
}

const isPanel = (data: object): data is Panel => 'symbols' in data
