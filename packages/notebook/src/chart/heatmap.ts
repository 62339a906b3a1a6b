import { orGap, requireLength, titleOf } from './base-spec.ts'
import { Chart } from './chart.ts'
import type { ChartOptions, Numbers } from './options.ts'

/** A matrix with names for its rows and columns. */
export interface Matrix {
  readonly rows: readonly string[]
  readonly columns: readonly string[]
  /** `values[i][j]` belongs to `rows[i]` and `columns[j]`. */
  readonly values: readonly Numbers[]
}

export interface HeatmapOptions extends ChartOptions {
  /**
   * The values at the ends of the colours; 0 is in their middle.
   *
   * @default [-1, 1], which fits correlations
   * @example
   * ```ts
   * import { chart, show } from '@stockdb/notebook'
   * show(chart.heatmap({ rows: ['value'], columns: ['size'], values: [[-0.3]] }, { domain: [-0.5, 0.5] }))
   * ```
   */
  readonly domain?: readonly [low: number, high: number] | undefined
  /**
   * The digits after the point in the cells.
   *
   * @default 2
   * @example
   * ```ts
   * import { chart, show } from '@stockdb/notebook'
   * show(chart.heatmap({ rows: ['value'], columns: ['size'], values: [[-0.3]] }, { digits: 1 }))
   * ```
   */
  readonly digits?: number | undefined
}

const CELL = 46
const MAX_WIDTH = 760
/** In smaller cells numbers would overlap. */
const MIN_TEXT_CELL = 30

/**
 * Draws a matrix as coloured cells, such as correlations: red above 0, blue below.
 *
 * @param matrix - `rows`, `columns`, `values`; NaN is an empty cell
 * @param options - `title`, `subtitle`, `domain`, `digits`
 * @throws `RangeError` if the shape of `values` differs from `rows` and `columns`
 * @example
 * ```ts
 * import { chart, show } from '@stockdb/notebook'
 *
 * show(chart.heatmap({ rows: ['value', 'size'], columns: ['value', 'size'], values: [[1, -0.3], [-0.3, 1]] }))
 * ```
 */
export function heatmap({ rows, columns, values }: Matrix, options: HeatmapOptions = {}): Chart {
  requireLength('values', values.length, rows.length)
  for (const [index, row] of values.entries()) requireLength(`values[${index}]`, row.length, columns.length)
  const cell = Math.min(CELL, (options.width ?? MAX_WIDTH) / columns.length)
  const [low, high] = options.domain ?? [-1, 1]
  const cells = rows.flatMap((row, i) => columns.map((column, j) => ({ row, column, value: orGap(values[i]?.[j]) })))
  const x = {
    field: 'column',
    type: 'ordinal',
    sort: null,
    axis: { title: null, labelAngle: -45, domain: false },
  } as const
  const y = { field: 'row', type: 'ordinal', sort: null, axis: { title: null, domain: false } } as const
  return new Chart(`heatmap of ${rows.length} × ${columns.length} values`, {
    ...titleOf(options),
    width: cell * columns.length,
    height: cell * rows.length,
    data: { values: cells },
    encoding: { x, y },
    layer: [
      {
        mark: { type: 'rect', stroke: 'white', invalid: 'filter' },
        encoding: {
          color: {
            field: 'value',
            type: 'quantitative',
            scale: { domain: [low, 0, high], range: ['#2166ac', '#f7f7f7', '#b2182b'], clamp: true },
            legend: { orient: 'right', title: null },
          },
        },
      },
      ...(cell >= MIN_TEXT_CELL
        ? [
            {
              mark: { type: 'text', fontSize: 10, invalid: 'filter' } as const,
              encoding: {
                text: { field: 'value', type: 'quantitative', format: `.${options.digits ?? 2}f` } as const,
                color: {
                  condition: { test: `abs(datum.value) > ${Math.max(high, -low) * 0.6}`, value: 'white' },
                  value: '#1f2933',
                },
              },
            },
          ]
        : []),
    ],
  })
}
