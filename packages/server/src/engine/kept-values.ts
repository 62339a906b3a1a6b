import type { Dataset, Field } from '@stockdb/contract'
import { columnName, epochOf, hasDigitsFor, millisecondsOf, type StoredValue } from '@stockdb/contract/internal'
import type { Dialect } from './dialect.ts'
import type { TableShape } from './table-shape.ts'

/** What a column expects instead of a value that it would change silently; `undefined` for a value that it keeps. */
export type Keeps = (value: NonNullable<StoredValue>) => string | undefined

/**
 * By field, the checks of values that a column has no place for: databases round them without a word, and a text would get a
 * form that no reader takes. DECIMAL and FLOAT columns round by their nature.
 */
export function keepersOf({ columnTypes }: Dialect, dataset: Dataset, shape: TableShape): ReadonlyMap<string, Keeps> {
  const types = new Map(shape.columns.map(({ name, type }) => [name, type]))
  const keepers = Object.entries(dataset.fields).flatMap(([name, field]): [string, Keeps][] => {
    const found = types.get(columnName(dataset, name)) ?? ''
    const keeps = keeperOf(field, found, columnTypes.places(found))
    return keeps ? [[name, keeps]] : []
  })
  return new Map(keepers)
}

function keeperOf({ type, dateFormat, numberFormat }: Field, found: string, places = 3): Keeps | undefined {
  if (type === 'float64' && numberFormat === undefined && places === 0)
    return (value) => (Number.isInteger(value) ? undefined : `a whole number, because the column is ${found}`)
  if (type !== 'datetime') return undefined
  if (dateFormat === undefined) {
    if (places >= 3) return undefined
    return (value) => (fractionOf(value).length <= places ? undefined : `${precision(places)}, as in ${found}`)
  }
  const epoch = epochOf(dateFormat)
  if (epoch && places > 0) return undefined
  const fits = (value: string): boolean =>
    epoch ? millisecondsOf(value) % epoch.unitMs === 0 : hasDigitsFor(dateFormat, value)
  return (value) => (fits(String(value)) ? undefined : `a datetime without more digits than ${dateFormat} has`)
}

const precision = (places: number): string =>
  places === 0 ? 'a datetime of whole seconds' : `a datetime with at most ${places} digits behind the second`

/** The digits behind the second, without zeros at the end. */
const fractionOf = (value: StoredValue): string => (String(value).split('.')[1] ?? '').replace(/0+$/, '')
