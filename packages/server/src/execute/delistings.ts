import type { Catalogue, Dataset } from '@stockdb/contract'
import type { RowSource } from '../engine/engine.ts'
import type { Planner } from '../plan/planner.ts'
import { collect } from './collect.ts'

/** Tells when stocks were delisted. */
export class Delistings {
  readonly dataset: Dataset
  readonly #symbol: string
  readonly #planner: Planner

  private constructor(dataset: Dataset, symbol: string, planner: Planner) {
    this.dataset = dataset
    this.#symbol = symbol
    this.#planner = planner
  }

  /** By the dataset `stock_basic`, if the catalogue has it. */
  static of({ stock_basic: stocks }: Catalogue, planner: Planner): Delistings | undefined {
    if (stocks?.symbol === undefined || stocks.date !== undefined || stocks.fields.delist_date?.type !== 'date')
      return undefined
    return new Delistings(stocks, stocks.symbol, planner)
  }

  /** The days on which stocks were delisted; of stocks that were not there is none. */
  async read(
    source: RowSource,
    symbols: readonly string[] | undefined,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string>> {
    const { query } = this.#planner.list(this.dataset, { symbols, fields: ['delist_date'] })
    const columns = await collect(source, query, signal)
    const at = (name: string): number => query.columns.findIndex((column) => column.name === name)
    const [codes = [], dates = []] = [columns[at(this.#symbol)], columns[at('delist_date')]]
    return new Map(
      Array.from(codes, (code, row) => [String(code), dates[row]] as const).filter(
        (pair): pair is readonly [string, string] => typeof pair[1] === 'string',
      ),
    )
  }
}
