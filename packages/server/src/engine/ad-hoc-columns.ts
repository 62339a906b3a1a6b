import { StockdbError } from '@stockdb/contract/wire'

/** Names that a column of an answer cannot have, because objects would lose them. */
const UNFIT = /^(?:__proto__|)$|[\p{Cc}\p{Cs}]/u
const MAX_LENGTH = 256
/** Maximum columns of an answer, more than real tables have. */
const MAX_COLUMNS = 1_000

/**
 * Unique names of the columns of an answer: two columns `n` become `n` and `n_2`. An invalid name, such as an empty
 * text, becomes `column_1` by its position. Throws `QUERY_REFUSED` if there are too many.
 */
export function columnNames(given: readonly string[]): readonly string[] {
  if (given.length > MAX_COLUMNS)
    throw new StockdbError('QUERY_REFUSED', `sql: got ${given.length} columns; an answer has at most ${MAX_COLUMNS}`)
  const fit = given.map((name, index) => (UNFIT.test(name) || name.length > MAX_LENGTH ? `column_${index + 1}` : name))
  const wanted = new Set(fit)
  const counts = new Map<string, number>()
  return fit.map((name) => {
    let count = (counts.get(name) ?? 0) + 1
    let unique = count === 1 ? name : `${name}_${count}`
    while (unique !== name && wanted.has(unique)) unique = `${name}_${++count}`
    counts.set(name, count)
    return unique
  })
}
