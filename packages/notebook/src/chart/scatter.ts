import { requireLength, sizeOf, titleOf } from './base-spec.ts'
import { Chart } from './chart.ts'
import type { ChartOptions, Numbers } from './options.ts'
import { COLOURS } from './theme.ts'

export interface ScatterOptions extends ChartOptions {
  /**
   * The label of the horizontal axis; none by default.
   *
   * @example
   * ```ts
   * import { chart, show } from '@stockdb/notebook'
   * show(chart.scatter({ x: [1, 2, 3], y: [2, 4, 5] }, { xLabel: 'P/E' }))
   * ```
   */
  readonly xLabel?: string | undefined
  /**
   * The label of the vertical axis; none by default.
   *
   * @example
   * ```ts
   * import { chart, show } from '@stockdb/notebook'
   * show(chart.scatter({ x: [1, 2, 3], y: [2, 4, 5] }, { yLabel: 'turnover, %' }))
   * ```
   */
  readonly yLabel?: string | undefined
  /**
   * Draws the line of least squares.
   *
   * @default false
   * @example
   * ```ts
   * import { chart, show } from '@stockdb/notebook'
   * show(chart.scatter({ x: [1, 2, 3], y: [2, 4, 5] }, { trend: true }))
   * ```
   */
  readonly trend?: boolean | undefined
}

/**
 * Draws a point for each pair of values.
 *
 * @param points - `x` and `y`, of the same length; pairs with NaN or infinity are left out
 * @param options - `title`, `subtitle`, `width`, `height`, `xLabel`, `yLabel`, `trend`
 * @throws `RangeError` if `x` and `y` differ in length
 * @example
 * ```ts
 * import { chart, show } from '@stockdb/notebook'
 *
 * const day = await db.daily_basic.at({ date: '2024-06-28', fields: ['pe_ttm', 'turnover_rate'] })
 * show(chart.scatter({ x: day.columns.pe_ttm, y: day.columns.turnover_rate }, { xLabel: 'P/E', yLabel: 'turnover, %' }))
 * ```
 */
export function scatter({ x, y }: { readonly x: Numbers; readonly y: Numbers }, options: ScatterOptions = {}): Chart {
  requireLength('y', y.length, x.length)
  const values = Array.from({ length: x.length }, (_, at) => ({ x: x[at], y: y[at] })).filter(
    (point) => Number.isFinite(point.x) && Number.isFinite(point.y),
  )
  const encoding = {
    x: { field: 'x', type: 'quantitative', scale: { zero: false }, axis: { title: options.xLabel ?? null } },
    y: { field: 'y', type: 'quantitative', scale: { zero: false }, axis: { title: options.yLabel ?? null } },
  } as const
  return new Chart(`scatter plot of ${values.length} points`, {
    ...titleOf(options),
    ...sizeOf(options),
    data: { values },
    layer: [
      { mark: { type: 'point', filled: true, size: 22, opacity: 0.55, color: COLOURS[0] as string }, encoding },
      ...(options.trend
        ? [
            {
              mark: { type: 'line', color: COLOURS[1] as string } as const,
              transform: [{ regression: 'y', on: 'x' } as const],
              encoding,
            },
          ]
        : []),
    ],
  })
}
