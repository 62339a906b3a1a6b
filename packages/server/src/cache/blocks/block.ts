import type { Vector } from '@stockdb/contract/wire'
import type { DatabaseState } from '../commit-watch.ts'
import type { Kept } from '../kept-memory.ts'
import type { Need } from '../touched.ts'

/** Numbers of a column, as a batch has them. */
export type Numbers = Float64Array | Int32Array | BigInt64Array | Uint8Array

/** The types of fields that blocks have: those whose values are numbers. */
export type NumberType = Exclude<Vector['type'], 'symbol' | 'text'>

/** A field of the rows of a block. */
export interface BlockColumn {
  readonly type: NumberType
  readonly values: Numbers
  /** A bit for each row, 1 for a value; absent if nothing is null. */
  readonly validity: Uint8Array | undefined
}

/** One state of the database in which blocks were read together, and what is known of it. Times are those of `performance.now()`. */
export interface BlockRead {
  /** Before the first row was read. */
  readonly startedAt: number
  readonly startedOn: number
  /** After the last one was read. */
  readonly endedAt: number
  /** The state of the database that was met last before. */
  readonly state: DatabaseState
  /** Whether a later look at the database tells of every commit that the read saw, so that its blocks may be used beside others. */
  readonly isExact: boolean
  /** The same for blocks that were read in one state. */
  readonly together: string
}

/** What a file says of a block besides its needs and its columns. */
export interface BlockFacts extends Pick<BlockRead, 'isExact' | 'together'> {
  readonly dataset: string
  /** A name for all that is known of the table, and its declaration. */
  readonly shape: string
  readonly fields: readonly string[]
  /** See {@link Block.last}. */
  readonly last?: number | undefined
  /** Whether it says which symbols there are, and has no rows. */
  readonly isRoster: boolean
}

/** What is known of a block on disk that was also in memory. */
export interface BlockInMemory {
  readonly read: BlockRead
  /** The one that was there last. */
  readonly block: WeakRef<Block>
}

/** All rows of a symbol within a span of days, in a block: those from `first` to before `end`. */
export interface Piece {
  readonly block: Block
  readonly first: number
  readonly end: number
  /** Days since 1970, both inclusive, infinite where the span is open. */
  readonly from: number
  readonly to: number
}

/** Columns of some rows of a dataset, by symbol and date. They are never changed: batches have copies. */
export class Block implements Kept {
  readonly key: string
  readonly dataset: string
  /** What is known of the table: the rows of another one are others. */
  readonly table: unknown
  readonly read: BlockRead
  readonly needs: readonly Need[]
  readonly days: Int32Array
  readonly columns: ReadonlyMap<string, BlockColumn>
  /** Only the last rows of each symbol were asked for, so many. */
  readonly last: number | undefined
  readonly bytes: number
  /** Whether it is kept: it left the memory, or its rows were written since. */
  isKept = false
  readonly #onLeft: (block: Block) => void

  constructor(of: Omit<Block, 'isKept' | 'left'>, onLeft: (block: Block) => void) {
    this.key = of.key
    this.dataset = of.dataset
    this.table = of.table
    this.read = of.read
    this.needs = of.needs
    this.days = of.days
    this.columns = of.columns
    this.last = of.last
    this.bytes = of.bytes
    this.#onLeft = onLeft
  }

  left(): void {
    this.isKept = false
    this.#onLeft(this)
  }
}
