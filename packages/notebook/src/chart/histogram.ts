import { sizeOf, titleOf } from './base-spec.ts'
import { Chart } from './chart.ts'
import type { ChartOptions, Numbers } from './options.ts'
import { COLOURS } from './theme.ts'

export interface HistogramOptions extends ChartOptions {
  /**
   * At most so many bars, of a round width.
   *
   * @default 40
   * @example
   * ```ts
   * import { chart, show } from '@stockdb/notebook'
   * show(chart.histogram([0.1, 0.2, 0.2], { bins: 10 }))
   * ```
   */
  readonly bins?: number | undefined
  /**
   * The label of the horizontal axis; none by default.
   *
   * @example
   * ```ts
   * import { chart, show } from '@stockdb/notebook'
   * show(chart.histogram([0.1, 0.2, 0.2], { x: '%' }))
   * ```
   */
  readonly x?: string | undefined
}

const BINS = 40

/**
 * Draws how often values occur.
 *
 * @param numbers - the values; NaN and infinity are left out
 * @param options - `title`, `subtitle`, `width`, `height`, `bins`, `x`
 * @example
 * ```ts
 * import { chart, show } from '@stockdb/notebook'
 *
 * const day = await db.daily.at({ date: '2024-06-28', fields: ['pct_chg'] })
 * show(chart.histogram(day.columns.pct_chg, { title: 'Returns of all stocks', x: '%' }))
 * ```
 */
export function histogram(numbers: Numbers, options: HistogramOptions = {}): Chart {
  const values = Array.from(numbers).filter((value) => Number.isFinite(value))
  return new Chart(`histogram of ${values.length} values`, {
    ...titleOf(options),
    ...sizeOf(options),
    data: { values: values.map((value) => ({ value })) },
    mark: { type: 'bar', color: COLOURS[0] as string, binSpacing: 1 },
    encoding: {
      x: {
        field: 'value',
        type: 'quantitative',
        bin: { maxbins: options.bins ?? BINS },
        axis: { title: options.x ?? null, grid: false },
      },
      y: { aggregate: 'count', type: 'quantitative', axis: { title: null } },
    },
  })
}
