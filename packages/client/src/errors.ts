import { type ErrorCode, StockdbError, type StockdbErrorOptions } from '@stockdb/contract/wire'

/**
 * An argument is missing, unknown or invalid; the message names it and what is accepted.
 *
 * @example
 * ```ts
 * try {
 *   await db.daily.at({ date: '2024-02-30' })
 * } catch (error) {
 *   if (error instanceof InvalidInputError) console.error(error.message) // names the argument `date`
 * }
 * ```
 */
export class InvalidInputError extends StockdbError {
  override readonly name = 'InvalidInputError'
}

/**
 * The server requires a token, or the token is unknown, expired or revoked.
 *
 * @example
 * ```ts
 * try {
 *   await connect('http://127.0.0.1:7788', { token })
 * } catch (error) {
 *   if (error instanceof UnauthorizedError) console.error(error.message)
 * }
 * ```
 */
export class UnauthorizedError extends StockdbError {
  override readonly name = 'UnauthorizedError'
}

/**
 * The token does not allow this call; the message names the missing scope or dataset.
 *
 * @example
 * ```ts
 * try {
 *   await db.ops.stats()
 * } catch (error) {
 *   if (error instanceof ForbiddenError) console.error(error.message)
 * }
 * ```
 */
export class ForbiddenError extends StockdbError {
  override readonly name = 'ForbiddenError'
}

/**
 * A query uses a feature that `db.query` or `db.sql` does not accept; the message suggests alternatives.
 *
 * @example
 * ```ts
 * try {
 *   await db.sql('delete from daily')
 * } catch (error) {
 *   if (error instanceof QueryRefusedError) console.error(error.message)
 * }
 * ```
 */
export class QueryRefusedError extends StockdbError {
  override readonly name = 'QueryRefusedError'
}

/**
 * The server has no such procedure, or it does not support this HTTP method.
 *
 * @example
 * ```ts
 * try {
 *   await db.daily.range({ symbols: ['600519.SH'] })
 * } catch (error) {
 *   if (error instanceof UnknownProcedureError) console.error('the server is older than the client')
 * }
 * ```
 */
export class UnknownProcedureError extends StockdbError {
  override readonly name = 'UnknownProcedureError'
}

/**
 * The answer of `db.sql`, or through `db.trpc`, is longer than the server allows.
 *
 * @example
 * ```ts
 * try {
 *   await db.sql('select * from daily')
 * } catch (error) {
 *   if (error instanceof TooManyRowsError) console.error(error.message)
 * }
 * ```
 */
export class TooManyRowsError extends StockdbError {
  override readonly name = 'TooManyRowsError'
}

/**
 * A price cannot be adjusted because a factor is missing; the message names the symbols.
 *
 * @example
 * ```ts
 * try {
 *   await db.daily.range({ adjust: 'qfq', start: '2024-01-01' })
 * } catch (error) {
 *   if (error instanceof MissingFactorError) console.error(error.message) // or missingFactor: 'skip'
 * }
 * ```
 */
export class MissingFactorError extends StockdbError {
  override readonly name = 'MissingFactorError'
}

/**
 * Several rows share a key, or symbol and date in a panel; the message names the key.
 *
 * @example
 * ```ts
 * try {
 *   (await db.index_weight.range({ symbols: ['000300.SH'] })).pivot('weight')
 * } catch (error) {
 *   if (error instanceof DuplicateKeyError) console.error(error.message)
 * }
 * ```
 */
export class DuplicateKeyError extends StockdbError {
  override readonly name = 'DuplicateKeyError'
}

/**
 * The database does not have a requested symbol; the message suggests similar ones.
 *
 * @example
 * ```ts
 * try {
 *   await db.daily.range({ symbols: ['000001'] })
 * } catch (error) {
 *   if (error instanceof UnknownSymbolError) console.error(error.message) // did you mean "000001.SZ"?
 * }
 * ```
 */
