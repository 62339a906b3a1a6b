import type { Block, Piece } from './block.ts'
import type { BlockIndex, Roster } from './block-index.ts'

/** Where to look: indexes of the datasets, in the order in which they are looked into. */
export interface BlockPlaces {
  indexesOf(dataset: string): readonly BlockIndex[]
  /** Whether a block may be used; the first choice of several is the newest. */
  isUsable(block: Block): boolean
  /** Says that a block is used. */
  use(block: Block): void
}

/** What blocks have of one symbol of a dataset. What is returned counts as used. */
export class SymbolBlocks {
  readonly #places: BlockPlaces
  readonly #symbol: string
  readonly #indexes: readonly BlockIndex[]
  readonly #rosters: readonly Roster[]

  /** Of the rosters, all may be used. */
  constructor(places: BlockPlaces, symbol: string, indexes: readonly BlockIndex[], rosters: readonly Roster[]) {
    this.#places = places
    this.#symbol = symbol
    this.#indexes = indexes
    this.#rosters = rosters
  }

  /** The piece with some fields of a day that reaches farthest, at most to a last one. */
  reaching(day: number, last: number, fields: readonly string[]): Piece | undefined {
    return this.#best(day, fields, (piece, best) => Math.min(last, piece.to) > Math.min(last, best.to))
  }

  /** The same to the past. */
  reachingBack(day: number, fields: readonly string[]): Piece | undefined {
    return this.#best(day, fields, (piece, best) => piece.from < best.from)
  }

  /** The newest piece with some fields of a day that is enough. */
  sufficing(day: number, fields: readonly string[], isEnough: (piece: Piece) => boolean): Piece | undefined {
    return this.#best(day, fields, () => false, isEnough)
  }

  /** The first day of the next piece after a day; infinity if there is none. */
  nextFrom(day: number): number {
    let next = Number.POSITIVE_INFINITY
    for (const index of this.#indexes)
      for (const piece of index.piecesOf(this.#symbol))
        if (piece.from > day && piece.from < next && this.#places.isUsable(piece.block)) next = piece.from
    return next
  }

  /** The last day before another of which there are some fields; minus infinity if there is none. */
  lastBefore(day: number, fields: readonly string[]): number {
    let last = Number.NEGATIVE_INFINITY
    for (const index of this.#indexes)
      for (const piece of index.piecesOf(this.#symbol))
        if (piece.to < day && piece.to > last && hasAll(piece, fields) && this.#places.isUsable(piece.block))
          last = piece.to
    return last
  }

  /** The days around one of which it is known that the symbol has no rows. */
  absentAround(day: number): { readonly from: number; readonly to: number } | undefined {
    const roster = this.#rosters.find((one) => one.from <= day && one.to >= day && !one.among.has(this.#symbol))
    if (roster) this.#places.use(roster.block)
    return roster
  }

  #best(
    day: number,
    fields: readonly string[],
    isBetter: (piece: Piece, best: Piece) => boolean,
    fits: (piece: Piece) => boolean = () => true,
  ): Piece | undefined {
    let best: Piece | undefined
    for (const index of this.#indexes) {
      const pieces = index.piecesOf(this.#symbol)
      for (let at = pieces.length - 1; at >= 0; at--) {
        const piece = pieces[at] as Piece
        if (piece.from > day || piece.to < day || (best && !isBetter(piece, best))) continue
        if (hasAll(piece, fields) && fits(piece) && this.#places.isUsable(piece.block)) best = piece
      }
    }
    if (best) this.#places.use(best.block)
    return best
  }
}

const hasAll = ({ block: { columns } }: Piece, fields: readonly string[]): boolean =>
  fields.every((field) => columns.has(field))
