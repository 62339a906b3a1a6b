/** Rounds half up to so many digits after the point; never gives −0, which would be written apart from 0. */
export function round(value: number, digits: number): number {
  const scale = 10 ** digits
  return Math.round(value * scale) / scale + 0
}
