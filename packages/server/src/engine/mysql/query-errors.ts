import type { StockdbError } from '@stockdb/contract/wire'
import { noNumber, tooMuch, tooMuchDisk } from '../query-refusals.ts'
import { TABLE_FULL, translateMysqlError } from './errors.ts'

/** A number out of range: in an expression, an intermediate result, or a literal. */
const NO_NUMBER = new Set([1690, 1264, 1367])
/**
 * Insufficient memory to sort or store rows; too many tables, columns, values or levels; a row or packet too long;
 * common tables that expand to too many others.
 */
const TOO_MUCH = new Set([1038, 1116, 1117, 1118, 1153, 1390, 1436, 1461, 4169])

/** Like {@link translateMysqlError}, for a query with a caller's expressions. */
export function translateQueryError(error: unknown): StockdbError {
  const { errno = 0 } = error as { readonly errno?: number }
  if (errno === TABLE_FULL) return tooMuchDisk(error)
  const ours = translateMysqlError(error)
  if (ours.code !== 'INTERNAL') return ours
  if (NO_NUMBER.has(errno)) return noNumber('the query', error)
  return TOO_MUCH.has(errno) ? tooMuch(error) : ours
}
