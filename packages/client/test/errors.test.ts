import {
  CancelledError,
  ConflictError,
  connect,
  DuplicateKeyError,
  ForbiddenError,
  IncompleteAnswerError,
  InvalidInputError,
  MissingFactorError,
  NotPointInTimeError,
  OutOfCalendarError,
  OverloadedError,
  QueryRefusedError,
  ServerError,
  StockdbError,
  TimeoutError,
  TooManyRowsError,
  tushare,
  UnauthorizedError,
  UnavailableError,
  UnknownProcedureError,
  UnknownSymbolError,
  WireMismatchError,
  WriteOutcomeUnknownError,
} from '@stockdb/client'
import { ArrowFrameEncoder, type ErrorCode, errorCodes, REQUEST_ID_HEADER } from '@stockdb/contract/wire'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sendError, serveBadly } from './support/bad-server.ts'
import { failureOf } from './support/failure-of.ts'
import { sampleBatch, sampleHeader } from './support/sample-frame.ts'
import { dailyRow, type Served, serve } from './support/served.ts'

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
  NOT_POINT_IN_TIME: NotPointInTimeError,
  CONFLICT: ConflictError,
  DUPLICATE_KEY: DuplicateKeyError,
  UNKNOWN_SYMBOL: UnknownSymbolError,
  OUT_OF_CALENDAR: OutOfCalendarError,
  SCHEMA_MISMATCH: ServerError,
  INTERNAL: ServerError,
  RATE_LIMITED: OverloadedError,
  OVERLOADED: OverloadedError,
  SHUTTING_DOWN: UnavailableError,
  DATABASE_UNAVAILABLE: UnavailableError,
  DATABASE_INTERRUPTED: UnavailableError,
  WRITE_OUTCOME_UNKNOWN: WriteOutcomeUnknownError,
  SNAPSHOT_EXPIRED: UnavailableError,
  QUERY_TIMEOUT: TimeoutError,
  CANCELLED: CancelledError,
  UNREACHABLE: UnavailableError,
  INCOMPLETE_ANSWER: IncompleteAnswerError,
  CALL_TIMEOUT: TimeoutError,
  WIRE_MISMATCH: WireMismatchError,
}

function fail(what: string): never {
  throw new Error(what)
}

/** Codes that a server sends; the others arise in the client. */
const sent = Object.entries(errorCodes).filter(([, { status }]) => status > 0) as [ErrorCode, { status: number }][]

describe.each(sent)('a server that answers %s', (code, { status }) => {
  const { name } = classes[code] ?? fail(`${code} is new: add its class to \`classes\` of this file`)

  it(`is a ${name} for a frame, with its message and its request id`, async () => {
    const bad = await serveBadly((response) => sendError(response, status, code, 'start: got "x"; expected a date'))
    const db = await connect(bad.url, { retries: 0 })
    const error = await failureOf(db.daily.range())
    expect(error).toBeInstanceOf(classes[code])
    expect(error).toMatchObject({
      name,
      code,
      message: 'start: got "x"; expected a date (request r-1)',
      requestId: 'r-1',
    })
  })

  it(`is a ${name} for JSON`, async () => {
    const bad = await serveBadly((response) => sendError(response, status, code))
    const db = await connect(bad.url, { retries: 0 })
    expect(await failureOf(db.calendar.next({ date: '2024-01-02' }))).toMatchObject({ name, code, requestId: 'r-1' })
  })

  it(`is a ${name} for a frame that is aborted midway`, async () => {
    const bad = await serveBadly((response) => {
      const encoder = new ArrowFrameEncoder(sampleHeader)
      response.writeHead(200, { 'content-type': 'application/vnd.apache.arrow.stream' })
      for (const bytes of encoder.chunk({ batch: sampleBatch })) response.write(bytes)
      for (const bytes of encoder.error({ code, message: 'aborted', requestId: 'r-2' })) response.write(bytes)
      setTimeout(() => response.destroy(), 20)
    })
    const db = await connect(bad.url, { retries: 0 })
    expect(await failureOf(db.daily.range())).toMatchObject({
      name,
      code,
      message: 'aborted (request r-2)',
      requestId: 'r-2',
    })
  })
})

describe('a stockdb server', () => {
  let served: Served
  beforeAll(async () => {
    served = await serve()
    await served.fill(tushare.daily, [dailyRow('000001.SZ', '2024-01-02', 10)])
    await served.fill(tushare.trade_cal, [
      ['SSE', '2024-01-02', 1, '2023-12-29'],
      ['SSE', '2024-01-03', 1, '2024-01-02'],
    ])
  })
  afterAll(() => served.end())

  it('reports an error by class, message and request id', async () => {
    const db = await connect(served.url)
    expect(await failureOf(db.daily.range({ start: '2023-02-29' }))).toMatchObject({
      name: 'InvalidInputError',
      message: expect.stringContaining('start: got "2023-02-29"; expected a date'),
      requestId: expect.stringMatching(/^[0-9a-f]{8}-\w+$/),
    })
    expect(await failureOf(db.daily.range({ fields: ['clse' as never] }))).toMatchObject({ code: 'INVALID_INPUT' })
    expect(await failureOf(db.daily.range({ symbol: [] } as never))).toMatchObject({ code: 'INVALID_INPUT' })
    expect(await failureOf(db.daily.range({ adjust: 'hfq' }))).toMatchObject({
      name: 'MissingFactorError',
      code: 'MISSING_FACTOR',
      message: expect.stringContaining('000001.SZ'),
      requestId: expect.any(String),
    })
    expect(await failureOf(db.calendar.next({ date: '2030-01-01' }))).toMatchObject({
      name: 'OutOfCalendarError',
      requestId: expect.any(String),
    })
  })

  it('gives every call a different request id, also in the header', async () => {
    const seen: (string | null)[] = []
    const db = await connect(served.url, {
      fetch: async (...request) => {
        const response = await fetch(...request)
        seen.push(response.headers.get(REQUEST_ID_HEADER))
        return response
      },
    })
    const errors = [await failureOf(db.daily.range({ limit: 0 })), await failureOf(db.daily.range({ limit: 0 }))]
    expect(errors.map(({ requestId }) => requestId)).toEqual(seen.slice(1))
    expect(new Set(seen).size).toBe(3)
  })

  it('keeps stacks, SQL and paths to itself', async () => {
    const plain = await fetch(`${served.url}/trpc/daily.range?input=${encodeURIComponent('{"start":1}')}`)
    const text = await plain.text()
    expect(text).not.toMatch(/stack|\.ts|\.js|node_modules|select /i)
    expect(Object.keys(JSON.parse(text).error.data).sort()).toEqual([
      'code',
      'httpStatus',
      'path',
      'requestId',
      'retryable',
    ])
  })
})

describe('every class of error', () => {
  it('is a StockdbError under its own name', () => {
    for (const Class of new Set(Object.values(classes))) {
      const error = new Class('INTERNAL', 'failed')
      expect(error).toBeInstanceOf(StockdbError)
      expect(error.name).toBe(Class.name)
    }
  })
})
