import { type Catalogue, type Dataset, StockdbError } from '@stockdb/contract'
import { collect } from '../answer/collect.ts'
import type { CallContext, Services } from './context.ts'

/** The dataset that tells when stocks were delisted, if the catalogue has it. */
function delistingTable({ stock_basic: stocks }: Catalogue): (Dataset & { readonly symbol: string }) | undefined {
  if (stocks?.symbol === undefined || stocks.date !== undefined || stocks.fields.delist_date?.type !== 'date') return
  return { ...stocks, symbol: stocks.symbol }
}

/** Throws `FORBIDDEN` where filling would end otherwise, or not at all, for want of a right: the same call gives everybody the same numbers. */
export function demandDelistings({ catalogue }: Services, { caller }: CallContext): void {
  const stocks = delistingTable(catalogue)
  if (!stocks || caller.mayRead(stocks.name)) return
  throw new StockdbError(
    'FORBIDDEN',
    `fill: "previous" ends where a stock was delisted, which ${stocks.name} tells, and the token "${caller.name}" may not read that; use fill: "none", or a token for ${stocks.name} too`,
  )
}

/** The days on which stocks were delisted; where catalogue and database do not tell, nothing is known to have been. */
export async function delistings(
  { catalogue, engine, questions, tables }: Services,
  { signal }: CallContext,
  symbols: readonly string[] | undefined,
): Promise<ReadonlyMap<string, string>> {
  const stocks = delistingTable(catalogue)
  if (!stocks || (await tables.problem(stocks)) !== undefined) return new Map()
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
