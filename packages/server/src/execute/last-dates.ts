import type { ReadQuery, RowSource } from '../engine/engine.ts'
import type { Adjustment, QueryPlan } from '../plan/planner.ts'
import { collect } from './collect.ts'

/** The last dates that an answer depends on, each read once, and both by one statement where each would be a pass over the table. */
export class LastDates {
  readonly #source: RowSource
  readonly #plan: QueryPlan
  readonly #signal: AbortSignal
  #ofTable: Promise<string | undefined> | undefined

  constructor(source: RowSource, plan: QueryPlan, signal: AbortSignal) {
    this.#source = source
    this.#plan = plan
    this.#signal = signal
  }

  /** That of the rows of the answer. */
  async ofAnswer({ lastDate, lastDates, ofAllRows }: Adjustment): Promise<string | undefined> {
    const { bars } = this.#plan
    if (bars?.kind !== 'sessions') return (await this.#read(lastDate()))[0]
    if (ofAllRows) return this.ofTable(bars.lastDate)
    if (!lastDates) return (await this.#read(lastDate()))[0]
    const [ofAnswer, ofTable] = await this.#read(lastDates())
    this.#ofTable = Promise.resolve(ofTable)
    return ofAnswer
  }

  /** That of all rows. */
  ofTable(lastDate: () => ReadQuery): Promise<string | undefined> {
    this.#ofTable ??= this.#read(lastDate()).then(([last]) => last)
    return this.#ofTable
  }

  async #read(query: ReadQuery): Promise<(string | undefined)[]> {
    const columns = await collect(this.#source, query, this.#signal)
    return columns.map(([last]) => (typeof last === 'string' ? last.slice(0, 10) : undefined))
  }
}
