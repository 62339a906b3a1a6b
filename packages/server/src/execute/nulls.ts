import type { Vector } from '@stockdb/contract/wire'

/** The validity of numbers in which NaN stands for a null, as a vector holds it. */
export function nullsOf(values: Float64Array): Pick<Vector, 'validity' | 'nullCount'> {
  let validity: Uint8Array | undefined
  let nullCount = 0
  for (let row = 0; row < values.length; row++) {
    if (!Number.isNaN(values[row])) continue
    validity ??= allValid(values.length)
    validity[row >> 3] = (validity[row >> 3] as number) & ~(1 << (row & 7))
    nullCount++
  }
  return { nullCount, validity }
}

/** Bits behind the last row are 0. */
function allValid(rows: number): Uint8Array {
  const validity = new Uint8Array((rows + 7) >> 3).fill(0xff)
  if ((rows & 7) > 0) validity[rows >> 3] = (1 << (rows & 7)) - 1
  return validity
}

/** A column of doubles in which NaN stands for null. */
export const floatVector = (values: Float64Array): Vector => ({ type: 'float64', values, ...nullsOf(values) })
