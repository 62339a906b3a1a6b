/** An exchange of mainland China, as the suffix of Tushare's codes. */
export type Exchange = 'SH' | 'SZ' | 'BJ'

/** A parsed code. */
export interface ParsedSymbol {
  /** The six digits. */
  readonly code: string
  readonly exchange: Exchange
}

/** A notation for a code and its exchange, named after its origin. */
export type Notation = 'tushare' | 'joinquant' | 'baostock' | 'akshare' | 'wind' | 'vnpy'

/** Names of the exchanges in each notation. JoinQuant publishes no code for Beijing; it writes BJSE. */
export const exchangeWords = {
  tushare: { SH: 'SH', SZ: 'SZ', BJ: 'BJ' },
  wind: { SH: 'SH', SZ: 'SZ', BJ: 'BJ' },
  joinquant: { SH: 'XSHG', SZ: 'XSHE', BJ: 'BJSE' },
  vnpy: { SH: 'SSE', SZ: 'SZSE', BJ: 'BSE' },
  baostock: { SH: 'sh', SZ: 'sz', BJ: 'bj' },
  akshare: { SH: 'sh', SZ: 'sz', BJ: 'bj' },
} as const satisfies Record<Notation, Record<Exchange, string>>

export const notations = Object.keys(exchangeWords) as readonly Notation[]

/** Formats a code in a notation: `000001.XSHE`, `sz.000001`, `sz000001`. */
export function writeSymbol({ code, exchange }: ParsedSymbol, notation: Notation): string {
  const word = exchangeWords[notation][exchange]
  if (notation === 'akshare') return `${word}${code}`
  return notation === 'baostock' ? `${word}.${code}` : `${code}.${word}`
}

/** The exchange of a name in any notation, ignoring case. */
const exchanges = new Map<string, Exchange>(
  Object.values(exchangeWords).flatMap((names) =>
    (Object.entries(names) as [Exchange, string][]).map(([exchange, word]) => [word.toUpperCase(), exchange] as const),
  ),
)

/** `000001.SZ`, `000001SZ`, and with a prefix. */
const CODE_FIRST = /^(\d{6})[.]?([A-Za-z]{2,4})$/
const CODE_LAST = /^([A-Za-z]{2,4})[.]?(\d{6})$/

/**
 * Parses a code in any notation; `undefined` for other text. Six bare digits are a stock: see
 * {@link exchangeOf}.
 */
export function parseSymbol(text: string): ParsedSymbol | undefined {
  const [, bare] = /^(\d{6})$/.exec(text) ?? []
  if (bare !== undefined) {
    const exchange = exchangeOf(bare)
    return exchange && { code: bare, exchange }
  }
  const first = CODE_FIRST.exec(text)
  const last = CODE_LAST.exec(text)
  const [code, word] = first ? [first[1], first[2]] : [last?.[2], last?.[1]]
  const exchange = word === undefined ? undefined : exchanges.get(word.toUpperCase())
  return code === undefined || exchange === undefined ? undefined : { code, exchange }
}

/**
 * The exchange of a stock by its six digits: 6 and 9 Shanghai (92 Beijing), 0, 2 and 3 Shenzhen, 4 and 8 Beijing. Indices
 * and funds follow other rules: `000001` is Ping An Bank in Shenzhen, and the SSE Composite Index in Shanghai.
 */
function exchangeOf(code: string): Exchange | undefined {
  if (/^(4|8|92)/.test(code)) return 'BJ'
  if (/^[69]/.test(code)) return 'SH'
  return /^[023]/.test(code) ? 'SZ' : undefined
}
