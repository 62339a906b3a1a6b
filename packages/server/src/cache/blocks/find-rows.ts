import { isValid } from '@stockdb/contract/wire'
import type { AskedRows } from './asked-rows.ts'
import type { Block, BlockColumn, Piece } from './block.ts'
import type { BlockIndex } from './block-index.ts'

/** Some rows of a symbol that follow each other, in blocks. */
export interface FoundRows {
  readonly symbol: string
  readonly rows: number
  readonly days: Int32Array
  /** Where the first one is in `days`, and in each of the columns, which are those of the fields asked for. */
  readonly at: number
  readonly columns: readonly { readonly column: BlockColumn; readonly at: number }[]
  /** Where the factors of its days are. */
  readonly factors: Piece | undefined
}

/** What blocks lack of what is asked for. */
export interface LackingRows {
  /** `undefined` if it is not known which symbols there are. */
  readonly symbols: readonly string[] | undefined
  readonly fields: readonly string[]
  /** Symbols whose rows are there, but not their factors. */
  readonly factorsOf: readonly string[]
  /** The first day of those, and the last one. */
  readonly days: readonly [first: number, last: number]
}

/** Where to look: indexes of the datasets, in the order in which they are looked into. */
export interface BlockPlaces {
  indexesOf(dataset: string): readonly BlockIndex[]
  /** Whether a block may be used; the first choice of several is the newest. */
  isUsable(block: Block): boolean
  /** Says that a block is used. */
  use(block: Block): void
}

const nothing: FoundRows['columns'] = []

/** Looks for rows in blocks. Returns them by symbol and date, or what is lacking. */
export function findRows(places: BlockPlaces, asked: AskedRows): readonly FoundRows[] | LackingRows {
  const { dataset, fields, from, to, last, factor } = asked
  const indexes = places.indexesOf(dataset.name)
  const find = (symbol: string, fits: (piece: Piece) => boolean): Piece | undefined => {
    const piece = firstOf(indexes, (index) => index.find(symbol, (one) => places.isUsable(one.block) && fits(one)))
    if (piece) places.use(piece.block)
    return piece
  }
  const covers = (piece: { readonly from: number; readonly to: number }): boolean =>
    piece.from <= from && piece.to >= to
  const roster = firstOf(indexes, (index) =>
    index.hasRosters ? index.roster((one) => covers(one) && places.isUsable(one.block)) : undefined,
  )
  const symbols = asked.symbols ?? roster?.symbols
  if (roster && !asked.symbols) places.use(roster.block)
  if (!symbols) return { symbols: undefined, fields, factorsOf: [], days: [0, 0] }
  const factorIndexes = factor ? places.indexesOf(factor.dataset.name) : []
  const found: FoundRows[] = []
  const lacking: string[] = []
  const lackingFields = new Set<string>()
  const factorsOf: string[] = []
  const days: [number, number] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const symbol of symbols) {
    const ofSymbol: Finder = (fits) => find(symbol, fits)
    const parts = last === undefined ? partsOf(asked, ofSymbol, covers) : lastOf(asked, ofSymbol)
    if ('lacks' in parts) {
      if (roster && !roster.among.has(symbol)) {
        places.use(roster.block)
        continue
      }
      lacking.push(symbol)
      for (const field of parts.lacks) lackingFields.add(field)
      continue
    }
    if (parts.length === 0) continue
    let factors: Piece | undefined
    if (factor) {
      const [first, end] = [parts[0] as Part, parts.at(-1) as Part]
      const [firstDay, lastDay] = [first.days[first.at] as number, end.days[end.at + end.rows - 1] as number]
      factors = firstOf(factorIndexes, (index) =>
        index.find(
          symbol,
          (piece) => places.isUsable(piece.block) && hasFactors(piece, factor.field, firstDay, lastDay),
        ),
      )
      if (factors) places.use(factors.block)
      else {
        factorsOf.push(symbol)
        days[0] = Math.min(days[0], firstDay)
        days[1] = Math.max(days[1], lastDay)
      }
    }
    for (const part of parts) found.push({ symbol, factors, ...part })
  }
  if (lacking.length === 0 && factorsOf.length === 0) return found
  return { symbols: lacking, fields: [...lackingFields], factorsOf, days }
}

type Part = Omit<FoundRows, 'symbol' | 'factors'>
type Finder = (fits: (piece: Piece) => boolean) => Piece | undefined
interface Lack {
  readonly lacks: readonly string[]
}