export class UnknownSymbolError extends StockdbError {
  override readonly name = 'UnknownSymbolError'
}

/**
 * The trading calendar does not cover the requested date.
 *
 * @example
 * ```ts
 * try {
 *   await db.calendar.next({ date: '2099-01-01' })
 * } catch (error) {
 *   if (error instanceof OutOfCalendarError) console.error(error.message)
 * }
 * ```
 */
export class OutOfCalendarError extends StockdbError {
  override readonly name = 'OutOfCalendarError'
}

/**
 * The request needs values that are not known as of a past date; the message suggests alternatives.
 *
 * @example
 * ```ts
 * try {
 *   await db.screen({ date: '2020-01-02', where: { 'daily_basic.pe': { lt: 15 } } })
 * } catch (error) {
 *   if (error instanceof NotPointInTimeError) console.error(error.message)
 * }
 * ```
 */
export class NotPointInTimeError extends StockdbError {
  override readonly name = 'NotPointInTimeError'
}

/**
 * The server failed, or a table differs from its declaration; `requestId` finds the cause in its log.
 *
 * @example
 * ```ts
 * try {
 *   await db.daily.range({ symbols: ['600519.SH'] })
 * } catch (error) {
 *   if (error instanceof ServerError) console.error(error.requestId)
 * }
 * ```
 */
export class ServerError extends StockdbError {
  override readonly name = 'ServerError'
}

/**
 * The server or its database cannot be reached now, or stopped answering; retryable.
 *
 * @example
 * ```ts
 * try {
 *   await connect('http://127.0.0.1:7788')
 * } catch (error) {
 *   if (error instanceof UnavailableError) console.error('is the server running?')
 * }
 * ```
 */
export class UnavailableError extends StockdbError {
  override readonly name: string = 'UnavailableError'
}

/**
 * The server is at its limits, or the caller exceeds its own; retry after `retryAfterMs`.
 *
 * @example
 * ```ts
 * try {
 *   await db.daily.range({ symbols: ['600519.SH'] })
 * } catch (error) {
 *   if (error instanceof OverloadedError) console.error(error.retryAfterMs)
 * }
 * ```
 */
export class OverloadedError extends UnavailableError {
  override readonly name = 'OverloadedError'
}

/**
 * The answer ended before its last row; the client discarded the rest. Retryable.
 *
 * @example
 * ```ts
 * try {
 *   for await (const batch of db.daily.stream()) console.log(batch.numRows)
 * } catch (error) {
 *   if (error instanceof IncompleteAnswerError) console.error('read it again')
 * }
 * ```
 */
export class IncompleteAnswerError extends StockdbError {
  override readonly name = 'IncompleteAnswerError'
}

/**
 * The answer took longer than the call or the server allows.
 *
 * @example
 * ```ts
 * try {
 *   await db.daily.range({ start: '2000-01-01' }, { timeoutMs: 1_000 })
 * } catch (error) {
 *   if (error instanceof TimeoutError) console.error('ask for less, or wait longer')
 * }
 * ```
 */
export class TimeoutError extends StockdbError {
  override readonly name = 'TimeoutError'
}

/**
 * The signal of the call fired.
 *
 * @example
 * ```ts
 * try {
 *   await db.daily.range({ start: '2000-01-01' }, { signal: AbortSignal.abort() })
 * } catch (error) {
 *   if (error instanceof CancelledError) console.error('stopped')
 * }
 * ```
 */
export class CancelledError extends StockdbError {
  override readonly name = 'CancelledError'
}

/**
 * Client and server have different wire versions; install the same version of both.
 *
 * @example
 * ```ts
 * try {
 *   await connect('http://127.0.0.1:7788')
 * } catch (error) {
 *   if (error instanceof WireMismatchError) console.error(error.message)
 * }
 * ```
 */
export class WireMismatchError extends StockdbError {
  override readonly name = 'WireMismatchError'
}

