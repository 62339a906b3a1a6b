import type { Dataset } from '@stockdb/contract'
import { daysOf } from '@stockdb/contract/internal'
import { readsOf } from '../../plan/uses.ts'
import type { BlockFiles, CacheFolder, Filed } from '../cache-folder.ts'
import { MAX_LIFE_MS } from '../kept-memory.ts'
import type { WireParts } from '../wire-answer.ts'
import { askedRows } from './asked-rows.ts'
import { Block, type BlockFacts, type BlockRead } from './block.ts'
import { decodeBlock, encodeBlock, encodeRoster } from './block-file.ts'
import type { BlockSources, BlocksOnDisk, PlannedCall } from './block-sources.ts'
import { blockBytes, type MadeBlocks, piecesOf } from './collect-blocks.ts'

const VALUE_BYTES = 8
/**
 * How many times the bytes of an answer are read from disk for it, where others must make room for them: a byte from disk costs a fourth of
 * one from the database. Where there is room, more are read, because later answers need them, too; at least this many.
 */
const WORTH = 4
const WORTH_WITH_ROOM = 16
const LEAST_BYTES = 4 * 2 ** 20

/** Rows that blocks may have. */
interface Wanted {
  readonly dataset: Dataset
  /** Ascending; all if absent. */
  readonly symbols: readonly string[] | undefined
  readonly fields: readonly string[]
  readonly from: number
  readonly to: number
}

/** Blocks on disk: those for which memory has no room, and those of the last run. They come back to memory to be used. */
export class FiledBlocks implements BlocksOnDisk, BlockFiles {
  readonly #sources: Omit<BlockSources, 'filed'>
  readonly #folder: CacheFolder
  /** By dataset. */
  readonly #files = new Map<string, Set<Filed>>()
  /** Those that are being read, one after the other: each takes memory of its own meanwhile. */
  readonly #coming = new Map<Filed, Promise<boolean>>()
  #last: Promise<unknown> = Promise.resolve()
  readonly #shapes = new WeakMap<Dataset, { readonly table: object; readonly shape: string }>()

  constructor(sources: Omit<BlockSources, 'filed'>, folder: CacheFolder) {
    this.#sources = sources
    this.#folder = folder
    folder.watchBlocks(this)
  }

  added(file: Filed): void {
    const { dataset } = file.block as BlockFacts
    const files = this.#files.get(dataset)
    if (files) files.add(file)
    else this.#files.set(dataset, new Set([file]))
  }

  gone(file: Filed): void {
    const { dataset } = file.block as BlockFacts
    const files = this.#files.get(dataset)
    files?.delete(file)
    if (files?.size === 0) this.#files.delete(dataset)
  }

  keep(dataset: Dataset, { blocks, roster }: MadeBlocks): void {
    const shape = this.#shapeOf(dataset)
    if (shape === undefined) return
    for (const { block, pieces } of blocks) this.#keep(block, shape, false, () => encodeBlock(block, pieces, dataset))
    if (roster) this.#keep(roster.block, shape, true, () => encodeRoster(roster, dataset))
  }

  async bringBack({ plan, queries }: PlannedCall): Promise<boolean> {
    if (this.#files.size === 0 || plan.checks.length > 0 || plan.choice) return false
    const found = new Map<Filed, Dataset>()
    for (const read of readsOf(plan)) {
      const asked = askedRows(queries, this.#sources.tables, read, new Map())
      if (!asked) continue
      const from = asked.last === undefined ? asked.from : Number.NEGATIVE_INFINITY
      this.#find({ ...asked, from }, found)
      const { factor, symbols, to } = asked
      // The factor of a day may be older.
      if (factor) this.#find({ ...factor, symbols, fields: [factor.field], from: Number.NEGATIVE_INFINITY, to }, found)
    }
    const bytes = [...found.keys()].reduce((sum, one) => sum + one.bytes, 0)
    const { store, maxFillBytes } = this.#sources
    const answer = plan.guessedRows * plan.fields.length * VALUE_BYTES
    const most = store.hasRoomFor(bytes) ? Math.max(LEAST_BYTES, WORTH_WITH_ROOM * answer) : WORTH * answer
    if (bytes > Math.min(most, maxFillBytes)) return false
    let came = false
    for (const [file, dataset] of found) if (await this.#bring(file, dataset)) came = true
    return came
  }

  #keep(block: Block, shape: string, isRoster: boolean, whole: () => WireParts): void {
    const { writes } = this.#sources
    const { dataset, needs, read, columns, last, bytes } = block
    const { isExact, together, startedAt, startedOn } = read
    if (!writes.isOfEpoch(read.state) || writes.isTouched(needs, startedAt)) return
    const fields = [...columns.keys()]
    const name = this.#folder.nameOf('block', dataset, shape, isRoster, fields, last, needs)
    this.#folder.keep({
      ...{ name, bytes, needs, whole, readOn: startedOn, at: startedAt, until: startedAt + MAX_LIFE_MS },
      block: { dataset, shape, fields, last, isRoster, isExact, together },
      memory: { read, block: new WeakRef(block) },
    })
  }

