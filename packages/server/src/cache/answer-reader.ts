import type { FrameSource } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import type { AnswerSource } from '../execute/reading.ts'
import { NotInBlocks } from './blocks/block-reading.ts'
import type { PlannedCall } from './blocks/block-sources.ts'
import type { BlockSource, Blocks } from './blocks/blocks.ts'
import { encodeWhole } from './encode-whole.ts'
import type { Flown } from './flight.ts'

/** Reads an answer from the database, and from blocks if there are some. */
export type OpenAnswer = (signal: AbortSignal, blocks?: AnswerSource) => Promise<FrameSource>

/** Reads answers: from blocks alone if they have everything, else with what is missing, else from the database. */
export class AnswerReader {
  readonly #blocks: Blocks | undefined
  readonly #maxBytes: number
  #fromBlocks = 0

  /** An answer of more than `maxBytes` is read as it comes. */
  constructor(blocks: Blocks | undefined, maxBytes: number) {
    this.#blocks = blocks
    this.#maxBytes = maxBytes
  }

  /** How many answers were made of blocks alone. */
  get fromBlocks(): number {
    return this.#fromBlocks
  }

  /** `call` is absent where blocks cannot help. */
  async read(call: PlannedCall | undefined, signal: AbortSignal, open: OpenAnswer): Promise<Flown> {
    const blocks = this.#blocks
    if (call && blocks) {
      let flown = await this.#readKept(blocks, call, signal, open)
      if (!flown && (await blocks.bringBack(call))) flown = await this.#readKept(blocks, call, signal, open)
      if (flown) return flown
    }
    const made =
      call && blocks?.makes(call) ? await this.#tryBlocks(blocks.made(call), signal, open).catch(ifOther) : undefined
    return made ?? { result: await encodeWhole(await open(signal), this.#maxBytes) }
  }

  async #readKept(
    blocks: Blocks,
    call: PlannedCall,
    signal: AbortSignal,
    open: OpenAnswer,
  ): Promise<Flown | undefined> {
    if (!blocks.mayHave(call)) return undefined
    // What is wrong with the answer, the database is to say.
    const flown = await this.#tryBlocks(await blocks.kept(call), signal, open).catch(() => undefined)
    if (flown) this.#fromBlocks++
    else signal.throwIfAborted()
    return flown
  }

  async #tryBlocks(source: BlockSource | undefined, signal: AbortSignal, open: OpenAnswer): Promise<Flown | undefined> {
    if (!source) return undefined
    const result = await encodeWhole(await open(signal, source), this.#maxBytes)
    const basis = source.basis()
    if (!('rest' in result)) return basis ? { result, basis } : { result }
    // It is read as it comes, and says nothing of blocks.
    if (!basis) return { result }
    await result.rest.return?.()
    return undefined
  }
}

/** Nothing if blocks cannot have the answer, or a table has something that only blocks would read. */
function ifOther(error: unknown): undefined {
  if (error instanceof NotInBlocks || (error instanceof StockdbError && error.code === 'SCHEMA_MISMATCH'))
    return undefined
  throw error
}
