import type { Block, Piece } from './block.ts'

const nothing: readonly Piece[] = []

/** Which blocks have the rows of which symbols of a dataset, the newest last. */
export class BlockIndex {
  readonly #pieces = new Map<string, Piece[]>()
  readonly #rosters: Roster[] = []

  add(pieces: ReadonlyMap<string, Piece>): void {
    for (const [symbol, piece] of pieces) {
      const known = this.#pieces.get(symbol)
      if (known) known.push(piece)
      else this.#pieces.set(symbol, [piece])
    }
  }

  addRoster(roster: Roster): void {
    this.#rosters.push(roster)
  }

  /** Forgets what blocks have that are kept no longer. */
  remove(block: Block, symbols: Iterable<string>): void {
    for (const symbol of symbols) {
      const rest = this.#pieces.get(symbol)?.filter((piece) => piece.block !== block) ?? []
      if (rest.length === 0) this.#pieces.delete(symbol)
      else this.#pieces.set(symbol, rest)
    }
    const left = this.#rosters.filter((roster) => roster.block !== block)
    if (left.length < this.#rosters.length) this.#rosters.splice(0, this.#rosters.length, ...left)
  }

  has(symbol: string): boolean {
    return this.#pieces.has(symbol)
  }

  /** Those of a symbol, the newest last. */
  piecesOf(symbol: string): readonly Piece[] {
    return this.#pieces.get(symbol) ?? nothing
  }

  /** The newest last. */
  get rosters(): readonly Roster[] {
    return this.#rosters
  }

  get isEmpty(): boolean {
    return this.#pieces.size === 0 && this.#rosters.length === 0
  }

  get hasRosters(): boolean {
    return this.#rosters.length > 0
  }

  /** The newest piece of a symbol that fits. */
  find(symbol: string, fits: (piece: Piece) => boolean): Piece | undefined {
    return this.#pieces.get(symbol)?.findLast(fits)
  }

  /** The newest roster that fits. */
  roster(fits: (roster: Roster) => boolean): Roster | undefined {
    return this.#rosters.findLast(fits)
  }
}

/** All symbols of a dataset that have a row within a span of days. It is kept as long as a block without rows. */
export interface Roster {
  readonly block: Block
  readonly from: number
  readonly to: number
  /** Ascending. */
  readonly symbols: readonly string[]
  readonly among: ReadonlySet<string>
}
