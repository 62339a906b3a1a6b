/** An exchange of mainland China, as the suffix of Tushare's codes. */
export type Exchange = 'SH' | 'SZ' | 'BJ'

/** A code taken apart. */
export interface ParsedSymbol {
  /** The six digits. */
  readonly code: string
  readonly exchange: Exchange
}

/** A way to write a code and its exchange, named after who writes it so. */
export type Notation = 'tushare' | 'joinquant' | 'baostock' | 'akshare' | 'wind' | 'vnpy'

/** What each notation calls an exchange. JoinQuant has no code for Beijing of its own that is published; it writes BJSE. */
const words = {
  tushare: { SH: 'SH', SZ: 'SZ', BJ: 'BJ' },
  wind: { SH: 'SH', SZ: 'SZ', BJ: 'BJ' },
  joinquant: { SH: 'XSHG', SZ: 'XSHE', BJ: 'BJSE' },
  vnpy: { SH: 'SSE', SZ: 'SZSE', BJ: 'BSE' },
  baostock: { SH: 'sh', SZ: 'sz', BJ: 'bj' },
  akshare: { SH: 'sh', SZ: 'sz', BJ: 'bj' },
} as const satisfies Record<Notation, Record<Exchange, string>>

export const notations = Object.keys(words) as readonly Notation[]

/** Writes a code as a notation does: `000001.XSHE`, `sz.000001`, `sz000001`. */
export function writeSymbol({ code, exchange }: ParsedSymbol, notation: Notation): string {
  const word = words[notation][exchange]
  if (notation === 'akshare') return `${word}${code}`
  return notation === 'baostock' ? `${word}.${code}` : `${code}.${word}`
}

/** The exchange that a word stands for in any notation, whatever its case. */
const exchanges = new Map<string, Exchange>(
  Object.values(words).flatMap((names) =>
    (Object.entries(names) as [Exchange, string][]).map(([exchange, word]) => [word.toUpperCase(), exchange] as const),
  ),
)

/** `000001.SZ`, `000001SZ`, and the other way round. */
const CODE_FIRST = /^(\d{6})[.]?([A-Za-z]{2,4})$/
const CODE_LAST = /^([A-Za-z]{2,4})[.]?(\d{6})$/

/**
 * Takes a code apart, however it is written; `undefined` for other text. Six digits alone are taken for a stock: see
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
