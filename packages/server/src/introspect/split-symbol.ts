import type { ExchangeColumn, Notation } from '@stockdb/contract'
import { wordsOf } from '@stockdb/contract/internal'
import type { FieldDraft } from './draft.ts'

/** A symbol whose exchange is in a column of its own: the field of that column, and how the two are declared. */
export interface SplitSymbol {
  readonly field: string
  readonly exchange: ExchangeColumn
}

const EXCHANGE_NAMES = /^(?:exchange|交易所)$/i
/** In the order in which they are tried; Wind's and akshare's words are among them. */
const NOTATIONS: readonly Notation[] = ['vnpy', 'tushare', 'joinquant', 'baostock']
/** vnpy's words for the exchanges of futures, which no notation of stocks has. */
const FUTURES = new Set(['CFFEX', 'SHFE', 'CZCE', 'DCE', 'INE', 'GFEX'])

/** How the symbol is split over two columns, where codes and exchanges are in columns of their own, in a known notation. */
export function splitSymbol(
  fields: readonly FieldDraft[],
  samples: ReadonlyMap<string, readonly unknown[]>,
  symbol: string | undefined,
): SplitSymbol | undefined {
  const code = fields.find(({ name }) => name === symbol)
  const exchange = fields.find(({ column, type }) => EXCHANGE_NAMES.test(column) && type === 'text')
  if (code?.type !== 'text' || !exchange) return undefined
  const texts = (field: FieldDraft): readonly string[] => (samples.get(field.name) ?? []).map(String)
  const words = new Set(texts(exchange))
  if (words.size === 0 || texts(code).some((text) => text === 'null' || /[.:]/.test(text))) return undefined
  const columns = new Set(fields.map(({ column }) => column))
  const isVnpy = ['symbol', 'exchange', 'datetime', 'interval'].every((column) => columns.has(column))
  const notation =
    isVnpy && [...words].every((word) => isWord('vnpy', word))
      ? 'vnpy'
      : NOTATIONS.find((one) => isWrittenIn(one, words))
  return notation && { field: exchange.name, exchange: { column: exchange.column, notation } }
}

function isWrittenIn(notation: Notation, words: ReadonlySet<string>): boolean {
  const { known } = wordsOf(notation)
  const isKnown = (word: string): boolean =>
    known.some(([one]) => one === word) || (notation === 'vnpy' && FUTURES.has(word))
  return [...words].every((word) => isWord(notation, word)) && [...words].some(isKnown)
}

/** Whether a word may stand for an exchange in a notation. */
const isWord = (notation: Notation, word: string): boolean =>
  /^[A-Za-z]{2,12}$/.test(word) && !wordsOf(notation).ambiguous.includes(word)

/** Whether these are exchanges of mainland China, in vnpy's words: of stocks, or also of futures, which trade on the same days. */
export function marketOf(words: Iterable<string>): 'stocks' | 'stocks and futures' | 'futures' | undefined {
  const stocks = new Set(wordsOf('vnpy').known.map(([word]) => String(word)))
  const all = [...words]
  if (all.length === 0 || !all.every((word) => stocks.has(word) || FUTURES.has(word))) return undefined
  if (all.every((word) => stocks.has(word))) return 'stocks'
  return all.some((word) => stocks.has(word)) ? 'stocks and futures' : 'futures'
}
