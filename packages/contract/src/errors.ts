/**
 * The closed table of error codes; every failure has one of them.
 *
 * `status` is the HTTP status if the answer fails before its first byte; `retryable` says whether the same call may
 * succeed a moment later without changes. Codes with `status: 0` arise in the client.
 */
export const errorCodes = {
  INVALID_INPUT: { status: 400, retryable: false, meaning: 'an argument is missing, unknown or invalid' },
  UNAUTHORIZED: {
    status: 401,
    retryable: false,
    meaning: 'a token is required, or the one sent is invalid, expired or revoked',
  },
  FORBIDDEN: { status: 403, retryable: false, meaning: 'the token does not allow this' },
  QUERY_REFUSED: { status: 400, retryable: false, meaning: 'the query uses a feature that the server does not accept' },
  UNKNOWN_PROCEDURE: { status: 404, retryable: false, meaning: 'the server has no such path' },
  METHOD_NOT_ALLOWED: { status: 405, retryable: false, meaning: 'the path does not support this HTTP method' },
  BODY_TOO_LARGE: { status: 413, retryable: false, meaning: 'the request is larger than the server accepts' },
  TOO_MANY_ROWS: { status: 422, retryable: false, meaning: 'the answer exceeds the limits for JSON or SQL' },
  MISSING_FACTOR: { status: 422, retryable: false, meaning: 'a price cannot be adjusted: a factor is missing' },
  CONFLICT: {
    status: 409,
    retryable: false,
    meaning: 'a row already exists, or the idempotency key belongs to another write',
  },
  DUPLICATE_KEY: { status: 422, retryable: false, meaning: 'several rows share a key that should be unique' },
  UNKNOWN_SYMBOL: { status: 422, retryable: false, meaning: 'a requested symbol is unknown to the database' },
  OUT_OF_CALENDAR: { status: 422, retryable: false, meaning: 'the trading calendar does not cover the dates' },
  NOT_POINT_IN_TIME: {
    status: 422,
    retryable: false,
    meaning: 'the value is not known as of a date',
  },
  SCHEMA_MISMATCH: { status: 500, retryable: false, meaning: 'a table of the database differs from its declaration' },
  INTERNAL: { status: 500, retryable: false, meaning: 'an internal error; the server log has the request id' },
  RATE_LIMITED: { status: 429, retryable: true, meaning: 'the caller exceeds the limits of one caller' },
  OVERLOADED: { status: 503, retryable: true, meaning: 'the server is at its limits' },
  SHUTTING_DOWN: { status: 503, retryable: true, meaning: 'the server is stopping' },
  DATABASE_UNAVAILABLE: { status: 503, retryable: true, meaning: 'the database cannot be reached' },
  DATABASE_INTERRUPTED: { status: 503, retryable: true, meaning: 'the database aborted the query' },
  WRITE_OUTCOME_UNKNOWN: {
    status: 503,
    retryable: true,
    meaning: 'the write may or may not have been committed; repeat it with the same idempotency key',
  },
  SNAPSHOT_EXPIRED: {
    status: 503,
    retryable: true,
    meaning: 'the answer was read too slowly, and its database snapshot expired',
  },
  QUERY_TIMEOUT: { status: 504, retryable: false, meaning: 'the query took longer than the server allows' },
  CANCELLED: { status: 499, retryable: false, meaning: 'the caller disconnected or cancelled' },
  UNREACHABLE: { status: 0, retryable: true, meaning: 'the stockdb server cannot be reached' },
  INCOMPLETE_ANSWER: { status: 0, retryable: true, meaning: 'the answer was cut off before its end' },
  CALL_TIMEOUT: { status: 0, retryable: false, meaning: 'the answer did not arrive within the timeout of the call' },
  WIRE_MISMATCH: { status: 0, retryable: false, meaning: 'client and server have different wire versions' },
} as const satisfies Record<string, { status: number; retryable: boolean; meaning: string }>

/** A code of the closed table. */
export type ErrorCode = keyof typeof errorCodes

/** An error as it travels: in tRPC's error envelope under `data`, in an Arrow stream as the metadata of its last batch. */
export interface ErrorBody {
  readonly code: ErrorCode
  readonly message: string
  /** Identifies the call in the server's log; absent if no server was reached. */
  readonly requestId?: string
}

/**
 * What an error knows besides its code and message.
 *
 * @example
 * ```ts
 * import { StockdbError } from '@stockdb/client'
 * throw new StockdbError('OVERLOADED', 'too many calls', { requestId: '7f3a', retryAfterMs: 500, idempotencyKey: 'import-1', cause: new Error('the queue is full') })
 * ```
 */
export interface StockdbErrorOptions {
  /** The error behind it; without it, this one is the first. */
  readonly cause?: unknown
  /** The id of the call in the server's log, by default none. */
  readonly requestId?: string | undefined
  /** How long to wait before a retry, in milliseconds; by default the client decides. */
  readonly retryAfterMs?: number | undefined
  /** The key under which to repeat the write; by default none, because it was no write. */
  readonly idempotencyKey?: string | undefined
}

/**
 * A failure with a code from the closed table; all errors of the client are of this class.
 *
 * `message` names the argument, what it got and what is expected. It never holds SQL, a path, a stack or a secret. `cause` stays
 * on the side where it arose.
 *
 * @example
 * ```ts
 * import { StockdbError } from '@stockdb/client'
 * try {
 *   await db.daily.range({ symbols: ['600519.SH'] })
 * } catch (error) {
 *   if (error instanceof StockdbError) console.error(error.code, error.message, error.requestId)
 * }
 * ```
 */
export class StockdbError extends Error {
  override readonly name: string = 'StockdbError'
  /** The code, one of the closed table. */
  readonly code: ErrorCode
  /** The id of the call in the server's log, if it reached a server. */
  declare readonly requestId: string | undefined
  /** How long to wait before the next attempt, in milliseconds, if the server says so. */
  declare readonly retryAfterMs: number | undefined
  /** The key of the write that failed; the same write with this key settles what became of it. */
  declare readonly idempotencyKey: string | undefined

  constructor(code: ErrorCode, message: string, options: StockdbErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    for (const name of ['requestId', 'retryAfterMs', 'idempotencyKey'] as const) {
      const value = options[name]
      // Undefined properties are not enumerable: Node would print them below the stack.
      Object.defineProperty(this, name, { value, enumerable: value !== undefined, configurable: true })
    }
  }

  /** Whether the same call may succeed a moment later. */
  get retryable(): boolean {
    return errorCodes[this.code].retryable
  }

  /** The HTTP status of the code; 0 if it arises in the client. */
  get status(): number {
    return errorCodes[this.code].status
  }
}

/** Whether a received value is a code of the closed table. */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === 'string' && Object.hasOwn(errorCodes, text)
}
