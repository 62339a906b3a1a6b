/** What all charts take. */
export interface ChartOptions {
  /**
   * The title, above the chart; none by default.
   *
   * @example
   * ```ts
   * import { chart, show } from '@stockdb/notebook'
   * show(chart.lines({ dates: ['2024-01-02', '2024-01-03'], series: { close: [10, 10.5] } }, { title: 'Closing price' }))
   * ```
   */
  readonly title?: string | undefined
  /**
   * A smaller line below the title: source, period, what was left out; none by default.
   *
   * @example
   * ```ts
   * import { chart, show } from '@stockdb/notebook'
   * show(chart.lines({ dates: ['2024-01-02', '2024-01-03'], series: { close: [10, 10.5] } }, { title: 'Closing price', subtitle: 'January 2024' }))
   * ```
   */
  readonly subtitle?: string | undefined
  /**
   * The width, in pixels.
   *
   * @default 760
   * @example
   * ```ts
   * import { chart, show } from '@stockdb/notebook'
   * show(chart.lines({ dates: ['2024-01-02', '2024-01-03'], series: { close: [10, 10.5] } }, { width: 1_000 }))
   * ```
   */
  readonly width?: number | undefined
  /**
   * The height, in pixels.
   *
   * @default 320
   * @example
   * ```ts
   * import { chart, show } from '@stockdb/notebook'
   * show(chart.lines({ dates: ['2024-01-02', '2024-01-03'], series: { close: [10, 10.5] } }, { height: 200 }))
   * ```
   */
  readonly height?: number | undefined
}

/** Numbers of a column or an array; NaN is a gap. */
export type Numbers = ArrayLike<number>

/** Dates × symbols, such as a panel of stockdb: `values[i][j]` is the value on `dates[i]` of `symbols[j]`. */
export interface PanelLike {
  readonly dates: readonly string[]
  readonly symbols: readonly string[]
  readonly values: readonly Numbers[]
}
