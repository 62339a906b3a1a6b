import { type Dataset, type Notation, tushare } from '@stockdb/contract'
import { parseDecimal, parseSymbol, tableName, writeSymbol } from '@stockdb/contract/internal'
import type { SymbolSpellings } from './symbol-spellings.ts'

/** How to read the codes of a file. */
export interface SymbolOptions {
  /** Accepts codes as they are: those that look like numbers, and other spellings of a stock. */
  readonly plainSymbols?: boolean | undefined
  /** Rewrites codes of mainland China in this notation. */
  readonly notation?: Notation | undefined
  /** Whether the codes are those of stocks, so that six digits tell their exchange. */
  readonly ofStocks?: boolean | undefined
  /** How codes are spelled in the table and in the files imported before. */
  readonly spellings?: SymbolSpellings | undefined
}

/** A code to store, or what would have been a valid one. */
export interface ReadSymbol {
  readonly code: string
  readonly expected?: string | undefined
}

/** Remembers this many codes, which need not be looked at again. */
const REMEMBERED = 200_000
const AS_IS = '--plain-symbols accepts codes as they are'

/** Reads the codes of one file: rewrites them on request, and refuses those that would become a second stock. */
export class SymbolReader {
  readonly #dataset: Dataset
  readonly #options: SymbolOptions
  readonly #isTushare: boolean
  readonly #read = new Map<string, Map<string, ReadSymbol>>()

  constructor(dataset: Dataset, options: SymbolOptions) {
    this.#dataset = dataset
    this.#options = options
    this.#isTushare = Object.values<Dataset>(tushare).includes(dataset)
  }

  /** Reads a cell of a field whose type is symbol. */
  read(field: string, text: string): ReadSymbol {
    if (this.#options.plainSymbols) return { code: text }
    let known = this.#read.get(field)
    if (!known) {
      known = new Map()
      this.#read.set(field, known)
    }
    let symbol = known.get(text)
    if (!symbol) {
      symbol = this.#readNew(field, text)
      if (known.size < REMEMBERED) known.set(text, symbol)
    }
    return symbol
  }

  #readNew(field: string, text: string): ReadSymbol {
    const { notation, ofStocks, spellings } = this.#options
    const isSymbol = field === this.#dataset.symbol
    const parsed = isBare(text) && !(isSymbol && ofStocks) ? undefined : parseSymbol(text)
    if (notation !== undefined && isSymbol && isBare(text) && !parsed)
      return { code: text, expected: 'a code with its exchange, because six digits alone identify only stocks' }
    const code = notation !== undefined && parsed ? writeSymbol(parsed, notation) : text
    const odd = oddCode(code, isSymbol)
    if (odd !== undefined) return { code, expected: odd }
    if (this.#isTushare && parsed && !isBare(code)) {
      const written = writeSymbol(parsed, 'tushare')
      if (code !== written)
        return { code, expected: `${written}, as Tushare writes it: --symbols tushare rewrites codes; ${AS_IS}` }
    }
    const other = isSymbol ? spellings?.conflictOf(code) : undefined
    if (other === undefined) return { code }
    const expected = `${other}, the spelling of this stock in the table ${tableName(this.#dataset)} or earlier in the file: --symbols rewrites codes in one notation; ${AS_IS}`
    return { code, expected }
  }
}

const isBare = (code: string): boolean => /^\d{6}$/.test(code)

/** `000001.sz`: a code whose exchange is in lower or mixed case. */
const LOWER_EXCHANGE = /^\d+\.(?=[A-Z]*[a-z])[A-Za-z]+$/

/** Why a code is most likely damaged: a program took it for a number or a missing value. */
function oddCode(code: string, isSymbol: boolean): string | undefined {
  if (/^['=]|"/.test(code)) return 'a code without quotes or a leading ='
  // It would become a second stock next to 000001.SZ.
  if (LOWER_EXCHANGE.test(code))
    return `a code such as ${code.toUpperCase()}, in capital letters; --plain-symbols accepts codes as they are`
  if (!isSymbol || parseDecimal(code) === undefined) return undefined
  // With its leading zeros, or as long as an exchange's codes.
  if (/^(?:0\d+|\d{6,})$/.test(code)) return undefined
  return 'a code such as 600519.SH, not one that a program turned into a number; --plain-symbols accepts codes as they are'
}
