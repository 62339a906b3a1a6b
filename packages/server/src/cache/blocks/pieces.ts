import { isValid } from '@stockdb/contract/wire'
import type { AskedRows } from './asked-rows.ts'
import type { Block, BlockColumn, Piece } from './block.ts'
import type { SymbolBlocks } from './symbol-blocks.ts'

/** Some rows of a symbol that follow each other, in one block, or with each field in another. */
export interface Part {
  readonly rows: number
  readonly days: Int32Array
  /** Where the first one is in `days`, and in each of the columns, which are those of the fields asked for. */
  readonly at: number
  readonly columns: readonly { readonly column: BlockColumn; readonly at: number }[]
}

/** Days of which blocks lack something, both inclusive. */
export interface Gap {
  readonly from: number
  readonly to: number
  readonly fields: readonly string[]
}

/**
 * Rows in more pieces than these are read again in one: windows that move on by a day would else leave a piece for each of them.
 */
export const MAX_PIECES = 8
/** Only so many days of the last rows of a symbol are read by their dates: of a longer time, there may be many more rows than asked for. */
export const MAX_TAIL_DAYS = 31

const nothing: Part['columns'] = []

export const isGap = (found: readonly unknown[] | Gap): found is Gap => !Array.isArray(found)

/** The rows of a symbol within a span, from one piece after the other; or the days that none has. */
export function spanOf({ fields, present, from, to }: AskedRows, blocks: SymbolBlocks): readonly Part[] | Gap {
  if (from > to) return []
  const parts: Part[] = []
  let gap: Gap | undefined
  for (let [day, pieces] = [from, 0]; ; pieces++) {
    if (pieces === MAX_PIECES) return { from, to, fields }
    const tile = tileOf(blocks, fields, present, day, to)
    if ('parts' in tile) parts.push(...tile.parts)
    else
      gap = gap
        ? { from: gap.from, to: tile.to, fields: union(gap.fields, tile.lacks) }
        : { from: day, to: tile.to, fields: tile.lacks }
    if (tile.to >= to) return gap ?? parts
    day = tile.to + 1
  }
}

/** What is known of the rows from some day on, up to the day `to`. */
type Tile = { readonly to: number } & ({ readonly parts: readonly Part[] } | { readonly lacks: readonly string[] })

function tileOf(
  blocks: SymbolBlocks,
  fields: readonly string[],
  present: string | undefined,
  day: number,
  last: number,
): Tile {
  const whole = blocks.reaching(day, last, fields)
  if (whole) {
    const to = Math.min(last, whole.to)
    return { to, parts: rowsOf(whole, fields, within(whole, day, to), present) }
  }
  const absent = blocks.absentAround(day)
  if (absent) return { to: Math.min(last, absent.to), parts: [] }
  const any = blocks.reaching(day, last, [])
  const next = Math.min(last, blocks.nextFrom(day) - 1)
  if (!any || present !== undefined) return { to: next, lacks: fields }
  const pieces = fields.map((field) => blocks.reaching(day, last, [field]))
  const lacks = fields.filter((_, at) => !pieces[at])
  const to = pieces.reduce((least, piece) => Math.min(least, piece?.to ?? least), Math.min(last, any.to))
  if (lacks.length > 0) return { to: Math.min(to, next), lacks }
  const [first, end] = within(any, day, to)
  const columns: { column: BlockColumn; at: number }[] = []
  for (const [at, field] of fields.entries()) {
    const piece = pieces[at] as Piece
    const [start, stop] = within(piece, day, to)
    // Rows of one state of the database are equally many.
    if (stop - start !== end - first) return { to, lacks: fields }
    columns.push({ column: piece.block.columns.get(field) as BlockColumn, at: start })
  }
  return { to, parts: first === end ? [] : [{ rows: end - first, days: any.block.days, at: first, columns }] }
}

