import type { Catalogue, Dataset } from '@stockdb/contract'
import type { Reader } from './facts.ts'
import type { KnownSymbolsStep, SymbolPlace } from './step.ts'

interface SymbolsAsked {
  readonly symbols?: readonly string[] | undefined
  readonly unknownSymbols?: 'error' | 'ignore' | undefined
}

/** What a call over several datasets adds. */
interface SymbolPlaces {
  readonly shownByRows?: boolean
  /** A list of symbols that is used in addition to those that the datasets name. */
  readonly list?: string | undefined
  readonly others?: readonly SymbolPlace[]
}

/**
 * Plans the check for unknown symbols, which have no row in the datasets and are not in a list that one of them names. Lists
 * that the reader may not read are ignored. Nothing is checked if no symbol was requested or unknown ones are to be ignored.
 */
export function planKnownSymbols(
  catalogue: Catalogue,
  datasets: readonly Dataset[],
  { symbols, unknownSymbols = 'error' }: SymbolsAsked,
  reader: Reader,
  symbol: string | undefined,
  { shownByRows = true, list: always, others = [] }: SymbolPlaces = {},
): readonly KnownSymbolsStep[] {
  if (symbols === undefined || symbols.length === 0 || unknownSymbols === 'ignore') return []
  const places = new Map<string, SymbolPlace>()
  for (const { name, symbol: field } of datasets) if (field !== undefined) places.set(name, { dataset: name, field })
  for (const list of [always, ...datasets.map(({ symbols: named }) => named)]) {
    if (list === undefined || places.has(list) || !reader.mayRead(list)) continue
    const field = catalogue[list]?.symbol
    if (field !== undefined) places.set(list, { dataset: list, field, ifReadable: true })
  }
  return [{ step: 'knownSymbols', asked: symbols, symbol, shownByRows, places: [...places.values(), ...others] }]
}
