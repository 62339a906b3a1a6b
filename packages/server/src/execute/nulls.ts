import type { Vector } from '@stockdb/contract/wire'

/** The validity of numbers in which NaN stands for a null, as a vector holds it. */
export function nullsOf(values: Float64Array): Pick<Vector, 'validity' | 'nullCount'> {
  const validity = new Uint8Array((values.length + 7) >> 3)
  let nullCount = 0
  for (let row = 0; row < values.length; row++) {
    if (Number.isNaN(values[row])) nullCount++
    else validity[row >> 3] = (validity[row >> 3] ?? 0) | (1 << (row & 7))
  }
  return { nullCount, validity: nullCount > 0 ? validity : undefined }
}

/** A column of doubles in which NaN stands for null. */
export const floatVector = (values: Float64Array): Vector => ({ type: 'float64', values, ...nullsOf(values) })
