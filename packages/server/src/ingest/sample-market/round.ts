/** Rounds half up to `digits` decimals; never gives −0, which would be written differently from 0. */
export function round(value: number, digits: number): number {
  const scale = 10 ** digits
  return Math.round(value * scale) / scale + 0
}
