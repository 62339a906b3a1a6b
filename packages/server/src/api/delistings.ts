import { StockdbError } from '@stockdb/contract/wire'
import { Delistings } from '../execute/delistings.ts'
import type { CallContext, Services } from './context.ts'

/**
 * What tells how far a caller's gaps are filled; where catalogue and database do not tell, nothing is known to have been
 * delisted. Throws `FORBIDDEN` where filling would end otherwise, or not at all, for want of a right: the same call gives
 * everybody the same numbers.
 */
export async function delistingsFor(
  { catalogue, planner, tables }: Services,
  { caller }: CallContext,
): Promise<Delistings | undefined> {
  const delistings = Delistings.of(catalogue, planner)
  if (!delistings) return undefined
  const { dataset } = delistings
  if (!caller.mayRead(dataset.name))
    throw new StockdbError(
      'FORBIDDEN',
      `fill: "previous" ends where a stock was delisted, which ${dataset.name} tells, and the token "${caller.name}" may not read that; use fill: "none", or a token for ${dataset.name} too`,
    )
  return (await tables.problem(dataset)) === undefined ? delistings : undefined
}
