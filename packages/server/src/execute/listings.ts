import type { Dataset, ListingRule } from '@stockdb/contract'
import { tableName } from '@stockdb/contract/internal'
import type { Batch } from '@stockdb/contract/wire'
import { isValid } from '@stockdb/contract/wire'
import { deadline } from '../engine/deadline.ts'
import type { Engine } from '../engine/engine.ts'
import type { TableGuard } from '../engine/table-guard.ts'
import { compileRead } from '../plan/compile-read.ts'
import type { Planner } from '../plan/planner.ts'
import type { QueryCache } from '../plan/prepared-query.ts'
import { Listing, STILL } from './cells/listing.ts'
import { Kept, readTimes } from './kept.ts'
import { withoutRepeats } from './read-rows.ts'

const READ_TIMEOUT_MS = 10_000
/** A longer list is not kept: the listing of its symbols is then unknown. */
const MAX_SYMBOLS = 200_000

/** The listing dates of symbols, from the lists that datasets name, in memory for a while. */
export class Listings {
  readonly #engine: Engine
  readonly #tables: TableGuard
  readonly #planner: Planner
  readonly #cache: QueryCache
  readonly #known = new Map<string, { readonly table: string; readonly kept: Kept<Listing> }>()
  /** By rule, so that no key is made per call. */
  readonly #byRule = new WeakMap<ListingRule, Kept<Listing>>()

  constructor(engine: Engine, tables: TableGuard, planner: Planner, cache: QueryCache) {
    this.#engine = engine
    this.#tables = tables
    this.#planner = planner
    this.#cache = cache
    engine.onCommit((commit) => {
      for (const { table, kept } of this.#known.values()) if (table === commit.table) kept.forget()
    })
  }

  /** When those in memory were read. */
  get readAt(): readonly number[] {
    return readTimes(Array.from(this.#known.values(), ({ kept }) => kept))
  }

  /** The listing of symbols by a rule, or `undefined` if it cannot be read for any reason. */
  ifKnown(rule: ListingRule): Listing | undefined | Promise<Listing | undefined> {
    return (this.#byRule.get(rule) ?? this.#of(rule))?.ifKnown()
  }

  #of(rule: ListingRule): Kept<Listing> | undefined {
    const list = this.#planner.catalogue[rule.dataset]
    if (!list) return undefined
    const key = `${rule.dataset}|${rule.from}|${rule.to}`
    const kept = this.#known.get(key)?.kept ?? new Kept(() => this.#read(list, rule))
    this.#known.set(key, { table: tableName(list), kept })
    this.#byRule.set(rule, kept)
    return kept
  }

  async #read(list: Dataset, { from, to }: ListingRule): Promise<Listing | undefined> {
    await this.#tables.check(list)
    const query = compileRead(this.#cache, this.#planner.list(list, { fields: [from, to] }).rows)
    const at = (name: string | undefined): number => query.columns.findIndex((column) => column.name === name)
    const places = [at(list.symbol), at(from), at(to)] as const
    const asOf = Date.now()
    const rows = new Rows()
    const batches = this.#engine.read(query, deadline(READ_TIMEOUT_MS))
    // Without a declaration of the dataset, several rows of a symbol are merged.
    for await (const { batch } of list.onDuplicate ? withoutRepeats(batches, query) : batches) {
      rows.add(batch, places)
      if (rows.symbols.size > MAX_SYMBOLS) return undefined
    }
    return rows.symbols.size === 0 ? undefined : rows.listing(asOf)
  }
}

/** Symbols without a first day have no known listing. Of several rows of a symbol, the first start and the last end count. */
class Rows {
  readonly symbols = new Map<string, { from: number; to: number }>()

  add({ numRows, vectors }: Batch, [symbolAt, fromAt, toAt]: readonly [number, number, number]): void {
    const [symbols, from, to] = [vectors[symbolAt], vectors[fromAt], vectors[toAt]]
    if (symbols?.type !== 'symbol' || from?.type !== 'date' || to?.type !== 'date') return
    for (let row = 0; row < numRows; row++) {
      if (!isValid(from, row)) continue
      const symbol = symbols.dictionary[symbols.values[row] as number] as string
      const own = { from: from.values[row] as number, to: isValid(to, row) ? (to.values[row] as number) : STILL }
      const before = this.symbols.get(symbol)
      this.symbols.set(
        symbol,
        before ? { from: Math.min(before.from, own.from), to: Math.max(before.to, own.to) } : own,
      )
    }
  }

  listing(asOf: number): Listing {
    const spans = [...this.symbols.values()]
    return new Listing(
      [...this.symbols.keys()],
      Int32Array.from(spans, ({ from }) => from),
      Int32Array.from(spans, ({ to }) => to),
      asOf,
    )
  }
}
