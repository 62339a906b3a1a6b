import type { Dataset } from '@stockdb/contract'
import type { KnownPlaces, SymbolCheck } from '../execute/known-symbols.ts'
import type { SymbolPlace } from '../plan/known-symbols.ts'
import type { CallContext, Services } from './context.ts'

interface SymbolsAsked {
  readonly symbols?: readonly string[] | undefined
  readonly unknownSymbols?: 'error' | 'ignore' | undefined
}

/** What a call over several datasets adds. */
interface SymbolPlaces {
  readonly shownByRows?: boolean
  /** A list that counts whatever the datasets name. */
  readonly list?: string
  readonly others?: readonly SymbolPlace[]
}

/**
 * Which symbols of a call must be known: they have a row in one of the datasets, or stand in the list that one names. Lists that
 * the caller may not read tell nothing, nor do those that cannot be read; the error names those. `undefined` where none was asked for, or unknown ones are to be ignored.
 */
export function symbolCheck(
  { catalogue, tables }: Services,
  { caller }: CallContext,
  datasets: readonly Dataset[],
  { symbols, unknownSymbols = 'error' }: SymbolsAsked,
  { shownByRows = true, list: always, others = [] }: SymbolPlaces = {},
): SymbolCheck | undefined {
  if (symbols === undefined || symbols.length === 0 || unknownSymbols === 'ignore') return undefined
  const places = async (): Promise<KnownPlaces> => {
    const found = new Map<string, SymbolPlace>()
    const unread = new Map<string, string>()
    const add = (dataset: Dataset): void => {
      if (dataset.symbol !== undefined) found.set(dataset.name, { dataset, field: dataset.symbol })
    }
    for (const dataset of datasets) add(dataset)
    for (const list of [always, ...datasets.map(({ symbols: named }) => named)]) {
      const dataset = list === undefined || !caller.mayRead(list) ? undefined : catalogue[list]
      if (!dataset || found.has(dataset.name)) continue
      const problem = await tables.problem(dataset)
      if (problem === undefined) add(dataset)
      else unread.set(dataset.name, problem)
    }
    return { places: [...found.values(), ...others], unread }
  }
  return { asked: symbols, shownByRows, places }
}
