import type { Dataset } from '@stockdb/contract'
import type { AnswerSource } from '../../execute/reading.ts'
import { datasetOf } from '../../plan/plan-context.ts'
import { datasetsOf } from '../../plan/read.ts'
import { readsOf } from '../../plan/uses.ts'
import type { DatabaseState } from '../commit-watch.ts'
import { askedRows } from './asked-rows.ts'
import type { Piece } from './block.ts'
import { BlockReading, type Database, NotInBlocks } from './block-reading.ts'
import type { BlockSources, PlannedCall } from './block-sources.ts'

/** The fewest rows that a call must be expected to read for blocks to be made of them: of fewer, it costs more than it saves. */
const LEAST_ROWS = 1_000

/** As of when an answer is that blocks were used for. */
export interface Basis {
  /** Its rows are those of this moment, or of a later one. */
  readonly readAt: number
  readonly readOn: number
  /** When it is to be read again, whatever is known of writes. */
  readonly until: number
}

/** Where the reads of one answer come from, and as of when they were. */
export interface BlockSource extends AnswerSource {
  /** Known when the answer is made; `undefined` if all of it was read from the database for this call. */
  basis(): Basis | undefined
}

/** Makes answers from blocks: from those that are kept alone, or with what is read besides. */
export class Blocks {
  readonly #sources: BlockSources
  readonly #transactional = new WeakMap<object, boolean>()

  constructor(sources: BlockSources) {
    this.#sources = sources
  }

  get size(): number {
    return this.#sources.store.size
  }

  /** Whether blocks may have the rows of a plan: whether they have the first symbol. */
  mayHave({ plan: { rows, checks, choice } }: PlannedCall): boolean {
    const index = 'dataset' in rows ? this.#sources.store.indexOf(rows.dataset) : undefined
    if (!index || checks.length > 0 || choice) return false
    const [first] = ('symbols' in rows && rows.symbols) || []
    return index.hasRosters || (first !== undefined && index.has(first))
  }

  /** Brings blocks with rows of a plan back from disk. Returns whether some came. */
  async bringBack(call: PlannedCall): Promise<boolean> {
    return (await this.#sources.filed?.bringBack(call)) === true
  }

  /** From blocks alone; `undefined` if it is not proved that they are true. Throws `NotInBlocks` while the answer is made, if something is missing. */
  async kept(call: PlannedCall): Promise<BlockSource | undefined> {
    const { writes, store, maxAgeMs } = this.#sources
    const { watch } = writes
    const since = Math.max(performance.now() - maxAgeMs, store.lastReadAt)
    // The read says what is wrong with the database.
    if ((watch.current?.at ?? Number.NEGATIVE_INFINITY) < since) await watch.check(since).catch(() => {})
    const state = watch.current
    if (state?.mark === undefined || state.at < since) return undefined
    const { at: moment, on: readOn } = state
    let reading: BlockReading | undefined
    return {
      open: async (datasets) => {
        const isNumbered = datasets !== undefined
        if (isNumbered && !writes.numberAt(moment)) throw new NotInBlocks('the number of the last write is not known')
        reading = new BlockReading(this.#sources, { call, state, moment, alone: this.#alone(call, state), isNumbered })
        return reading
      },
      basis: () => reading && { readAt: moment, readOn, until: reading.until },
    }
  }

  /** Whether the rows of a plan are worth it to make blocks of them. */
  makes(call: PlannedCall): boolean {
    const { plan, queries } = call
    const { tables, store, writes } = this.#sources
    if (plan.guessedRows < LEAST_ROWS || plan.checks.length > 0 || plan.choice) return false
    if (writes.watch.current?.mark === undefined || !askedRows(queries, tables, plan.rows, new Map())) return false
    return !this.#datasetsOf(call).some((dataset) => store.isRefused(dataset.name, tables.lookAt(dataset)))
  }

  /** From blocks and the database. Throws `NotInBlocks` while the answer is made, if it must be read as if there were none. */
  made(call: PlannedCall): BlockSource {
    let reading: BlockReading | undefined
    let opened: Database | undefined
    return {
      open: async (datasets, signal) => {
        // Before anything is read.
        const state = this.#sources.writes.watch.current
        if (!state) throw new NotInBlocks('the state of the database is not known')
        opened = await this.#database(call, datasets, signal)
        const moment = opened.snapshot ? opened.openedAt : Number.NEGATIVE_INFINITY
        const isNumbered = datasets !== undefined
        reading = new BlockReading(this.#sources, { call, state, moment, database: opened, isNumbered })
        return reading
      },
      basis: () =>
        opened && reading?.usesKept
          ? { readAt: opened.openedAt, readOn: opened.openedOn, until: reading.until }
          : undefined,
    }
  }

  async #database(call: PlannedCall, datasets: readonly Dataset[] | undefined, signal: AbortSignal): Promise<Database> {
    const { engine, writes } = this.#sources
    const all = datasets ?? this.#datasetsOf(call)
    const isExact = writes.watch.current?.coversReads === true && (await this.#areTransactional(all, signal))
    const [openedAt, openedOn] = [performance.now(), Date.now()]
    const takesSeveral = datasets !== undefined || all.length > 1 || (isExact && this.mayHave(call))
    const snapshot = takesSeveral ? await engine.snapshot(all, signal) : undefined
    return { source: engine, openedAt, openedOn, isExact, snapshot }
  }

  #datasetsOf({ plan, queries }: PlannedCall): readonly Dataset[] {
    const names = new Set(readsOf(plan).flatMap(datasetsOf))
    return [...names].map((name) => datasetOf(queries, name))
  }

  async #areTransactional(datasets: readonly Dataset[], signal: AbortSignal): Promise<boolean> {
    const { engine, tables } = this.#sources
    for (const dataset of datasets) {
      const table = tables.lookAt(dataset)
      let known = table && this.#transactional.get(table)
      known ??= await engine.keepsTransactions(dataset, signal)
      if (table) this.#transactional.set(table, known)
      if (!known) return false
    }
    return true
  }

  /** Where a later look does not tell of every commit that a read saw, blocks are used with those that were read with them only. */
  #alone({ plan, queries }: PlannedCall, { coversReads }: DatabaseState): string | undefined {
    if (coversReads) return undefined
    const asked = askedRows(queries, this.#sources.tables, plan.rows, new Map())
    const index = asked && this.#sources.store.indexOf(asked.dataset.name)
    if (!index) return ''
    const { symbols: [first] = [], fields, last, from, to } = asked
    const covers = (one: Pick<Piece, 'from' | 'to'>): boolean =>
      one.to >= to && (one.from <= from || last !== undefined)
    const newest =
      first === undefined
        ? index.roster(covers)
        : index.find(first, (one) => covers(one) && fields.every((field) => one.block.columns.has(field)))
    return newest?.block.read.together ?? ''
  }
}
