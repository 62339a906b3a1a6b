import { describe, expect, it } from 'vitest'
import { errorCodes, isErrorCode, StockdbError } from '../src/errors.ts'

describe('the table of errors', () => {
  it('is closed: this test lists every code', () => {
    const table = Object.entries(errorCodes).map(
      ([code, { status, retryable }]) => `${code} ${status}${retryable ? ' retryable' : ''}`,
    )
    const hint =
      'a new code also needs a class in packages/client/src/errors.ts, exported by its index.ts, and its test, advice in scripts/errors-page.ts, "npm run docs:errors", and a line here'
    expect(table, hint).toMatchInlineSnapshot(`
      [
        "INVALID_INPUT 400",
        "UNAUTHORIZED 401",
        "FORBIDDEN 403",
        "QUERY_REFUSED 400",
        "UNKNOWN_PROCEDURE 404",
        "METHOD_NOT_ALLOWED 405",
        "BODY_TOO_LARGE 413",
        "TOO_MANY_ROWS 422",
        "MISSING_FACTOR 422",
        "CONFLICT 409",
        "DUPLICATE_KEY 422",
        "UNKNOWN_SYMBOL 422",
        "OUT_OF_CALENDAR 422",
        "NOT_POINT_IN_TIME 422",
        "SCHEMA_MISMATCH 500",
        "INTERNAL 500",
        "RATE_LIMITED 429 retryable",
        "OVERLOADED 503 retryable",
        "SHUTTING_DOWN 503 retryable",
        "DATABASE_UNAVAILABLE 503 retryable",
        "DATABASE_INTERRUPTED 503 retryable",
        "WRITE_OUTCOME_UNKNOWN 503 retryable",
        "SNAPSHOT_EXPIRED 503 retryable",
        "QUERY_TIMEOUT 504",
        "CANCELLED 499",
        "UNREACHABLE 0 retryable",
        "INCOMPLETE_ANSWER 0 retryable",
        "CALL_TIMEOUT 0",
        "WIRE_MISMATCH 0",
      ]
    `)
  })

  it('has an HTTP status, or 0 for errors of the client, and a meaning for each code', () => {
    for (const [code, { status, meaning }] of Object.entries(errorCodes)) {
      expect(status === 0 || (status >= 400 && status < 600), code).toBe(true)
      expect(meaning, code).not.toBe('')
    }
  })

  it('never marks as retryable what a caller must change first', () => {
    for (const [code, { status, retryable }] of Object.entries(errorCodes)) {
      if (status >= 400 && status < 500 && status !== 429) expect(retryable, code).toBe(false)
    }
  })
})

describe('isErrorCode', () => {
  it('accepts only the codes of the table', () => {
    for (const code of Object.keys(errorCodes)) expect(isErrorCode(code)).toBe(true)
    for (const text of ['NOT_FOUND', 'internal', '', 'toString', '__proto__', 'constructor', 500, null, undefined, {}])
      expect(isErrorCode(text)).toBe(false)
  })
})

describe('a StockdbError', () => {
  it('has its status and whether it is retryable', () => {
    const error = new StockdbError('OVERLOADED', 'no connection became free')
    expect(error).toBeInstanceOf(Error)
    expect([error.name, error.status, error.retryable, error.requestId]).toEqual(['StockdbError', 503, true, undefined])
  })

  it('keeps its cause and its request id', () => {
    const cause = new Error('ER_LOCK_DEADLOCK')
    const error = new StockdbError('DATABASE_INTERRUPTED', 'aborted', { cause, requestId: 'r-1' })
    expect(error.cause).toBe(cause)
    expect(error.requestId).toBe('r-1')
  })

  it('has no cause by default', () => {
    expect('cause' in new StockdbError('INTERNAL', 'failed')).toBe(false)
  })
})