/** The rows of a span, of which each field may be in another block. */
function partsOf(
  { fields, present, from, to }: AskedRows,
  find: Finder,
  covers: (piece: Piece) => boolean,
): readonly Part[] | Lack {
  const whole = find((piece) => covers(piece) && hasAll(piece, fields))
  if (whole) {
    const [first, end] = within(whole, from, to)
    return rowsOf(whole, fields, first, end, present)
  }
  if (present !== undefined) return { lacks: fields }
  const any = find(covers)
  const lacks = fields.filter((field) => !find((piece) => covers(piece) && hasAll(piece, [field])))
  if (lacks.length > 0 || !any) return { lacks: any ? lacks : fields }
  const [first, end] = within(any, from, to)
  if (first === end) return []
  const columns: { column: BlockColumn; at: number }[] = []
  for (const field of fields) {
    const piece = find((one) => covers(one) && hasAll(one, [field])) as Piece
    const [start, stop] = within(piece, from, to)
    // Rows of one state of the database are equally many.
    if (stop - start !== end - first) return { lacks: fields }
    columns.push({ column: piece.block.columns.get(field) as BlockColumn, at: start })
  }
  return [{ rows: end - first, days: any.block.days, at: first, columns }]
}

/** The last rows of a symbol, up to a day. */
function lastOf(asked: AskedRows, find: Finder): readonly Part[] | Lack {
  let parts: readonly Part[] | undefined
  find((piece) => {
    parts = lastRowsOf(piece, asked)
    return parts !== undefined
  })
  return parts ?? { lacks: asked.fields }
}

/** The same of one piece; `undefined` if it has too few of them. */
function lastRowsOf(piece: Piece, { fields, present, to, last = 1 }: AskedRows): readonly Part[] | undefined {
  if (piece.to < to || piece.from > to || !hasAll(piece, fields)) return undefined
  const [first, end] = within(piece, Number.NEGATIVE_INFINITY, to)
  const column = present === undefined ? undefined : piece.block.columns.get(present)
  let [at, rows] = [end, 0]
  while (at > first && rows < last) {
    at--
    if (!column || isValid(column, at)) rows++
  }
  const isEnough = rows === last || piece.from === Number.NEGATIVE_INFINITY
  return isEnough ? rowsOf(piece, fields, at, end, present) : undefined
}

const hasAll = ({ block: { columns } }: Piece, fields: readonly string[]): boolean =>
  fields.every((field) => columns.has(field))

/** The rows from `first` to before `end` of a piece, without those in which a field is null. */
function rowsOf(
  { block }: Piece,
  fields: readonly string[],
  first: number,
  end: number,
  present?: string,
): readonly Part[] {
  const column = present === undefined ? undefined : block.columns.get(present)
  const part = (at: number, to: number): Part => ({
    ...{ rows: to - at, days: block.days, at, columns: columnsAt(block, fields, at) },
  })
  if (!column?.validity) return first === end ? [] : [part(first, end)]
  const parts: Part[] = []
  for (let at = first; at < end; ) {
    const from = at
    while (at < end && isValid(column, at)) at++
    if (at > from) parts.push(part(from, at))
    while (at < end && !isValid(column, at)) at++
  }
  return parts
}

const columnsAt = (block: Block, fields: readonly string[], at: number): FoundRows['columns'] =>
  fields.length === 0 ? nothing : fields.map((field) => ({ column: block.columns.get(field) as BlockColumn, at }))

/** The rows of a piece within a span of days. */
export function within({ block: { days }, first, end }: Piece, from: number, to: number): [first: number, end: number] {
  return [
    from === Number.NEGATIVE_INFINITY ? first : firstFrom(days, first, end, from),
    to === Number.POSITIVE_INFINITY ? end : firstFrom(days, first, end, to + 1),
  ]
}

/** The first of some ascending days that is not before a day. */
function firstFrom(days: Int32Array, first: number, end: number, day: number): number {
  let [low, high] = [first, end]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((days[middle] as number) < day) low = middle + 1
    else high = middle
  }
  return low
}

/** Whether a piece tells the factor of each day between two: the last one on or before it that is not null. */
function hasFactors(piece: Piece, field: string, firstDay: number, lastDay: number): boolean {
  const column = piece.block.columns.get(field)
  if (!column || piece.from > firstDay || piece.to < lastDay) return false
  if (piece.from === Number.NEGATIVE_INFINITY) return true
  const [first, end] = within(piece, Number.NEGATIVE_INFINITY, firstDay)
  for (let at = end - 1; at >= first; at--) if (isValid(column, at)) return true
  return false
}

/** The first answer that is not `undefined`. */
function firstOf<One, Answer>(all: readonly One[], ask: (one: One) => Answer | undefined): Answer | undefined {
  for (const one of all) {
    const answer = ask(one)
    if (answer !== undefined) return answer
  }
  return undefined
}
