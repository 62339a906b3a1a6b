import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { Dataset } from '@stockdb/contract'
import { dateOf } from '@stockdb/contract/internal'
import type { ReadBatch, ReadQuery, RowSource, Snapshot } from '../../engine/engine.ts'
import type { PlannedRead, PlannedSource } from '../../execute/run.ts'
import { compileRead } from '../../plan/compile-read.ts'
import type { Read } from '../../plan/read.ts'
import type { LookedUpValues } from '../../plan/read-types.ts'
import type { DatabaseState } from '../commit-watch.ts'
import { MAX_LIFE_MS } from '../kept-memory.ts'
import { type AskedRows, askedRows } from './asked-rows.ts'
import { batchesOf, lastDateOf } from './batches-of.ts'
import type { Block } from './block.ts'
import { BlockIndex } from './block-index.ts'
import type { BlockSources, PlannedCall } from './block-sources.ts'
import { BlockCollector } from './collect-blocks.ts'
import { type FoundRows, findRows, type Lack, type LackingRows } from './find-rows.ts'
import type { BlockPlaces } from './symbol-blocks.ts'

/** Rows of the last days and those before, factors of a month and those before. */
const MAX_FILLS = 4

/** The answer cannot be made from blocks: it is read as if there were none. */
export class NotInBlocks extends Error {}

/** Where the rows of an answer may come from. */
export interface ReadingOptions {
  readonly call: PlannedCall
  /** The state of the database that was met last before. */
  readonly state: DatabaseState
  /** Blocks that were read before this moment may be used: they are proved for it, or will be. */
  readonly moment: number
  /** If given, only blocks that were read together with it. */
  readonly alone?: string | undefined
  /** What is missing is read from it. Without it, the answer is as of the moment. */
  readonly database?: Database | undefined
  /** Whether the answer has several reads, and so the number of the last write. */
  readonly isNumbered: boolean
}

/** One state of the database. */
export interface Database {
  readonly source: RowSource
  /** Absent where one statement is all that may be read. */
  readonly snapshot: Snapshot | undefined
  readonly openedAt: number
  readonly openedOn: number
  readonly isExact: boolean
}

/** The reads of one answer: from blocks, and from the database where blocks lack something. All of it is of one state. */
export class BlockReading implements PlannedSource, BlockPlaces {
  readonly planned = new Map<ReadQuery, PlannedRead>()
  /** The moment from which on the oldest block that was used is not used any more. */
  until = Number.POSITIVE_INFINITY
  readonly #sources: BlockSources
  readonly #options: ReadingOptions
  readonly #together = randomUUID()
  readonly #own = new Map<string, BlockIndex>()
  readonly #used = new Set<Block>()
  readonly #tables = new Map<string, unknown>()
  #ownBytes = 0
  #statements = 0
  #isProved: boolean

  constructor(sources: BlockSources, options: ReadingOptions) {
    this.#sources = sources
    this.#options = options
    this.#isProved = options.database === undefined
  }

  /** Whether blocks were used that had been read for another answer. */
  get usesKept(): boolean {
    return this.#used.size > 0
  }

  get sequence(): number | undefined {
    const { isNumbered, database, moment } = this.#options
    if (!isNumbered) return undefined
    return database ? database.snapshot?.sequence : this.#sources.writes.numberAt(moment)?.sequence
  }

  read(query: ReadQuery, signal: AbortSignal): AsyncIterable<ReadBatch> {
    return this.#read(query, signal, false)
  }

  readLast(query: ReadQuery, signal: AbortSignal): AsyncIterable<ReadBatch> {
    return this.#read(query, signal, true)
  }

  end(): void {
    this.#options.database?.snapshot?.end()
  }

