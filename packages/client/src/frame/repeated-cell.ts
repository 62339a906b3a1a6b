import { errorOf } from '../errors.ts'
import type { Column } from './columns.ts'

/** The most fields that a message names, and the most characters of a value. */
const NAMED = 5
const SHOWN = 40

/** The error for two rows that share symbol and date, with the fields in which they differ. */
export function repeatedCell(
  columns: Readonly<Record<string, Column>>,
  { date, symbol, dataset }: { date: string; symbol: string; dataset: string },
  [first, second]: readonly [number, number],
): Error {
  const differing = Object.keys(columns).filter((name) => !Object.is(columns[name]?.[first], columns[name]?.[second]))
  const shown = (name: string, row: number): string => String(columns[name]?.[row]).slice(0, SHOWN)
  const fields = differing.slice(0, NAMED).map((name) => `${name} (${shown(name, first)}, ${shown(name, second)})`)
  const more = differing.length > NAMED ? ` and ${differing.length - NAMED} more` : ''
  const apart =
    differing.length > 0
      ? `they differ in ${fields.join(', ')}${more}; ask with a where that leaves one row of them`
      : 'they are equal in all columns of the frame'
  return errorOf(
    'DUPLICATE_KEY',
    `pivot: rows ${first} and ${second} of the frame both have ${symbol} ${shown(symbol, first)} and ${date} ${shown(date, first)}; expected one row of ${dataset} for each symbol and date: ${apart}`,
  )
}
