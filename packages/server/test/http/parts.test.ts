import { type Tushare, tushare } from '@stockdb/contract'
import {
  ArrowFrameDecoder,
  FRAME_PARTS,
  MessageSplitter,
  type Part,
  PartKind,
  PartSplitter,
  readKeepable,
} from '@stockdb/contract/wire'
import { createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Bounds } from '../../src/bounds/settings.ts'
import { capturedLog } from '../support/captured-log.ts'
import { expectIdleInTime, msUntilIdle } from '../support/idle-database.ts'
import { watchAccount } from '../support/process-list.ts'
import { type Served, serve } from '../support/serve.ts'
import { mysqlMakers, type Store, sqliteMaker } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

const { log, lines } = capturedLog()
const ROWS = 30_000

let store: Store
let served: Served<Tushare>

beforeAll(async () => {
  store = await sqliteMaker.open()
  served = await serve(store.address, { log, slowMs: 60_000, bounds: { cacheMaxAgeMs: 60_000 } })
  const rows = Array.from({ length: ROWS }, (_, index) => [
    `S${index % 3}`,
    new Date(Math.floor(index / 3) * 86_400_000).toISOString().slice(0, 10),
    index,
  ])
  await writeRows(served.server.engine, tushare.adj_factor, rows)
})
afterAll(async () => {
  await served?.close()
  await store?.drop()
})
beforeEach(() => void lines.splice(0))

