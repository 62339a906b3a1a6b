import { StockdbError } from '@stockdb/contract/wire'

/** A query computed an invalid number: beyond the range of doubles, or undefined, such as power(-8, 0.5). */
export function noNumber(what: string, cause?: unknown): StockdbError {
  return new StockdbError(
    'QUERY_REFUSED',
    `${what} comes to a number beyond ±1.8e308, or to none, such as power(-8, 0.5); keep such rows out with where, or with case`,
    { cause },
  )
}

/** A query whose intermediate rows take more disk than it may have. */
export function tooMuchDisk(cause: unknown): StockdbError {
  const message =
    'the query needs more temporary disk than --max-temp-disk allows; ask for fewer rows or columns, or without distinct and orderBy'
  return new StockdbError('QUERY_REFUSED', message, { cause })
}

/** A query that is more than the database can do. */
export function tooMuch(cause: unknown): StockdbError {
  const message =
    'the query has more parts, or longer rows, than the database can work with at once; ask for less, or in several queries'
  return new StockdbError('QUERY_REFUSED', message, { cause })
}
