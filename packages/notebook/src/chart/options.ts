/** What all charts take. */
export interface ChartOptions {
  /** Above the chart. */
  readonly title?: string | undefined
  /** Below the title, smaller: source, period, what was left out. */
  readonly subtitle?: string | undefined
  /**
   * In pixels.
   *
   * @default 760
   */
  readonly width?: number | undefined
  /**
   * In pixels.
   *
   * @default 320
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
