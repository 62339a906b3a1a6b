/** The validity of numbers in which NaN stands for a null, as a vector holds it. */
export function nullsOf(values: Float64Array): { validity: Uint8Array | undefined; nullCount: number } {
  const validity = new Uint8Array((values.length + 7) >> 3)
  let nullCount = 0
  for (let row = 0; row < values.length; row++) {
    if (Number.isNaN(values[row])) nullCount++
    else validity[row >> 3] = (validity[row >> 3] ?? 0) | (1 << (row & 7))
  }
  return { nullCount, validity: nullCount > 0 ? validity : undefined }
}