/** The last rows of a symbol, up to a day, from one piece before the other. */
export function lastRowsOf(asked: AskedRows, blocks: SymbolBlocks): readonly Part[] | Gap {
  const { fields, present, to, last = 1 } = asked
  const isOpen = (piece: Piece): boolean => piece.from === Number.NEGATIVE_INFINITY
  const single = blocks.sufficing(to, fields, (one) => isOpen(one) || endOf(one, to, last, present).rows === last)
  if (single) {
    const { at, end } = endOf(single, to, last, present)
    return rowsOf(single, fields, [at, end], present)
  }
  const parts: Part[] = []
  let rows = 0
  for (let [day, pieces] = [to, 0]; pieces < MAX_PIECES; pieces++) {
    const piece = blocks.reachingBack(day, fields)
    const around = piece ?? blocks.absentAround(day)
    if (!around) return lackBefore(asked, blocks, day)
    if (piece) {
      const found = endOf(piece, day, last - rows, present)
      rows += found.rows
      parts.unshift(...rowsOf(piece, fields, [found.at, found.end], present))
    }
    if (rows === last || around.from === Number.NEGATIVE_INFINITY) return parts
    day = around.from - 1
  }
  return { from: Number.NEGATIVE_INFINITY, to, fields }
}

/** What to read if nothing is known of a day. */
function lackBefore({ fields, present, to }: AskedRows, blocks: SymbolBlocks, day: number): Gap {
  if (day < to) return { from: Number.NEGATIVE_INFINITY, to: present === undefined ? to : day, fields }
  const since = blocks.lastBefore(to, fields) + 1
  if (to - since < MAX_TAIL_DAYS) return { from: since, to, fields }
  // Most symbols have a value in a month.
  const isShort = present !== undefined && Number.isFinite(to)
  return { from: isShort ? to - MAX_TAIL_DAYS : Number.NEGATIVE_INFINITY, to, fields }
}

/** The last rows of a piece up to a day, so many or all, of which the field is not null. */
function endOf(
  piece: Piece,
  day: number,
  most: number,
  present: string | undefined,
): { readonly at: number; readonly end: number; readonly rows: number } {
  const [first, end] = within(piece, Number.NEGATIVE_INFINITY, day)
  const column = present === undefined ? undefined : piece.block.columns.get(present)
  let [at, rows] = [end, 0]
  while (at > first && rows < most) {
    at--
    if (!column || isValid(column, at)) rows++
  }
  return { at, end, rows }
}

/** Some rows of a piece, without those in which a field is null. */
function rowsOf(
  { block }: Piece,
  fields: readonly string[],
  [first, end]: readonly [first: number, end: number],
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

const columnsAt = (block: Block, fields: readonly string[], at: number): Part['columns'] =>
  fields.length === 0 ? nothing : fields.map((field) => ({ column: block.columns.get(field) as BlockColumn, at }))

/**
 * The pieces that tell the factor of each day between two: the last one on or before it that is not null. `before` is the day from
 * which on factors are read if none of the first day is there, `to` the one up to which they are.
 */
export function factorsOf(
  blocks: SymbolBlocks,
  field: string,
  {
    first,
    last,
    before,
    to,
  }: { readonly first: number; readonly last: number; readonly before: number; readonly to: number },
): readonly Piece[] | Gap {
  const fields = [field]
  const found: Piece[] = []
  for (let day = first; found.length < MAX_PIECES; ) {
    const piece = blocks.reaching(day, last, fields)
    if (!piece) {
      const next = blocks.nextFrom(day) - 1
      return { from: found.length === 0 ? before : day, to: next < last ? next : to, fields }
    }
    found.push(piece)
    if (piece.to >= last) return withEarlier(blocks, field, first, found)
    day = piece.to + 1
  }
  return { from: before, to, fields }
}

/** Adds the pieces before the first one until the factor of a day is known. */
function withEarlier(blocks: SymbolBlocks, field: string, day: number, found: Piece[]): readonly Piece[] | Gap {
  const [first] = found as [Piece]
  for (let oldest = first; !knows(oldest, field, day); ) {
    const earlier = blocks.reachingBack(oldest.from - 1, [field])
    if (!earlier) return { from: Number.NEGATIVE_INFINITY, to: oldest.from - 1, fields: [field] }
    found.unshift(earlier)
    oldest = earlier
  }
  return found
}

/** Whether a piece tells the factor of a day. */
function knows(piece: Piece, field: string, day: number): boolean {
  if (piece.from === Number.NEGATIVE_INFINITY) return true
  const column = piece.block.columns.get(field) as BlockColumn
  const [first, end] = within(piece, Number.NEGATIVE_INFINITY, day)
  for (let at = end - 1; at >= first; at--) if (isValid(column, at)) return true
  return false
}

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

/** Each once. */
const union = (some: readonly string[], others: readonly string[]): readonly string[] => [
  ...new Set([...some, ...others]),
]
