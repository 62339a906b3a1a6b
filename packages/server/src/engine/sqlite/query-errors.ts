import type { StockdbError } from '@stockdb/contract/wire'
import { noNumber, tooMuch } from '../query-refusals.ts'
import { translateSqliteError } from './errors.ts'
import { NOT_FINITE } from './finite.ts'

const NO_MEMORY = 7
const TOO_BIG = 18
/** What SQLite says, under the number for all that is wrong with a statement, when a limit of its own is passed. */
const LIMITS = /^(?:at most \d+|too many|parser stack|Expression tree is too large)/

/** As {@link translateSqliteError}, for a query whose expressions are a caller's. */
export function translateQueryError(error: unknown): StockdbError {
  const ours = translateSqliteError(error)
  if (ours.code !== 'INTERNAL') return ours
  const { errcode, message = '' } = error as { readonly errcode?: number; readonly message?: string }
  if (message === NOT_FINITE) return noNumber('the query', error)
  return errcode === NO_MEMORY || errcode === TOO_BIG || LIMITS.test(message) ? tooMuch(error) : ours
}