  /** Finds those with rows that are not in memory. */
  #find({ dataset, symbols, fields, from, to }: Wanted, into: Map<Filed, Dataset>): void {
    const now = performance.now()
    for (const file of this.#files.get(dataset.name) ?? []) {
      if (file.memory?.block.deref()?.isKept || now >= file.until) continue
      const span = spanOf(file)
      if (span.from > to || span.to < from) continue
      const { isRoster, fields: has } = file.block as BlockFacts
      // Symbols and days are of use without fields, and a roster for what it says of symbols.
      if (!isRoster && fields.length > 0 && !fields.some((field) => has.includes(field))) continue
      const [need] = file.needs
      if (symbols && need?.symbols && !meet(symbols, need.symbols)) continue
      // Of some symbols it is only asked whether they have rows at all.
      if (symbols && isRoster && (span.from > from || span.to < to)) continue
      into.set(file, dataset)
    }
  }

  #bring(file: Filed, dataset: Dataset): Promise<boolean> {
    let coming = this.#coming.get(file)
    if (!coming) {
      coming = this.#last.then(() => this.#read(file, dataset)).finally(() => this.#coming.delete(file))
      this.#last = coming.catch(() => {})
      this.#coming.set(file, coming)
    }
    return coming
  }

  async #read(file: Filed, dataset: Dataset): Promise<boolean> {
    // Another call may have brought it back while this one waited.
    if (file.memory?.block.deref()?.isKept) return true
    const shape = this.#shapeOf(dataset)
    if (shape === undefined || this.#folder.find(file.name) !== file) return false
    if (shape !== file.block?.shape) {
      this.#folder.drop(file.name)
      return false
    }
    const whole = await this.#folder.read(file)
    // Every write that is known by now and touches it has removed it, and the table may be another one by now.
    return whole !== undefined && shape === this.#shapeOf(dataset) && this.#put(file, dataset, whole)
  }

  #put(file: Filed, dataset: Dataset, whole: WireParts): boolean {
    const { store, tables } = this.#sources
    const read = file.memory?.read ?? this.#readOf(file)
    if (!read) return false
    const { last, isRoster } = file.block as BlockFacts
    const decoded = decodedOf(whole)
    if (!decoded) {
      this.#folder.drop(file.name)
      return false
    }
    const { symbols, rowsOf, days, columns } = decoded
    const [need] = file.needs
    const group = need?.symbols ?? symbols
    const { keyOf, onLeft } = store.making
    const block = new Block(
      {
        ...{ key: keyOf(), dataset: dataset.name, table: tables.lookAt(dataset), read, needs: file.needs, last },
        // Its columns are views of the whole file.
        ...{ days, columns, bytes: blockBytes(group.length, []) + whole.bytes },
      },
      onLeft,
    )
    file.memory = { read, block: new WeakRef(block) }
    const { from, to } = spanOf(file)
    if (isRoster) return store.put(block, new Map(), { block, from, to, symbols, among: new Set(symbols) })
    return store.put(
      block,
      piecesOf(block, group, (symbol) => rowsOf.get(symbol), from, to),
    )
  }

  /** A block of the last run is true as of the look by which that was proved. */
  #readOf({ at, readOn, block }: Filed): BlockRead | undefined {
    const state = this.#sources.writes.watch.current
    if (!state || !block) return undefined
    const { isExact, together } = block
    return { startedAt: at, startedOn: readOn, endedAt: at, state, isExact, together }
  }

  /** A name for all that is known of a table, and its declaration; `undefined` if it was not looked at. */
  #shapeOf(dataset: Dataset): string | undefined {
    const { tables } = this.#sources
    const table = tables.lookAt(dataset)
    if (!table) return undefined
    const known = this.#shapes.get(dataset)
    if (known?.table === table) return known.shape
    const shape = this.#folder.nameOf('table', dataset, tables.knownOf(dataset))
    this.#shapes.set(dataset, { table, shape })
    return shape
  }
}

/** What is in a file; `undefined` if another version of the program wrote it in another form. */
function decodedOf(whole: WireParts): ReturnType<typeof decodeBlock> | undefined {
  try {
    return decodeBlock(whole)
  } catch {
    return undefined
  }
}

/** The days of a file, as its only need says. */
function spanOf({ needs: [need] }: Filed): { readonly from: number; readonly to: number } {
  const { from, to } = need ?? {}
  return {
    from: from === undefined ? Number.NEGATIVE_INFINITY : daysOf(from),
    to: to === undefined ? Number.POSITIVE_INFINITY : daysOf(to),
  }
}

/** Whether two ascending lists have a symbol in common. */
function meet(some: readonly string[], others: readonly string[]): boolean {
  const [few, many] = some.length < others.length ? [some, others] : [others, some]
  return few.some((symbol) => includes(many, symbol))
}

function includes(sorted: readonly string[], symbol: string): boolean {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as string) < symbol) low = middle + 1
    else high = middle
  }
  return sorted[low] === symbol
}