  indexesOf(dataset: string): readonly BlockIndex[] {
    const [own, kept] = [this.#own.get(dataset), this.#sources.store.indexOf(dataset)]
    return [own, kept].filter((index) => index !== undefined)
  }

  isUsable({ read, isKept, dataset, table }: Block): boolean {
    if (read.together === this.#together) return true
    const { moment, alone, database } = this.#options
    if (!isKept || read.endedAt > moment || table !== this.#tableOf(dataset)) return false
    if (performance.now() >= read.startedAt + MAX_LIFE_MS) return false
    if (alone !== undefined) return read.together === alone
    return read.isExact && (database?.isExact ?? true)
  }

  use(block: Block): void {
    if (block.read.together === this.#together || this.#used.has(block)) return
    this.#used.add(block)
    this.until = Math.min(this.until, block.read.startedAt + MAX_LIFE_MS)
    this.#sources.store.use(block)
  }

  async *#read(query: ReadQuery, signal: AbortSignal, isLast: boolean): AsyncGenerator<ReadBatch, void, undefined> {
    const planned = this.planned.get(query)
    this.planned.delete(query)
    const asked = planned && this.#asked(planned)
    const found = asked && (await this.#find(asked, signal))
    if (!asked || !found) {
      yield* this.#fromDatabase(query, signal, isLast)
      return
    }
    await this.#prove(signal)
    if (isLast) this.end()
    if (asked.isLastDate) yield { batch: lastDateOf(found), last: true }
    else
      for (const part of batchesOf(asked, query.columns, found)) {
        yield part
        // Other calls have their turn, as they have while a database is waited for.
        if (!part.last) await setImmediate()
      }
  }

  /** The rows, of which what is missing is read from the database; `undefined` where that takes the statement itself. */
  async #find(asked: AskedRows, signal: AbortSignal): Promise<readonly FoundRows[] | undefined> {
    const found = findRows(this, asked)
    if (isFound(found)) return found
    if (!this.#options.database) throw new NotInBlocks('something is not in blocks')
    if (asked.isLastDate) {
      // It is mostly that of the rows which follow.
      const { rows } = this.#options.call.plan
      const ofRows = this.#asked({ read: rows, lookedUp: new Map() })
      if (rows.read === 'range' && ofRows && (await this.#find(ofRows, signal))) {
        const again = findRows(this, asked)
        if (isFound(again)) return again
      }
      return undefined
    }
    return this.#fill(asked, found, signal)
  }

  async #fill(asked: AskedRows, found: LackingRows, signal: AbortSignal): Promise<readonly FoundRows[]> {
    const { dataset, symbols, last, present, factor } = asked
    if (!symbols && last !== undefined && present !== undefined) throw new NotInBlocks('it may take all rows')
    let lacking = found
    for (let fills = 0; fills < MAX_FILLS; fills++) {
      const { rows, factors } = lacking
      const isLast = rows?.from === Number.NEGATIVE_INFINITY && present === undefined
      if (rows) await this.#add(dataset, rows, isLast ? last : undefined, signal)
      else if (factors && factor) await this.#add(factor.dataset, factors, undefined, signal)
      const now = findRows(this, asked)
      if (isFound(now)) return now
      lacking = now
    }
    throw new NotInBlocks('what was read does not tell all that is asked for')
  }

  /** Reads what is lacking into blocks; of each symbol only the `last` rows, if that is given. */
  async #add(
    dataset: Dataset,
    { symbols, fields, from, to }: Lack,
    last: number | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { store, filed, maxFillBytes, writes } = this.#sources
    const { database, state, call } = this.#options
    if (!database) throw new NotInBlocks('something is not in blocks')
    if (this.#statements > 0 && !database.snapshot) throw new NotInBlocks('one statement is not enough')
    const { name, symbol = '', date = '' } = dataset
    const [start, end] = [dayText(from), dayText(to)]
    const of = { dataset: name, fields: [symbol, date, ...fields], symbols }
    const read: Read =
      last === undefined ? { ...of, read: 'range', start, end } : { ...of, read: 'latest', n: last, end }
    const table = this.#tableOf(name)
    const collector = new BlockCollector({ dataset, table, symbols, fields, from, to, last })
    this.#statements++
    const source = database.snapshot ?? database.source
    for await (const { batch } of source.read(compileRead(call.queries, read), signal)) {
      collector.add(batch)
      if (this.#ownBytes + collector.bytes > maxFillBytes) throw new NotInBlocks('there are more rows than expected')
    }
    this.#ownBytes += collector.bytes
    const endedAt = performance.now()
    if (database.snapshot) writes.numbered(database.snapshot.sequence, database.openedAt, endedAt)
    const times = { startedAt: database.openedAt, startedOn: database.openedOn, endedAt }
    const made = store.add(collector, { ...times, state, isExact: database.isExact, together: this.#together })
    // Another look at the table may have begun meanwhile.
    if (!made || table !== this.#sources.tables.lookAt(dataset)) {
      store.refuse(name, table)
      throw new NotInBlocks('the rows are in another order')
    }
    filed?.keep(dataset, made)
    let own = this.#own.get(name)
    if (!own) {
      own = new BlockIndex()
      this.#own.set(name, own)
    }
    for (const { pieces } of made.blocks) own.add(pieces)
    if (made.roster) own.addRoster(made.roster)
  }

  async *#fromDatabase(
    query: ReadQuery,
    signal: AbortSignal,
    isLast: boolean,
  ): AsyncGenerator<ReadBatch, void, undefined> {
    const { database } = this.#options
    if (!database) throw new NotInBlocks('a read is not one of rows in blocks')
    if (this.#statements > 0 && !database.snapshot) throw new NotInBlocks('one statement is not enough')
    this.#statements++
    const { snapshot, source } = database
    if (!snapshot) yield* source.read(query, signal)
    else yield* isLast ? snapshot.readLast(query, signal) : snapshot.read(query, signal)
  }

  /** Proves that the blocks which were read before have the rows of the state that the database is read in. */
  async #prove(signal: AbortSignal): Promise<void> {
    if (this.#isProved || this.#used.size === 0) return
    if (this.#statements === 0) await this.#fixState(signal)
    await this.#sources.writes.watch.check(performance.now())
    // Of those that are used later it is known by now what touched them.
    this.#isProved = true
    for (const { isKept } of this.#used) if (!isKept) throw new NotInBlocks('a block was written meanwhile')
  }

  /** A snapshot has its state from its first row on. */
  async #fixState(signal: AbortSignal): Promise<void> {
    const { call, database } = this.#options
    const { rows } = call.plan
    const dataset = 'dataset' in rows ? call.queries.catalogue[rows.dataset] : undefined
    if (!dataset?.symbol || !database?.snapshot) throw new NotInBlocks('the state cannot be proved')
    this.#statements++
    const read: Read = { read: 'range', dataset: dataset.name, fields: [dataset.symbol], limit: 1 }
    for await (const _ of database.snapshot.read(compileRead(call.queries, read), signal));
    // Later answers that have a number need no snapshot.
    this.#sources.writes.numbered(database.snapshot.sequence, database.openedAt, performance.now())
  }

  #asked({ read, lookedUp }: { readonly read: Read; readonly lookedUp: LookedUpValues }): AskedRows | undefined {
    return askedRows(this.#options.call.queries, this.#sources.tables, read, lookedUp)
  }

  #tableOf(name: string): unknown {
    if (this.#tables.has(name)) return this.#tables.get(name)
    const dataset = this.#options.call.queries.catalogue[name]
    const table = dataset && this.#sources.tables.lookAt(dataset)
    this.#tables.set(name, table)
    return table
  }
}

const isFound = (found: readonly FoundRows[] | LackingRows): found is readonly FoundRows[] => Array.isArray(found)

const dayText = (day: number): string | undefined => (Number.isFinite(day) ? dateOf(day) : undefined)
