import type { Dataset } from '../declaration.ts'
import type { Field } from '../fields.ts'
import type { ExchangeColumn } from './exchange-column.ts'
import { exchangeWords, type Notation } from './notations.ts'

/** How the symbol of a dataset is split over two columns, if it is. */
export const splitSymbolOf = ({ symbol, fields }: Pick<Dataset, 'symbol' | 'fields'>): ExchangeColumn | undefined =>
  symbol === undefined ? undefined : exchangeOf(fields[symbol])

/** How a field is split over two columns, if it is. */
export const exchangeOf = (field: Partial<Field> | undefined): ExchangeColumn | undefined => field?.exchange

/** The words of a notation with what symbols have for them, and the words that would be taken for another exchange. */
export function wordsOf(notation: Notation): {
  readonly known: readonly (readonly [word: string, suffix: string])[]
  readonly ambiguous: readonly string[]
} {
  const known = Object.entries(exchangeWords[notation]).map(([suffix, word]) => [word, suffix] as const)
  const words = new Set<string>(known.map(([word]) => word))
  return { known, ambiguous: Object.keys(exchangeWords[notation]).filter((suffix) => !words.has(suffix)) }
}

/** The two values of a symbol in its two columns; empty texts, which no row has, for what cannot be one of them. */
export function splitSymbol({ notation }: ExchangeColumn, symbol: string): { code: string; exchange: string } {
  const at = symbol.lastIndexOf('.')
  const [code, suffix] = [symbol.slice(0, Math.max(at, 0)), symbol.slice(at + 1)]
  const { known } = wordsOf(notation)
  const word = known.find(([, one]) => one === suffix)?.[0]
  if (code === '' || (word === undefined && known.some(([one]) => one === suffix))) return { code: '', exchange: '' }
  return { code, exchange: word ?? suffix }
}