/**
 * A row already exists, or an idempotency key was used for another write; nothing was written.
 *
 * @example
 * ```ts
 * const rows = [{ ts_code: '600519.SH', trade_date: '2024-06-28', adj_factor: 7.9515 }]
 * try {
 *   await db.adj_factor.upsert(rows, { mode: 'insert' })
 * } catch (error) {
 *   if (error instanceof ConflictError) console.error(error.message) // names the rows
 * }
 * ```
 */
export class ConflictError extends StockdbError {
  override readonly name = 'ConflictError'
}

/**
 * A write may or may not have taken effect: the server or its database was lost meanwhile. The same write with the error's
 * `idempotencyKey` settles it: it takes effect once.
 *
 * @example
 * ```ts
 * const rows = [{ ts_code: '600519.SH', trade_date: '2024-06-28', adj_factor: 7.9515 }]
 * try {
 *   await db.adj_factor.upsert(rows)
 * } catch (error) {
 *   if (!(error instanceof WriteOutcomeUnknownError)) throw error
 *   await db.adj_factor.upsert(rows, { idempotencyKey: error.idempotencyKey }) // later, when the server is back
 * }
 * ```
 */
export class WriteOutcomeUnknownError extends StockdbError {
  override readonly name = 'WriteOutcomeUnknownError'
}

const classes: Record<ErrorCode, typeof StockdbError> = {
  INVALID_INPUT: InvalidInputError,
  UNAUTHORIZED: UnauthorizedError,
  FORBIDDEN: ForbiddenError,
  QUERY_REFUSED: QueryRefusedError,
  UNKNOWN_PROCEDURE: UnknownProcedureError,
  METHOD_NOT_ALLOWED: UnknownProcedureError,
  BODY_TOO_LARGE: InvalidInputError,
  TOO_MANY_ROWS: TooManyRowsError,
  MISSING_FACTOR: MissingFactorError,
  CONFLICT: ConflictError,
  DUPLICATE_KEY: DuplicateKeyError,
  UNKNOWN_SYMBOL: UnknownSymbolError,
  OUT_OF_CALENDAR: OutOfCalendarError,
  NOT_POINT_IN_TIME: NotPointInTimeError,
  SCHEMA_MISMATCH: ServerError,
  INTERNAL: ServerError,
  RATE_LIMITED: OverloadedError,
  OVERLOADED: OverloadedError,
  SHUTTING_DOWN: UnavailableError,
  DATABASE_UNAVAILABLE: UnavailableError,
  DATABASE_INTERRUPTED: UnavailableError,
  WRITE_OUTCOME_UNKNOWN: WriteOutcomeUnknownError,
  SNAPSHOT_EXPIRED: UnavailableError,
  UNREACHABLE: UnavailableError,
  QUERY_TIMEOUT: TimeoutError,
  CALL_TIMEOUT: TimeoutError,
  CANCELLED: CancelledError,
  INCOMPLETE_ANSWER: IncompleteAnswerError,
  WIRE_MISMATCH: WireMismatchError,
}

/** Creates an error of the class for its code; its message ends with the request id, if it has one. */
export function errorOf(code: ErrorCode, message: string, options: StockdbErrorOptions = {}): StockdbError {
  const { requestId } = options
  return new classes[code](code, requestId ? `${message} (request ${requestId})` : message, options)
}

/** A retry delay from a server; `undefined` if it is invalid. */
export const waitOf = (value: unknown): number | undefined =>
  typeof value === 'number' && value >= 0 ? value : undefined

/** Converts an error to the class for its code. */
export function classified(error: StockdbError): StockdbError {
  if (error.constructor !== StockdbError) return error
  return errorOf(error.code, error.message, {
    requestId: error.requestId,
    retryAfterMs: error.retryAfterMs,
    idempotencyKey: error.idempotencyKey,
    cause: error.cause,
  })
}
