import type { StockdbError } from '@stockdb/contract/wire'
import { noNumber, tooMuch } from '../query-refusals.ts'
import { translateSqliteError } from './errors.ts'
import { NOT_FINITE } from './finite.ts'

const NO_MEMORY = 7
const TOO_BIG = 18
/** SQLite's messages for exceeded limits, which share the generic error code. */
const LIMITS = /^(?:at most \d+|too many|parser stack|Expression tree is too large)/

/** Like {@link translateSqliteError}, for a query with a caller's expressions. */
export function translateQueryError(error: unknown): StockdbError {
  const ours = translateSqliteError(error)
  if (ours.code !== 'INTERNAL') return ours
  const { errcode, message = '' } = error as { readonly errcode?: number; readonly message?: string }
  if (message === NOT_FINITE) return noNumber('the query', error)
  return errcode === NO_MEMORY || errcode === TOO_BIG || LIMITS.test(message) ? tooMuch(error) : ours
}
