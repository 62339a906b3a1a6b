import type { ServerResponse } from 'node:http'
import { connect, StockdbError } from '@stockdb/client'
import { describe, expect, it } from 'vitest'
import { boundedJson } from '../src/links/bounded-json.ts'
import { info, sendJson, serveAll, serveBadly } from './support/bad-server.ts'
import { failureOf } from './support/failure-of.ts'

describe('connect to a server whose meta.info is malformed', () => {
  it.each([
    ['no datasets', { datasets: undefined }],
    ['null for datasets', { datasets: null }],
    ['a list of datasets', { datasets: ['daily'] }],
    ['a dataset without procedures', { datasets: { daily: null } }],
    ['procedures that are numbers', { datasets: { daily: [1] } }],
  ])('fails with an error of ours: %s', async (_, change) => {
    const { url } = await serveAll((response) => sendJson(response, 200, { result: { data: { ...info, ...change } } }))
    const error = await failureOf(connect(url))
    expect(error).toMatchObject({ code: 'WIRE_MISMATCH' })
    expect(error.message).toBe(
      'cannot read meta.info of the server 0.0.0: expected datasets, each with a list of its procedures',
    )
  })
})

describe('an answer in JSON', () => {
  /** Sends JSON until the reader disconnects; resolves to the number of bytes sent. */
  const sendWithoutEnd = (response: ServerResponse): Promise<number> => {
    const { promise, resolve } = Promise.withResolvers<number>()
    let bytes = 0
    response.writeHead(200, { 'content-type': 'application/json' })
    const text = `[${'"600519.SH",'.repeat(5_000)}`
    const send = (): void => {
      while (!response.destroyed && response.write(text)) bytes += text.length
      bytes += text.length
    }
    response.on('drain', send)
    response.on('close', () => resolve(bytes))
    send()
    return promise
  }

  it('without an end is aborted at the size limit, and its connection closed', async () => {
    const limit = 2_000_000
    let sent: Promise<number> | undefined
    const { url } = await serveBadly((response) => {
      sent = sendWithoutEnd(response)
    })
    const response = await boundedJson(globalThis.fetch, limit)(url)
    const error = await failureOf(response.json())
    expect(error).toMatchObject({ code: 'TOO_MANY_ROWS', retryable: false })
    expect(error.message).toBe(`the answer has more than ${limit} bytes of JSON; ask for less`)
    expect(await sent).toBeGreaterThan(limit)
  })

  it('reaches the user of the client as that error', async () => {
    const { url } = await serveBadly((response) =>
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 2 ** 40 }).write('['),
    )
    const db = await connect(url)
    expect(await failureOf(db.meta.datasets())).toMatchObject({ code: 'TOO_MANY_ROWS' })
  })

  it('split within a character is decoded correctly', async () => {
    const { url } = await serveBadly((response) => {
      const bytes = Buffer.from('{"name":"贵州茅台"}')
      response.write(bytes.subarray(0, 10))
      setTimeout(() => response.end(bytes.subarray(10)), 20)
    })
    const response = await boundedJson(globalThis.fetch)(url)
    expect(await response.json()).toEqual({ name: '贵州茅台' })
  })
})

describe('a server that names a retry delay', () => {
  const refuse = (response: ServerResponse, retryAfterMs: unknown): void => {
    const data = { code: 'OVERLOADED', httpStatus: 503, retryable: true, requestId: 'r-1', retryAfterMs }
    sendJson(response, 503, { error: { message: 'no room', code: -32603, data } })
  }

  it.each([2 ** 31, 1e12, Number.MAX_VALUE])('of %d ms is not called again before', async (retryAfterMs) => {
    const { url, requests } = await serveBadly((response) => refuse(response, retryAfterMs))
    const db = await connect(url)
    expect(await failureOf(db.daily.range())).toMatchObject({ code: 'OVERLOADED', retryAfterMs })
    expect(await failureOf(db.ops.health())).toMatchObject({ code: 'OVERLOADED', retryAfterMs })
    expect(requests).toHaveLength(2)
  })

  it.each([-1, '1000', null, {}])('of %j has named no delay', async (retryAfterMs) => {
    const { url } = await serveBadly((response) => refuse(response, retryAfterMs))
    const db = await connect(url, { retries: 0 })
    const error = await failureOf(db.daily.range())
    expect(error).toBeInstanceOf(StockdbError)
    expect(error).toMatchObject({ code: 'OVERLOADED', retryAfterMs: undefined })
  })
})

describe('an option of the client', () => {
  it.each([
    [{ timeoutMs: Number.NaN }, 'timeoutMs: got NaN; expected milliseconds above 0, or Infinity'],
    [{ timeoutMs: -1 }, 'timeoutMs: got -1; expected milliseconds above 0, or Infinity'],
    [{ retries: -1 }, 'retries: got -1; expected a number, 0 or more'],
    [{ retries: Number.NaN }, 'retries: got NaN; expected a number, 0 or more'],
  ])('that is invalid is refused: %j', async (options, message) => {
    const { url } = await serveBadly(() => undefined)
    expect(await failureOf(connect(url, options))).toMatchObject({ code: 'INVALID_INPUT', message })
  })

  it('timeoutMs of a call is checked as well', async () => {
    const { url } = await serveBadly(() => undefined)
    const db = await connect(url)
    expect(await failureOf(db.daily.range({}, { timeoutMs: Number.NaN }))).toMatchObject({ code: 'INVALID_INPUT' })
  })
})
