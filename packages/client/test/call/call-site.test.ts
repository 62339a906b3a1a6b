import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { connect, type StockdbError, tushare } from '@stockdb/client'
import { WIRE_VERSION } from '@stockdb/contract/wire'
import { describe, expect, it } from 'vitest'
import { info, sendError, sendJson, serveAll } from '../support/bad-server.ts'
import { failureOf } from '../support/failure-of.ts'
import { dailyRow, serveHere } from '../support/served.ts'

type Call = (...args: unknown[]) => unknown

const datasets = { daily: ['range', 'at', 'latest', 'panel', 'asOf', 'list'] }

/** Connected to a server that refuses every call but `meta.info`, which it refuses from the second time on. */
async function connectToRefusing(): Promise<Record<string, unknown>> {
  let asked = 0
  const { url } = await serveAll((response, _, { path }) => {
    if (path === '/trpc/meta.info' && asked++ === 0)
      sendJson(response, 200, { result: { data: { ...info, wireVersion: WIRE_VERSION, datasets } } })
    else sendError(response, 403, 'FORBIDDEN', 'this is not allowed')
  })
  return (await connect(url, { retries: 0 })) as never
}

/** Every function that a client has, by its full name. */
function callsIn(client: object, prefix: string): [string, Call][] {
  return Object.entries(client).flatMap(([name, part]): [string, Call][] => {
    // Plain tRPC and Kysely are other packages' calls; `dataset` only gives calls.
    if (name === 'trpc' || name === 'query' || name === 'dataset') return []
    return typeof part === 'function'
      ? [[`${prefix}.${name}`, part as Call]]
      : callsIn(part as object, `${prefix}.${name}`)
  })
}

const framesOf = (error: Error): string[] => (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))

/** What the stack of an error of user code looks like: it starts in this file, and names no file of the packages. */
function expectToStartHere(error: Error, called: string): void {
  const [first = ''] = framesOf(error)
  expect(first, `${called}: ${error.stack}`).toContain('call-site.test.ts')
  expect(error.stack, called).toMatch(new RegExp(`^${error.name}: `))
  expect(error.stack, called).not.toMatch(/packages\/(client|contract)\/(src|dist)|node_modules\/kysely/)
}

describe('the stack of a failed call', () => {
  it('starts at the caller, for every call of a client', async () => {
    const db = await connectToRefusing()
    const calls = callsIn(db, 'db')
    expect(calls.map(([name]) => name)).toEqual(
      expect.arrayContaining([
        'db.daily.range',
        'db.daily.stream',
        'db.daily.panel',
        'db.screen',
        'db.sql',
        'db.frame',
      ]),
    )
    expect(calls.length).toBeGreaterThanOrEqual(20)
    const query = (db.query as { selectFrom(table: string): { select(field: string): unknown } })
      .selectFrom('daily')
      .select('close')
    const argument: Record<string, unknown> = { 'db.sql': 'select 1', 'db.frame': query }
    for (const [name, call] of calls) {
      const error = (await ask(call, argument[name] ?? { fields: [] })) as StockdbError
      expect(error, name).toMatchObject({ name: 'ForbiddenError', code: 'FORBIDDEN', requestId: 'r-1' })
      expectToStartHere(error, name)
      expect(framesOf(error)[0]).toContain('ask')
    }
  })

  it('starts at the caller of connect', async () => {
    for (const url of ['nonsense', 'http://127.0.0.1:9']) {
      const error = await failureOf(connect(url, { retries: 0 }))
      expectToStartHere(error, `connect(${url})`)
    }
  })

  it('starts at the caller of a query, executed or streamed', async () => {
    const db = (await connectToRefusing()) as unknown as Awaited<ReturnType<typeof connect>>
    const query = db.query.selectFrom('daily').select('close')
    const invalid = query.where('close', '=', {} as never)
    for (const call of [
      () => query.execute(),
      () => query.executeTakeFirst(),
      () => query.execute(),
      () => invalid.execute(),
      async () => {
        for await (const row of query.stream()) return row
      },
    ]) {
      expectToStartHere(await failureOf(Promise.resolve(call())), String(call))
    }
  })

  it('starts where a misspelt call or dataset is used', async () => {
    const db = (await connectToRefusing()) as Record<string, Record<string, Call>>
    for (const use of [() => db.daily?.ragne?.({}), () => db.dayly?.range?.({})]) {
      expect(use).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
      try {
        use()
      } catch (error) {
        expectToStartHere(error as Error, String(use))
      }
    }
  })

  it('starts at the caller of a method of a frame or a panel', async () => {
    const served = await serveHere()
    await served.fill(tushare.daily, [dailyRow('600519.SH', '2024-01-02', 1_685)])
    const frame = await (await connect(served.url)).daily.range()
    const panel = frame.pivot('close')
    for (const call of [() => frame.pivot('clse' as 'close'), () => panel.row('2000-01-01'), () => frame.head(-1)]) {
      expect(call).toThrow(/expected|first date|no /)
      try {
        call()
      } catch (error) {
        expectToStartHere(error as Error, String(call))
      }
    }
    const own = new TypeError('a mistake of the strategy')
    const { stack } = own
    expect(() =>
      frame.filter(() => {
        throw own
      }),
    ).toThrow(own)
    expect(own.stack).toBe(stack)
  })

  it('is that of a whole error: its class, message, request id and cause are kept', async () => {
    const silent = await serveAll((response, _, { path }) => {
      if (path === '/trpc/meta.info') sendJson(response, 200, { result: { data: info } })
    })
    const db = await connect(silent.url)
    const reason = new Error('enough')
    const error = await failureOf(db.daily.range({}, { signal: AbortSignal.abort(reason) }))
    expect(error).toMatchObject({ name: 'CancelledError', code: 'CANCELLED', message: 'the signal of the call fired' })
    expect(error.cause).toBe(reason)
    expect(Object.keys(error)).toEqual(expect.arrayContaining(['code']))
    expect(Object.keys(error)).not.toContain('requestId')
  })
})

/** Calls, and takes the error that comes at once, later, or with the first step of an iterator. */
async function ask(call: Call, argument: unknown): Promise<unknown> {
  try {
    const result = call(argument)
    if (Symbol.asyncIterator in Object(result)) await (result as AsyncGenerator).next()
    else await result
  } catch (error) {
    return error
  }
  return undefined
}

it('a script that does not catch an error ends with the line of its call, and the request id', async () => {
  const { url } = await serveAll((response, _, { path }) => {
    if (path === '/trpc/meta.info') sendJson(response, 200, { result: { data: info } })
    else sendError(response, 403, 'FORBIDDEN', 'this is not allowed')
  })
  const script = fileURLToPath(new URL('../fixtures/uncaught.ts', import.meta.url))
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile(process.execPath, [script, url], (error, _, text) => resolve({ code: error?.code, stderr: text }))
  })
  expect(code).toBe(1)
  const [place, line, , , message, first] = stderr.split('\n')
  expect(place).toMatch(/fixtures\/uncaught\.ts:8$/)
  expect(line).toContain('await db.daily.range(')
  expect(message).toBe('ForbiddenError: this is not allowed (request r-1)')
  expect(first).toMatch(/^ +at closes \(.*uncaught\.ts:8:26\)$/)
  expect(stderr).not.toContain('dist/')
})
