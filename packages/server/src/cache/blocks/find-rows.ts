import type { AskedRows } from './asked-rows.ts'
import type { Piece } from './block.ts'
import type { Roster } from './block-index.ts'
import { factorsOf, type Gap, isGap, lastRowsOf, MAX_PIECES, MAX_TAIL_DAYS, type Part, spanOf } from './pieces.ts'
import { type BlockPlaces, SymbolBlocks } from './symbol-blocks.ts'

/** Days before the first one in which a factor is looked for first: most symbols have one even across a holiday. */
const DAYS_BEFORE = 31

/** Some rows of a symbol that follow each other, in blocks. */
export interface FoundRows extends Part {
  readonly symbol: string
  /** Where the factors of its days are, oldest first. */
  readonly factors: readonly Piece[]
}

/** Rows that blocks lack: of the symbols, in all days from one to another. */
export interface Lack extends Gap {
  /** `undefined` if it is not known which symbols there are. */
  readonly symbols: readonly string[] | undefined
}

/** What blocks lack of what is asked for. */
export interface LackingRows {
  readonly rows: Lack | undefined
  /** Factors of rows that are there. */
  readonly factors: Lack | undefined
}

/** Looks for rows in blocks. Returns them by symbol and date, or what is lacking. */
export function findRows(places: BlockPlaces, asked: AskedRows): readonly FoundRows[] | LackingRows {
  const { dataset, factor, from, to, last } = asked
  const indexes = places.indexesOf(dataset.name)
  const rosters = indexes.flatMap((index) => index.rosters.filter(({ block }) => places.isUsable(block)))
  const symbols = asked.symbols ?? symbolsOf(places, asked, rosters)
  if (isGap(symbols)) return { rows: { ...symbols, symbols: undefined }, factors: undefined }
  const factorIndexes = factor ? places.indexesOf(factor.dataset.name) : []
  const found: FoundRows[] = []
  const [lackingRows, lackingFactors] = [new Lacking(), new Lacking()]
  for (const symbol of symbols) {
    const blocks = new SymbolBlocks(places, symbol, indexes, rosters)
    const parts = last === undefined ? spanOf(asked, blocks) : lastRowsOf(asked, blocks)
    if (isGap(parts)) lackingRows.add(symbol, parts)
    else if (!factor || parts.length === 0) for (const part of parts) found.push({ symbol, factors: none, ...part })
    else {
      const days = daysOf(parts)
      const factors = factorsOf(new SymbolBlocks(places, symbol, factorIndexes, []), factor.field, {
        ...days,
        before: (Number.isFinite(from) ? Math.min(from, days.first) : days.first) - DAYS_BEFORE,
        to: Math.max(to, days.last),
      })
      if (isGap(factors)) lackingFactors.add(symbol, factors)
      else for (const part of parts) found.push({ symbol, factors, ...part })
    }
  }
  const lacking = { rows: lackingRows.all, factors: lackingFactors.all }
  return lacking.rows || lacking.factors ? lacking : found
}

const none: readonly Piece[] = []

function daysOf(parts: readonly Part[]): { readonly first: number; readonly last: number } {
  const [first, last] = [parts[0] as Part, parts.at(-1) as Part]
  return { first: first.days[first.at] as number, last: last.days[last.at + last.rows - 1] as number }
}

/** The symbols that have rows in the span asked for, from one roster after the other; or the days of which it is not known. */
function symbolsOf(
  places: BlockPlaces,
  { fields, from, to, last }: AskedRows,
  rosters: readonly Roster[],
): readonly string[] | Gap {
  const found: Roster[] = []
  for (let day = from; found.length < MAX_PIECES; ) {
    const roster = rosters
      .filter((one) => one.from <= day && one.to >= day)
      .reduce<Roster | undefined>((best, one) => (best && best.to >= Math.min(to, one.to) ? best : one), undefined)
    if (!roster) {
      const next = rosters.reduce((least, one) => (one.from > day ? Math.min(least, one.from) : least), to + 1)
      if (last === undefined) return { from: day, to: Math.min(to, next - 1), fields }
      // Of a longer time there may be many more rows than the last ones.
      return { from: to - day < MAX_TAIL_DAYS ? day : Number.NEGATIVE_INFINITY, to, fields }
    }
    places.use(roster.block)
    found.push(roster)
    if (roster.to >= to) {
      const [only, ...further] = found
      return only && further.length === 0 ? only.symbols : [...new Set(found.flatMap(({ symbols }) => symbols))].sort()
    }
    day = roster.to + 1
  }
  return { from, to, fields }
}

/** Collects what blocks lack: one read gets all of it. */
class Lacking {
  readonly #symbols: string[] = []
  readonly #fields = new Set<string>()
  #from = Number.POSITIVE_INFINITY
  #to = Number.NEGATIVE_INFINITY

  add(symbol: string, { from, to, fields }: Gap): void {
    this.#symbols.push(symbol)
    for (const field of fields) this.#fields.add(field)
    this.#from = Math.min(this.#from, from)
    this.#to = Math.max(this.#to, to)
  }

  get all(): Lack | undefined {
    if (this.#symbols.length === 0) return undefined
    return { symbols: this.#symbols, fields: [...this.#fields], from: this.#from, to: this.#to }
  }
}
