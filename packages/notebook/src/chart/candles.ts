import { orGap, requireLength, sizeOf, titleOf } from './base-spec.ts'
import { Chart } from './chart.ts'
import type { ChartOptions, Numbers } from './options.ts'
import { FALLING, RISING } from './theme.ts'

/** Bars of one symbol by column, such as a frame of `db.daily.range`, in order of their dates. */
export interface BarsLike {
  readonly columns: {
    /** Of daily bars; minute bars have `trade_time`. */
    readonly trade_date?: ArrayLike<string>
    readonly trade_time?: ArrayLike<string>
    readonly ts_code?: ArrayLike<string>
    readonly open: Numbers
    readonly high: Numbers
    readonly low: Numbers
    readonly close: Numbers
    readonly vol?: Numbers
  }
}

const VOLUME_SHARE = 0.28
const BODY_SHARE = 0.7
const MAX_LABELS = 10

/**
 * Draws candles of one symbol with its volume below: rising bars red and hollow, falling ones green, as Chinese screens show them.
 * Days without trading take no room.
 *
 * @param bars - a frame with `trade_date` or `trade_time`, `open`, `high`, `low`, `close`, and perhaps `vol`
 * @param options - `title`, `subtitle`, `width`, `height`
 * @throws `RangeError` if the bars are of several symbols, or there are none
 * @example
 * ```ts
 * import { chart, show } from '@stockdb/notebook'
 *
 * const bars = await db.daily.range({ symbols: ['600519.SH'], start: '2024-06-01', end: '2024-12-31', adjust: 'qfq' })
 * show(chart.candles(bars, { title: '600519.SH' }))
 * ```
 */
export function candles({ columns }: BarsLike, options: ChartOptions = {}): Chart {
  const { open, high, low, close, vol, ts_code: codes } = columns
  const dates = columns.trade_date ?? columns.trade_time
  if (!dates) throw new RangeError('bars: got no column trade_date or trade_time; expected one of them')
  const symbols = codes ? [...new Set(Array.from(codes))] : []
  if (symbols.length > 1)
    throw new RangeError(`bars: got ${symbols.length} symbols (${symbols.slice(0, 3).join(', ')}, …); expected one`)
  if (close.length === 0) throw new RangeError('bars: got no rows; expected at least one')
  requireLength('close', close.length, dates.length)
  const values = Array.from({ length: dates.length }, (_, at) => ({
    date: dates[at],
    open: orGap(open[at]),
    high: orGap(high[at]),
    low: orGap(low[at]),
    close: orGap(close[at]),
    vol: orGap(vol?.[at]),
    rises: (close[at] ?? Number.NaN) >= (open[at] ?? Number.NaN),
  }))
  const { width, height } = sizeOf(options)
  const step = Math.ceil(dates.length / MAX_LABELS)
  const x = {
    field: 'date',
    type: 'ordinal',
    axis: { title: null, labelAngle: 0, values: Array.from(dates).filter((_, at) => at % step === 0), grid: false },
  } as const
  const colour = { condition: { test: 'datum.rises', value: RISING }, value: FALLING } as const
  const body = Math.max(1, (width / dates.length) * BODY_SHARE)
  const price = { type: 'quantitative', scale: { zero: false }, axis: { title: null } } as const
  const hiddenLabels = { ...x, axis: { ...x.axis, labels: false, ticks: false } } as const
  return new Chart(`${dates.length} candles${symbols[0] === undefined ? '' : ` of ${symbols[0]}`}`, {
    ...titleOf(options),
    data: { values },
    spacing: 8,
    vconcat: [
      {
        width,
        height: vol ? height * (1 - VOLUME_SHARE) : height,
        encoding: { x: vol ? hiddenLabels : x },
        layer: [
          { mark: 'rule', encoding: { y: { field: 'low', ...price }, y2: { field: 'high' }, color: colour } },
          {
            mark: { type: 'bar', size: body, strokeWidth: 1 },
            encoding: {
              y: { field: 'open', ...price },
              y2: { field: 'close' },
              stroke: colour,
              fill: { condition: { test: 'datum.rises', value: 'white' }, value: FALLING },
            },
          },
        ],
      },
      ...(vol
        ? [
            {
              width,
              height: height * VOLUME_SHARE,
              mark: { type: 'bar', size: body } as const,
              encoding: {
                x,
                y: { field: 'vol', type: 'quantitative', axis: { title: null, format: '~s', tickCount: 3 } } as const,
                color: colour,
              },
            },
          ]
        : []),
    ],
  })
}
