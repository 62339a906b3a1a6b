import { StockdbError } from '@stockdb/contract/wire'

/** A query computed an invalid number: beyond the range of doubles, or undefined, such as power(-8, 0.5). */
export function noNumber(what: string, cause?: unknown): StockdbError {
  return new StockdbError(
    'QUERY_REFUSED',
    `${what} computes a number beyond ±1.8e308, or an undefined one such as power(-8, 0.5); exclude such rows with where, or with case`,
    { cause },
  )
}

/** A query whose intermediate rows exceed the temporary disk limit. */
export function tooMuchDisk(cause: unknown): StockdbError {
  const message =
    'the query needs more temporary disk than --max-temp-disk allows; ask for fewer rows or columns, or without distinct and orderBy'
  return new StockdbError('QUERY_REFUSED', message, { cause })
}

/** A query that exceeds limits of the database. */
export function tooMuch(cause: unknown): StockdbError {
  const message =
    'the query has more parts, or longer rows, than the database supports; ask for less, or split the query'
  return new StockdbError('QUERY_REFUSED', message, { cause })
}
