import { collect } from '../answer/collect.ts'
import type { CallContext, Services } from './context.ts'

/**
 * The days on which stocks were delisted, as far as the catalogue, the database and the caller's rights tell; where they
 * do not, nothing is known to have been delisted.
 */
export async function delistings(
  { catalogue, engine, questions, tables }: Services,
  { caller, signal }: CallContext,
  symbols: readonly string[] | undefined,
): Promise<ReadonlyMap<string, string>> {
  const stocks = catalogue.stock_basic
  if (!stocks?.symbol || stocks.date !== undefined || stocks.fields.delist_date?.type !== 'date') return new Map()
  if (!caller.mayRead(stocks.name) || (await tables.problem(stocks)) !== undefined) return new Map()
  const { query } = questions.list(stocks, { symbols, fields: ['delist_date'] })
  const columns = await collect(engine, query, signal)
  const at = (name: string): number => query.columns.findIndex((column) => column.name === name)
  const [codes = [], dates = []] = [columns[at(stocks.symbol)], columns[at('delist_date')]]
  return new Map(
    Array.from(codes, (code, row) => [String(code), dates[row]] as const).filter(
      (pair): pair is readonly [string, string] => typeof pair[1] === 'string',
    ),
  )
}
