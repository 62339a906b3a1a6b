import { dateAxis, orGap, requireLength, sizeOf, titleOf } from './base-spec.ts'
import { Chart } from './chart.ts'
import type { ChartOptions, Numbers, PanelLike } from './options.ts'

/** Curves over the same dates, by name. */
export interface Series {
  /** `YYYY-MM-DD`, ascending. */
  readonly dates: readonly string[]
  readonly series: Readonly<Record<string, Numbers>>
}

export interface LinesOptions extends ChartOptions {
  /**
   * The label of the vertical axis; none by default.
   *
   * @example
   * ```ts
   * import { chart, show } from '@stockdb/notebook'
   * show(chart.lines({ dates: ['2024-01-02', '2024-01-03'], series: { close: [10, 10.5] } }, { y: 'CNY' }))
   * ```
   */
  readonly y?: string | undefined
  /**
   * Equal heights are equal ratios; all values must be positive.
   *
   * @default false
   * @example
   * ```ts
   * import { chart, show } from '@stockdb/notebook'
   * show(chart.lines({ dates: ['2024-01-02', '2024-01-03'], series: { close: [10, 10.5] } }, { log: true }))
   * ```
   */
  readonly log?: boolean | undefined
}

/**
 * Draws a line for each symbol of a panel, or for each named series.
 *
 * @param data - a panel, or `{ dates, series }`; NaN is a gap
 * @param options - `title`, `subtitle`, `width`, `height`, `y`, `log`
 * @throws `RangeError` if a series has not one value for each date
 * @example
 * ```ts
 * import { chart, show } from '@stockdb/notebook'
 *
 * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-12-31', fields: ['close'], symbols: ['600519.SH'] })
 * show(chart.lines(panels.close, { title: 'Closing price', y: 'CNY' }))
 * ```
 */
export function lines(data: PanelLike | Series, options: LinesOptions = {}): Chart {
  const { dates } = data
  const names = 'symbols' in data ? [...data.symbols] : Object.keys(data.series)
  if ('symbols' in data) requireLength('values', data.values.length, dates.length)
  else for (const [name, values] of Object.entries(data.series)) requireLength(name, values.length, dates.length)
  const valueAt = (name: string, day: number, place: number): number | undefined =>
    'symbols' in data ? data.values[day]?.[place] : data.series[name]?.[day]
  const values = names.flatMap((series, place) =>
    dates.map((date, day) => ({ date, series, value: orGap(valueAt(series, day, place)) })),
  )
  return new Chart(`${names.length} lines over ${dates.length} dates`, {
    ...titleOf(options),
    ...sizeOf(options),
    data: { values },
    mark: { type: 'line', strokeWidth: 1.6, strokeJoin: 'round', invalid: 'break-paths-filter-domains' },
    encoding: {
      x: dateAxis(dates),
      y: {
        field: 'value',
        type: 'quantitative',
        scale: options.log ? { type: 'log', nice: false } : { zero: false },
        axis: { title: options.y ?? null },
      },
      color: {
        field: 'series',
        type: 'nominal',
        scale: { domain: names },
        ...(names.length > 1 ? {} : { legend: null }),
      },
    },
  })
}
