import { connect, tushare } from '@stockdb/client'
import { ARROW_STREAM, FRAME_PARTS, keepableHead, PartKind, partOf } from '@stockdb/contract/wire'
import { expect, it } from 'vitest'
import { type BadServer, info, sendError, sendJson, serveAll } from './support/bad-server.ts'
import { cutTheWayTo } from './support/cutting-proxy.ts'
import { failureOf } from './support/failure-of.ts'
import { answerOf, sampleBatch } from './support/sample-frame.ts'
import { dailyRow, serveHere } from './support/served.ts'

type Made = (calls: number) => readonly Uint8Array[]

const frame = answerOf([{ batch: sampleBatch, trailer: { rows: 2, complete: true } }])
const inParts: Made = (calls) =>
  Array.from({ length: calls }, (_, at) => at).flatMap((at) => partOf(at, PartKind.frame, [frame]))

/** A server that takes four calls in one request, and answers them with the parts that are made; never if nothing makes any. */
function serveParts(made: Made | undefined): Promise<BadServer> {
  return serveAll((response, _attempt, { path }) => {
    if (path === '/trpc/meta.info') return sendJson(response, 200, { result: { data: { ...info, maxBatchSize: 4 } } })
    const calls = path.split(',').length
    if (calls > 1 && !made) return
    const body = calls > 1 && made ? Buffer.concat(made(calls)) : frame
    const type = calls > 1 ? FRAME_PARTS : ARROW_STREAM
    response.writeHead(200, { 'content-type': type, 'content-length': body.length }).end(body)
  })
}

const times = <Result>(count: number, make: (index: number) => Result): Result[] =>
  Array.from({ length: count }, (_, index) => make(index))

it('sends calls of the same moment together, at most as many as the server takes', async () => {
  const bad = await serveParts(inParts)
  const db = await connect(bad.url)
  const frames = await Promise.all(times(10, () => db.daily.range({ symbols: ['600519.SH'] })))
  for (const { numRows } of frames) expect(numRows).toBe(2)
  expect(bad.requests.map(({ path }) => path.split(',').length).sort()).toEqual([2, 4, 4])
  expect(Object.keys(JSON.parse(bad.requests[0]?.body ?? ''))).toHaveLength(4)
})

it('sends a call by itself as ever, and those that may be cancelled or watched', async () => {
  const bad = await serveParts(inParts)
  const db = await connect(bad.url)
  await db.daily.range({ symbols: ['600519.SH'] })
  const { signal } = new AbortController()
  await Promise.all([db.daily.range({}, { signal }), db.daily.range({}, { explain: true }), db.daily.range()])
  await Promise.all([db.daily.range({}, { onProgress: () => {} }), db.daily.range()])
  expect(bad.requests.map(({ method, path }) => [method, path])).toEqual(times(6, () => ['GET', '/trpc/daily.range']))
})

it('gives each call its own answer, error or second request', async () => {
  const error = { message: 'symbols: got "x"', code: -32600, data: { code: 'INVALID_INPUT', requestId: 'r-1' } }
  const bad = await serveParts(() => [
    ...partOf(2, PartKind.keepable, [keepableHead('state', '2024-01-02T03:04:05.678Z'), frame]),
    ...partOf(0, PartKind.error, [Buffer.from(JSON.stringify(error))]),
    ...partOf(1, PartKind.alone, []),
  ])
  const db = await connect(bad.url)
  const [refused, long, short] = await Promise.allSettled(times(3, () => db.daily.range()))
  expect(refused).toMatchObject({ reason: { name: 'InvalidInputError', requestId: 'r-1' } })
  expect(long).toMatchObject({ value: { numRows: 2 } })
  const cache = { from: 'server', asOf: '2024-01-02T03:04:05.678Z' }
  expect(short).toMatchObject({ value: { numRows: 2, meta: { cache } } })
  expect(long).not.toHaveProperty('value.meta.cache')
  expect(bad.requests.map(({ path }) => path)).toEqual([
    '/trpc/daily.range,daily.range,daily.range',
    '/trpc/daily.range',
  ])
})

it('sends each call alone if the server refuses the request', async () => {
  const bad = await serveAll((response, _attempt, { path }) => {
    if (path === '/trpc/meta.info') return sendJson(response, 200, { result: { data: { ...info, maxBatchSize: 4 } } })
    if (path.includes(',')) return sendError(response, 413, 'BODY_TOO_LARGE')
    response.writeHead(200, { 'content-type': ARROW_STREAM, 'content-length': frame.length }).end(frame)
  })
  const db = await connect(bad.url, { retries: 0 })
  for (const { numRows } of await Promise.all(times(3, () => db.daily.range()))) expect(numRows).toBe(2)
  expect(bad.requests.map(({ path }) => path.split(',').length)).toEqual([3, 1, 1, 1])
})

it.each<[string, Made]>([
  ['an answer is missing', () => partOf(0, PartKind.frame, [frame])],
  ['an answer is cut off', (calls) => [Buffer.concat(inParts(calls)).subarray(0, 2 * frame.length)]],
  ['a part is no frame', (calls) => times(calls, (at) => partOf(at, PartKind.frame, [Buffer.alloc(64)])).flat()],
  ['there are no parts', () => [Buffer.from('something else')]],
])('invariant 2: fails with INCOMPLETE_ANSWER if %s', async (_what, made) => {
  const db = await connect((await serveParts(made)).url, { retries: 0 })
  const outcomes = await Promise.allSettled(times(3, () => db.daily.range()))
  const failed = outcomes.filter(({ status }) => status === 'rejected')
  expect(failed.length).toBeGreaterThan(0)
  for (const outcome of failed) expect(outcome).toMatchObject({ reason: { code: 'INCOMPLETE_ANSWER' } })
})

it('sends the others again, alone, when one of them is over its time', async () => {
  const bad = await serveParts(undefined)
  const db = await connect(bad.url, { retries: 0 })
  const late = failureOf(db.daily.range({}, { timeoutMs: 200 }))
  const others = Promise.all(times(2, () => db.daily.range()))
  expect(await late).toMatchObject({ code: 'CALL_TIMEOUT' })
  for (const { numRows } of await others) expect(numRows).toBe(2)
  expect(bad.requests.map(({ path }) => path.split(',').length)).toEqual([3, 1, 1])
})

it('invariant 2: calls are answered in full or repeated, wherever the connection is cut', async () => {
  const served = await serveHere()
  await served.fill(
    tushare.daily,
    times(8, (at) => dailyRow(`S${at}`, '2024-01-02', at)),
  )
  const way = await cutTheWayTo(served.url)
  const db = await connect(way.url)
  const closes = async (): Promise<number[]> => {
    const frames = await Promise.all(times(8, (at) => db.daily.range({ symbols: [`S${at}`], fields: ['close'] })))
    return frames.map(({ columns: { close } }) => close[0] as number)
  }
  way.cut(Number.POSITIVE_INFINITY)
  expect(await closes()).toEqual(times(8, (at) => at))
  const { bytes } = way
  for (const share of [0.1, 0.5, 0.9]) {
    way.cut(Math.floor(bytes * share))
    expect(await closes()).toEqual(times(8, (at) => at))
  }
})
