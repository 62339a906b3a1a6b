import { MS_PER_DAY } from '@stockdb/contract/internal'

/**
 * The days, since 1970-01-01, of moments as milliseconds since then, written into the memory given. Moments are read in halves: a
 * bigint for each would cost more than the rest.
 */
export function daysOfMoments(moments: BigInt64Array, into: Int32Array): Int32Array {
  const halves = new Int32Array(moments.buffer, moments.byteOffset, moments.length * 2)
  for (let row = 0; row < moments.length; row++) {
    const ms = (halves[row * 2 + 1] as number) * 2 ** 32 + ((halves[row * 2] as number) >>> 0)
    into[row] = Math.floor(ms / MS_PER_DAY)
  }
  return into.subarray(0, moments.length)
}
