import type { Dataset } from '@stockdb/contract'

/** The fields of a key, besides symbol, date and the length of a bar, which tell series of rows apart. */
export function seriesOf({ key, symbol, date, bars, only = {} }: Dataset): readonly string[] {
  const fixed = [symbol, date, bars?.minutes?.frequency, ...Object.keys(only)]
  return key.filter((field) => !fixed.includes(field))
}
