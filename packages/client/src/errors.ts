import { type ErrorCode, StockdbError, type StockdbErrorOptions } from '@stockdb/contract/wire'

/** An argument is missing, unknown or not acceptable; the message names it and says what would be. */
export class InvalidInputError extends StockdbError {
  override readonly name = 'InvalidInputError'
}

/** The server wants a token, or does not know the one that was sent, or not any more: it expired or was revoked. */
export class UnauthorizedError extends StockdbError {
  override readonly name = 'UnauthorizedError'
}

/** The token does not allow this call; the message names the scope or the dataset that it lacks. */
export class ForbiddenError extends StockdbError {
  override readonly name = 'ForbiddenError'
}

/** A query uses something that `db.query` does not accept; the message names the node and what to use instead. */
export class QueryRefusedError extends StockdbError {
  override readonly name = 'QueryRefusedError'
}

/** The server has no such path, or does not take the call this way. */
export class UnknownProcedureError extends StockdbError {
  override readonly name = 'UnknownProcedureError'
}

/** The answer is longer than allowed: to your own SQL, or through `db.trpc`, which has no Arrow. */
export class TooManyRowsError extends StockdbError {
  override readonly name = 'TooManyRowsError'
}

/** A price cannot be adjusted because a factor is missing; the message names the symbol. */
export class MissingFactorError extends StockdbError {
  override readonly name = 'MissingFactorError'
}

/**
 * Several rows share what should tell rows apart: the key of a dataset, or symbol and date where a frame is laid out as
 * dates × symbols. The message names the key.
 */
export class DuplicateKeyError extends StockdbError {
  override readonly name = 'DuplicateKeyError'
}

/** Nothing in the database has a symbol that was asked for; the message names similar ones that it has. */
export class UnknownSymbolError extends StockdbError {
  override readonly name = 'UnknownSymbolError'
}

/** The trading calendar does not reach that far. */
export class OutOfCalendarError extends StockdbError {
  override readonly name = 'OutOfCalendarError'
}

/** The value is unknown as of a date; the message says why, and what to use in its place. */
export class NotPointInTimeError extends StockdbError {
  override readonly name = 'NotPointInTimeError'
}

/** The server failed, or its tables differ from their declaration; its log has the request id. */
export class ServerError extends StockdbError {
  override readonly name = 'ServerError'
}

/** Server or database cannot be reached just now, or broke off; retryable. */
export class UnavailableError extends StockdbError {
  override readonly name: string = 'UnavailableError'
}

/** The server has no room for the call just now, or the caller does too much at once; retryable after `retryAfterMs`. */
export class OverloadedError extends UnavailableError {
  override readonly name = 'OverloadedError'
}

/** The answer was cut off before its end; what had come of it was thrown away. Retryable. */
export class IncompleteAnswerError extends StockdbError {
  override readonly name = 'IncompleteAnswerError'
}

/** The answer took longer than the call, or the server, allows. */
export class TimeoutError extends StockdbError {
  override readonly name = 'TimeoutError'
}

/** The caller's own signal fired. */
export class CancelledError extends StockdbError {
  override readonly name = 'CancelledError'
}

/** Client and server do not speak the same wire version. */
export class WireMismatchError extends StockdbError {
  override readonly name = 'WireMismatchError'
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
  SNAPSHOT_EXPIRED: UnavailableError,
  UNREACHABLE: UnavailableError,
  QUERY_TIMEOUT: TimeoutError,
  CALL_TIMEOUT: TimeoutError,
  CANCELLED: CancelledError,
  INCOMPLETE_ANSWER: IncompleteAnswerError,
  WIRE_MISMATCH: WireMismatchError,
}

/** An error of the class that stands for its code. */
export function errorOf(code: ErrorCode, message: string, options: StockdbErrorOptions = {}): StockdbError {
  return new classes[code](code, message, options)
}

/** A time to wait that a server named; `undefined` for what is not one. */
export const waitOf = (value: unknown): number | undefined =>
  typeof value === 'number' && value >= 0 ? value : undefined

/** The same error in the class that stands for its code. */
export function classified(error: StockdbError): StockdbError {
  if (error.constructor !== StockdbError) return error
  return errorOf(error.code, error.message, {
    requestId: error.requestId,
    retryAfterMs: error.retryAfterMs,
    cause: error.cause,
  })
}
