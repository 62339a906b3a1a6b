import type { ChartOptions } from './options.ts'
import { HEIGHT, WIDTH } from './theme.ts'

/** The title, as Vega-Lite takes it; none without one. */
export function titleOf({ title, subtitle }: ChartOptions) {
  if (title === undefined && subtitle === undefined) return {}
  return { title: { text: title ?? '', ...(subtitle === undefined ? {} : { subtitle }) } }
}

export const sizeOf = ({ width = WIDTH, height = HEIGHT }: ChartOptions) => ({ width, height })

/** Beyond so many days, labels name months and years instead of days. */
const LONG_DAYS = 200
const MS_PER_DAY = 86_400_000

/** A horizontal axis of days. UTC on both sides: west of Greenwich a date would become the evening before. */
export function dateAxis(dates: readonly string[]) {
  const days = (Date.parse(dates.at(-1) ?? '') - Date.parse(dates[0] ?? '')) / MS_PER_DAY
  const format = days > LONG_DAYS ? '%Y-%m' : '%m-%d'
  return {
    field: 'date',
    type: 'temporal',
    scale: { type: 'utc' },
    axis: { title: null, grid: false, format, labelOverlap: true },
  } as const
}

/** NaN and infinity are gaps: JSON has neither. */
export const orGap = (value: number | undefined): number | null => (Number.isFinite(value) ? (value as number) : null)

/** Throws if there are not as many values as there should be. */
export function requireLength(argument: string, got: number, expected: number): void {
  if (got !== expected) throw new RangeError(`${argument}: got ${got} values; expected ${expected}`)
}
