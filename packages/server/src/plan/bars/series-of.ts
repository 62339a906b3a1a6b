import type { Dataset } from '@stockdb/contract'

/** The fields of a key that distinguish series of rows, besides symbol, date and bar length. */
export function seriesOf({ key, symbol, date, bars, only = {} }: Dataset): readonly string[] {
  const fixed = [symbol, date, bars?.minutes?.frequency, ...Object.keys(only)]
  return key.filter((field) => !fixed.includes(field))
}
