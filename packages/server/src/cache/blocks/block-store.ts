import type { KeptMemory } from '../kept-memory.ts'
import type { KnownWrites } from '../known-writes.ts'
import { isTouched } from '../touched.ts'
import type { Block, BlockRead, Piece } from './block.ts'
import { BlockIndex, type Roster } from './block-index.ts'
import type { BlockCollector, BlockMaking, MadeBlocks } from './collect-blocks.ts'

/** A larger block would make much room at once that is needed again. */
const BLOCK_BYTES = 2 * 2 ** 20

/** The blocks of all datasets that are kept, as far as nothing that was written since touched them. */
export class BlockStore {
  readonly #memory: KeptMemory
  readonly #maxBytes: number
  readonly #writes: KnownWrites
  readonly #indexes = new Map<string, BlockIndex>()
  readonly #symbols = new Map<Block, Iterable<string>>()
  readonly #refused = new Map<string, unknown>()
  #lastKey = 0
  /** When the last block was read. */
  lastReadAt = Number.NEGATIVE_INFINITY

  /** `maxBytes` is what one block may take, of which the memory takes more. */
  constructor(memory: KeptMemory, writes: KnownWrites, maxBytes: number) {
    this.#memory = memory
    this.#maxBytes = Math.min(maxBytes, BLOCK_BYTES)
    this.#writes = writes
    writes.listen((touched) => {
      for (const { key, needs, read } of this.#symbols.keys())
        if (touched.some((one) => isTouched(needs, read.startedAt, one))) memory.delete(key)
    })
  }

  get size(): number {
    return this.#symbols.size
  }

  indexOf(dataset: string): BlockIndex | undefined {
    return this.#indexes.get(dataset)
  }

  /** Whether there is room for something without others making it. */
  hasRoomFor(bytes: number): boolean {
    return this.#memory.calculatedSize + bytes <= this.#memory.maxSize
  }

  /** Makes blocks of the rows of a read, and keeps those that nothing touched meanwhile; `undefined` if they do not fit. */
  add(collected: BlockCollector, read: BlockRead): MadeBlocks | undefined {
    const made = collected.finish(read, { ...this.making, maxBytes: this.#maxBytes })
    if (!made) return undefined
    for (const { block, pieces } of made.blocks) this.put(block, pieces)
    if (made.roster) this.put(made.roster.block, new Map(), made.roster)
    return made
  }

  /** Keeps a block, unless something touched it since it was read. Returns whether there is room for it. */
  put(block: Block, pieces: ReadonlyMap<string, Piece>, roster?: Roster): boolean {
    const { read, needs, dataset, key } = block
    this.lastReadAt = Math.max(this.lastReadAt, read.endedAt)
    if (!this.#writes.isOfEpoch(read.state) || this.#writes.isTouched(needs, read.startedAt)) return false
    let index = this.#indexes.get(dataset)
    if (!index) {
      index = new BlockIndex()
      this.#indexes.set(dataset, index)
    }
    index.add(pieces)
    if (roster) index.addRoster(roster)
    this.#symbols.set(block, [...pieces.keys()])
    block.isKept = true
    // Others make room, or it has none itself, and leaves at once.
    this.#memory.set(key, block)
    if (!this.#memory.has(key)) block.left()
    return block.isKept
  }

  /** Remembers that the rows of a table are not as blocks have them. */
  refuse(dataset: string, table: unknown): void {
    this.#refused.set(dataset, table)
  }

  isRefused(dataset: string, table: unknown): boolean {
    return this.#refused.has(dataset) && this.#refused.get(dataset) === table
  }

  /** Says that a block was used. */
  use({ key }: Block): void {
    this.#memory.get(key)
  }

  /** How blocks are made that it can keep. */
  readonly making: Omit<BlockMaking, 'maxBytes'> = {
    keyOf: () => `block ${this.#lastKey++}`,
    onLeft: (block) => {
      const symbols = this.#symbols.get(block)
      if (!symbols) return
      this.#symbols.delete(block)
      const index = this.#indexes.get(block.dataset)
      index?.remove(block, symbols)
      if (index?.isEmpty) this.#indexes.delete(block.dataset)
    },
  }
}