/** Sends calls in one request. */
function ask(
  url: string,
  calls: readonly (readonly [path: string, input: unknown])[],
  headers = {},
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(`${url}/trpc/${calls.map(([path]) => path).join(',')}?batch=1`, {
    method: 'POST',
    headers: { accept: FRAME_PARTS, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(Object.fromEntries(calls.map(([, input], index) => [index, input]))),
    ...(signal ? { signal } : {}),
  })
}

async function partsOf(response: Response, calls: number): Promise<Part[]> {
  expect([response.status, response.headers.get('content-type')]).toEqual([200, FRAME_PARTS])
  const splitter = new PartSplitter(calls, 2 ** 20)
  return [...splitter.push(new Uint8Array(await response.arrayBuffer()))].sort((a, b) => a.index - b.index)
}

/** The number of rows of a frame, or the code of an error with what its message says. */
function told({ kind, content }: Part): unknown {
  if (kind === PartKind.alone) return 'alone'
  if (kind === PartKind.error) {
    const { data, message } = JSON.parse(new TextDecoder().decode(content)) as {
      data: { code: string; requestId: string }
      message: string
    }
    return [data.code, message, data.requestId]
  }
  const decoder = new ArrowFrameDecoder()
  const splitter = new MessageSplitter()
  const frame = kind === PartKind.keepable ? readKeepable(content).frame : content
  const batches = [...splitter.push(frame)].map((message) => decoder.decode(message))
  expect(splitter.ended).toBe(true)
  return batches.reduce((rows, decoded) => rows + (decoded.kind === 'batch' ? decoded.batch.numRows : 0), 0)
}

const ten = { symbols: ['S0'], limit: 10 }

describe('several calls in one request', () => {
  it('are each answered, refused and logged on their own', async () => {
    const calls = [
      ['adj_factor.range', ten],
      ['adj_factor.range', { limit: -1 }],
      ['nothing.range', {}],
      ['adj_factor.range', { symbols: ['S1'], limit: 5 }],
      ['meta.info', undefined],
      ['adj_factor.delete', { all: true }],
    ] as const
    const answers = (await partsOf(await ask(served.server.url, calls), calls.length)).map(told)
    expect(answers).toEqual([
      10,
      ['INVALID_INPUT', expect.stringContaining('limit: got -1'), expect.any(String)],
      ['UNKNOWN_PROCEDURE', expect.any(String), expect.any(String)],
      5,
      ['INVALID_INPUT', expect.stringContaining('meta.info does not answer with a frame'), expect.any(String)],
      ['UNKNOWN_PROCEDURE', expect.any(String), expect.any(String)],
    ])
    await expect.poll(() => lines.filter(({ msg }) => msg === 'call')).toHaveLength(calls.length)
    expect(lines.filter(({ outcome }) => outcome === 'ok').map(({ path, rows }) => [path, rows])).toEqual(
      expect.arrayContaining([
        ['adj_factor.range', 10],
        ['adj_factor.range', 5],
      ]),
    )
    for (const answer of answers)
      if (Array.isArray(answer)) expect(lines).toContainEqual(expect.objectContaining({ requestId: answer[2] }))
    expect(new Set(lines.map(({ requestId }) => requestId)).size).toBe(calls.length)
    await expect.poll(() => served.server.admission).toMatchObject({ calls: 0, bytes: 0, callers: 0 })
  })

  it('leave those to be sent alone whose answer may be long, which are not logged', async () => {
    const answers = await partsOf(
      await ask(served.server.url, [
        ['adj_factor.range', {}],
        ['adj_factor.range', ten],
      ]),
      2,
    )
    expect(answers.map(told)).toEqual(['alone', 10])
    await expect.poll(() => lines.filter(({ msg }) => msg === 'call')).toHaveLength(1)
    expect(served.server.running()).toEqual([])
  })

  it('come from memory with the moment as of which they are', async () => {
    const calls = [['adj_factor.range', { symbols: ['S2'], limit: 7 }]] as const
    const ends: Part[] = []
    for (let count = 0; count < 2; count++) ends.push(...(await partsOf(await ask(served.server.url, calls), 1)))
    expect(ends.map(({ kind }) => kind)).toEqual([PartKind.keepable, PartKind.keepable])
    expect(ends.map(told)).toEqual([7, 7])
    const [read, kept] = ends.map(({ content }) => readKeepable(content))
    expect(read?.asOf).toBeUndefined()
    expect(kept?.state).toBe(read?.state)
    expect(Math.abs(Date.parse(kept?.asOf ?? '') - Date.now())).toBeLessThan(60_000)
  })

  it.each<[string, Partial<Bounds>, number, string]>([
    ['concurrent calls of a caller', { maxCallsPerCaller: 2 }, 2, 'RATE_LIMITED'],
    ['concurrent calls', { maxCalls: 3 }, 3, 'OVERLOADED'],
    ['calls in a second', { maxRate: 4 }, 3, 'RATE_LIMITED'],
  ])('count one by one against the limit of %s', async (_what, bounds, room, code) => {
    const one = await serve(store.address, { bounds, log })
    try {
      const calls = Array.from({ length: 6 }, () => ['adj_factor.range', ten] as const)
      const answers = (await partsOf(await ask(one.server.url, calls), 6)).map(told)
      const refused = answers.slice(room).map(() => [code, expect.any(String), expect.any(String)])
      expect(answers).toEqual([...answers.slice(0, room).map(() => 10), ...refused])
      await expect.poll(() => one.server.admission).toMatchObject({ calls: 0, bytes: 0, callers: 0 })
    } finally {
      await one.close()
    }
  })

  it('are refused together for what is wrong with the request', async () => {
    const { url } = served.server
    const many = Array.from({ length: 21 }, () => ['adj_factor.range', ten] as const)
    expect((await ask(url, many)).status).toBe(400)
    expect((await ask(url, [['adj_factor.range', ten]], { 'content-type': 'text/plain' })).status).toBe(400)
    const get = await fetch(`${url}/trpc/adj_factor.range?batch=1`, { headers: { accept: FRAME_PARTS } })
    expect(get.status).toBe(405)
    const text = await fetch(`${url}/trpc/adj_factor.range?batch=1`, {
      method: 'POST',
      headers: { accept: FRAME_PARTS, 'content-type': 'application/json' },
      body: '"0"',
    })
    expect([text.status, await text.text()]).toEqual([400, expect.stringContaining('expected an object')])
  })
})

describe.each(mysqlMakers.slice(0, 1))('on $engine', ({ open }) => {
  it('invariant 3: several calls are all cancelled when their caller leaves', async () => {
    const own = await open()
    const account = await watchAccount(own.address)
    const one = await serve(account.address, { log })
    const admin = await createConnection(own.address)
    try {
      expect((await one.db.adj_factor.range({ limit: 10 })).numRows).toBe(0)
      lines.splice(0)
      // So that they are still at work.
      await admin.query('lock tables adj_factor write')
      const departed = async (): Promise<number> => {
        const leaving = new AbortController()
        const calls = Array.from({ length: 3 }, () => ['adj_factor.range', { limit: 10 }] as const)
        const request = ask(one.server.url, calls, {}, leaving.signal).catch(() => 'left')
        await expect.poll(async () => (await account.running()).length).toBe(3)
        leaving.abort()
        expect(await request).toBe('left')
        return msUntilIdle(account)
      }
      await expectIdleInTime(async () => [await departed(), await departed()])
      await expect.poll(() => one.server.running()).toEqual([])
      await expect.poll(() => one.server.admission).toMatchObject({ calls: 0, bytes: 0, callers: 0 })
      const outcomes = lines.filter(({ msg }) => msg === 'call').map(({ outcome }) => outcome)
      expect(outcomes.length % 6).toBe(0)
      expect(new Set(outcomes)).toEqual(new Set(['CANCELLED']))
    } finally {
      await admin.end()
      await one.close()
      await account.close()
      await own.drop()
    }
  })
})
