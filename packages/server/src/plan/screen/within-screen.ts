import type { Catalogue, Dataset } from '@stockdb/contract'
import type { LookedUpValues, ScreenRead, Within } from '../read-types.ts'
import { partsOf } from './parts.ts'
import { universeOf } from './universe.ts'

/** Which rows a screen needs of a dataset that it joins; `undefined` if it may need all, as of the one with its stocks. */
export function withinScreen(
  read: ScreenRead,
  lookedUp: LookedUpValues,
  dataset: Dataset,
  catalogue: Catalogue,
): Within | undefined {
  const { symbols, date, days } = read
  const part = partsOf(catalogue, read).find((one) => one.dataset === dataset)
  if (!part || universeOf(catalogue, read).dataset === dataset) return undefined
  switch (part.taken.by) {
    case 'date':
      return { symbols, start: date, end: date }
    case 'day before': {
      const day = days[dataset.name]
      return { symbols, end: (day && lookedUp.get(day.lookup)) ?? date }
    }
    case 'last date':
      return { symbols, end: date }
    default:
      return { symbols }
  }
}
