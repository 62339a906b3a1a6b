import { harmless } from './display-width.ts'

/** Smaller and larger numbers are written with an exponent. */
const SMALLEST = 1e-4
const LARGEST = 1e15
/** About as many digits as a price has; a column has at most six decimals. */
const DIGITS = 7

/**
 * The values of a column as people read them: its numbers are rounded to the same number of decimals, so that their points are
 * below each other. `toCSV` has the exact numbers.
 */
export function formatColumn(values: readonly unknown[]): string[] {
  const decimals = values.reduce<number>((most, value) => Math.max(most, decimalsOf(value)), 0)
  return values.map((value) => {
    if (typeof value !== 'number') return value === null || value === undefined ? 'null' : harmless(String(value))
    return hasPoint(value) ? value.toFixed(decimals) : exponential(value)
  })
}

const hasPoint = (value: number): boolean => value === 0 || (Math.abs(value) >= SMALLEST && Math.abs(value) < LARGEST)

const exponential = (value: number): string =>
  Number.isFinite(value) ? value.toExponential(4).replace(/\.?0+e/, 'e') : String(value)

/** The decimals that a number needs, of those that are shown. */
function decimalsOf(value: unknown): number {
  if (typeof value !== 'number' || !hasPoint(value) || Number.isInteger(value)) return 0
  const whole = Math.max(1, Math.floor(Math.log10(Math.abs(value))) + 1)
  const most = Math.min(6, Math.max(2, DIGITS - whole))
  return value.toFixed(most).replace(/0+$/, '').split('.')[1]?.length ?? 0
}

/** A count with commas: 122,797. */
export const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',')
