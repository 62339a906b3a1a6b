import type { Catalogue, Dataset } from '@stockdb/contract'
import type { Reader } from './facts.ts'
import type { KnownSymbolsStep, SymbolPlace } from './query-plan.ts'

interface SymbolsAsked {
  readonly symbols?: readonly string[] | undefined
  readonly unknownSymbols?: 'error' | 'ignore' | undefined
}

/** What a call over several datasets adds. */
interface SymbolPlaces {
  readonly shownByRows?: boolean
  /** A list that counts whatever the datasets name. */
  readonly list?: string | undefined
  readonly others?: readonly SymbolPlace[]
}

/**
 * Fails for symbols that have neither a row in one of the datasets nor stand in the list that one names. Lists that the
 * reader may not read tell nothing. Nothing is checked where no symbol was asked for, or unknown ones are to be ignored.
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
