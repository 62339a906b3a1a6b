import { setTimeout as sleep } from 'node:timers/promises'
import { type Tushare, tushare } from '@stockdb/contract'
import type { FrameSource } from '@stockdb/contract/wire'
import { withConnection } from '@stockdb/testing/ask-server'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { OFF } from '../../src/bounds/settings.ts'
import { AnswerCache } from '../../src/cache/answer-cache.ts'
import { LongAnswer } from '../../src/cache/wire-answer.ts'
import { createMissingTables } from '../../src/engine/migration.ts'
import { askJson } from '../support/ask-json.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, mysqlMakers, type Store } from '../support/stores.ts'

const QUESTION = {
  symbols: ['600519.SH'],
  start: '2024-01-02',
  end: '2024-01-31',
  fields: ['close'],
  unknownSymbols: 'ignore',
}

/** The bound of the tests: long enough that nothing expires meanwhile. */
const LONG_MS = 60_000

describe.each(enginesOfRun)('the answers that a server on $engine keeps', ({ open }) => {
  let store: Store
  let cached: Served<Tushare>
  let exact: Served<Tushare>
  let off: Served<Tushare>

  beforeAll(async () => {
    store = await open()
    cached = await serve(store.address, { bounds: { cacheMaxAgeMs: LONG_MS } })
    exact = await serve(store.address, { bounds: { cacheMaxAgeMs: 0 } })
    off = await serve(store.address, { bounds: { cacheMaxAgeMs: OFF } })
  })
  afterAll(async () => {
    await Promise.all([cached, exact, off].map((one) => one?.close()))
    await store?.drop()
  })
  beforeEach(async () => {
    await cached.db.daily.delete({ all: true })
    await cached.db.daily.upsert([{ ts_code: '600519.SH', trade_date: '2024-01-02', close: 1 }])
  })

  const closes = async (served: Served<Tushare>, question: object = QUESTION): Promise<unknown[]> =>
    (await askJson(served.server.url, 'daily.range', question)).items.map((row) => row[2])
  const cacheOf = async (served: Served<Tushare>, question: object = QUESTION) =>
    (await askJson(served.server.url, 'daily.range', question)).meta.cache
  const writeOutside = (close: number): Promise<unknown> =>
    sql(store.address, `update daily set close = ${close} where ts_code = '600519.SH'`)

  it('are given again, and say as of when they are', async () => {
    const before = new Date().toISOString()
    expect(await cacheOf(cached)).toBeUndefined()
    const meta = await cacheOf(cached)
    expect(meta?.from).toBe('server')
    expect(Date.parse(meta?.asOf ?? '')).toBeGreaterThanOrEqual(Date.parse(before) - 1)
    expect(Date.parse(meta?.asOf ?? '')).toBeLessThanOrEqual(Date.now())
    const frame = await cached.db.daily.range({ ...QUESTION, fields: ['close'], unknownSymbols: 'ignore' })
    expect(frame.columns.close).toEqual(new Float64Array([1]))
    expect(frame.meta.cache?.from).toBe('server')
  })

  it('are left out by fresh: true, and by a server whose cache is off', async () => {
    await closes(cached)
    expect(await cacheOf(cached, { ...QUESTION, fresh: true })).toBeUndefined()
    expect(
      (await askJson(cached.server.url, 'daily.range', { ...QUESTION, fresh: true })).meta.arguments,
    ).not.toHaveProperty('fresh')
    await expect(askJson(cached.server.url, 'daily.range', { ...QUESTION, fresh: 1 })).rejects.toThrow(
      'fresh: got 1; expected true or false',
    )
    await closes(off)
    expect(await cacheOf(off)).toBeUndefined()
  })

  it('are forgotten at once when this server writes', async () => {
    expect(await closes(cached)).toEqual([1])
    await cached.db.daily.upsert([{ ts_code: '600519.SH', trade_date: '2024-01-02', close: 2 }])
    expect(await closes(cached)).toEqual([2])
    await cached.db.daily.delete({ all: true })
    expect(await closes(cached)).toEqual([])
  })

  it('show what others commit at once if the bound is 0', async () => {
    for (let close = 10; close < 30; close++) {
      await writeOutside(close)
      expect(await closes(exact)).toEqual([close])
      expect(await closes(exact)).toEqual([close])
    }
  })

  it('differ by their arguments, and by what their caller may read', async () => {
    expect(await closes(cached)).toEqual([1])
    expect(await closes(cached, { ...QUESTION, fields: ['open'] })).toEqual([null])
    expect(await closes(cached, { ...QUESTION, end: '2024-01-01', start: '2024-01-01' })).toEqual([])
    const at = await askJson(cached.server.url, 'daily.at', { date: '2024-01-02', fields: ['close'] })
    const latest = await askJson(cached.server.url, 'daily.latest', { end: '2024-01-02', fields: ['close'] })
    expect([at.items, latest.items].map(([row]) => row?.[2])).toEqual([1, 1])
  })

  it('are read once for a hundred callers, who get them even if the first one leaves', async () => {
    const reads = async (): Promise<number> => (await cached.db.ops.stats()).cache.reads
    const before = await reads()
    const first = new AbortController()
    const left = cached.db.daily.range(QUESTION as never, { signal: first.signal })
    const others = Array.from({ length: 100 }, () => closes(cached))
    first.abort(new Error('gone'))
    await expect(left).rejects.toThrow('the signal of the call fired')
    for (const answer of await Promise.all(others)) expect(answer).toEqual([1])
    expect((await reads()) - before).toBeLessThanOrEqual(2)
  })

  it('give the same bytes whatever else was asked meanwhile', async () => {
    await cached.db.adj_factor.upsert([{ ts_code: '600519.SH', trade_date: '2024-01-02', adj_factor: 7.9515 }])
    const bytes = async (adjust: string): Promise<string> => {
      const input = encodeURIComponent(JSON.stringify({ ...QUESTION, adjust }))
      const headers = { accept: 'application/vnd.apache.arrow.stream' }
      const answer = await fetch(`${cached.server.url}/trpc/daily.range?input=${input}`, { headers })
      return Buffer.from(await answer.arrayBuffer()).toString('hex')
    }
    const kinds = ['none', 'hfq', 'qfq']
    const first = await Promise.all(kinds.map(bytes))
    for (const kind of [...kinds, ...kinds.toReversed()]) expect(await bytes(kind)).toBe(first[kinds.indexOf(kind)])
    expect(new Set(first).size).toBe(3)
  })

  it('are not given for another table of the same name', async () => {
    expect(await closes(exact)).toEqual([1])
    await sql(store.address, 'drop table daily')
    await expect(closes(exact)).rejects.toThrow('daily')
    await createMissingTables(cached.server.engine, tushare, new AbortController().signal)
    await sleep(1_100)
    expect(await closes(exact)).toEqual([])
  })
})

describe.each(mysqlMakers)('two writes in one second on $engine', ({ open }) => {
  it('are both seen within the bound, although the second is committed 3 s later', async () => {
    const boundMs = 400
    const store = await open()
    const served = await serve(store.address, { bounds: { cacheMaxAgeMs: boundMs } })
    try {
      const [first, second] = ['600000.SH', '600519.SH']
      await served.db.daily.upsert(
        [first, second].map((code) => ({ ts_code: code, trade_date: '2024-01-02', close: 1 })),
      )
      const closes = async (): Promise<unknown[]> =>
        (await askJson(served.server.url, 'daily.at', { date: '2024-01-02', fields: ['close'] })).items.map(
          (row) => row[2],
        )
      const setTo = (code: string): string =>
        `update daily set close = 2 where ts_code = '${code}' and trade_date = '2024-01-02'`
      await withConnection(store.address, 30_000, async (connection) => {
        await connection.query('begin')
        await connection.query(setTo(second))
        await sql(store.address, setTo(first))
        await sleep(boundMs)
        for (const until = performance.now() + 3_000; performance.now() < until; await sleep(100))
          expect(await closes()).toEqual([2, 1])
        await connection.query('commit')
      })
      await sleep(boundMs)
      expect(await closes()).toEqual([2, 2])
    } finally {
      await served.close()
      await store.drop()
    }
  }, 60_000)
})

describe.each(enginesOfRun)('an answer on $engine whose read began before a write', ({ open }) => {
  it('is not taken for one that is newer', async () => {
    const store = await open()
    const served = await serve(store.address)
    try {
      const { engine } = served.server
      const close = async (): Promise<number> => Number((await sql(store.address, 'select close from daily'))[0]?.[0])
      await served.db.daily.upsert([{ ts_code: '600519.SH', trade_date: '2024-01-02', close: 1 }])
      const bounds = { cacheMaxAgeMs: 0, cacheMemoryBytes: 2 ** 20 }
      const answers = new AnswerCache(engine, bounds, {
        hasTriggers: () => false,
        readAt: () => Number.POSITIVE_INFINITY,
        tableOf: (name) => name,
      })
      const question = requestOf(1)
      const signal = new AbortController().signal
      const read = (meanwhile: () => Promise<unknown>) =>
        answers.read(question, signal, async () => {
          const found = await close()
          await meanwhile()
          return frameOf(found)
        })
      await read(() => sql(store.address, 'update daily set close = 2'))
      expect(await answers.find(question)).toBeUndefined()
      await read(async () => {})
      // Where the database does not tell of commits, nothing is kept with a bound of 0.
      const kept = await answers.find(question)
      if (kept)
        for await (const { batch, trailer } of kept.chunks)
          expect(batch.vectors[0]?.values).toEqual(trailer ? new Float64Array() : new Float64Array([2]))
      expect(kept !== undefined).toBe(answers.stats.seesCommits)
    } finally {
      await served.close()
      await store.drop()
    }
  })
})

describe.each(enginesOfRun)('an answer on $engine that is too long to be waited for', ({ open }) => {
  const ROWS = 1_000
  let store: Store
  let served: Served<Tushare>
  let answers: AnswerCache
  let close: number
  beforeEach(async () => {
    store = await open()
    served = await serve(store.address)
    await served.db.daily.upsert([{ ts_code: '600519.SH', trade_date: '2024-01-02', close: 1 }])
    close = 1
    // It takes more than an eighth, and less than a quarter.
    answers = cacheOf(served, ROWS * 8 * 5)
    onTestFinished(async () => {
      await served.close()
      await store.drop()
    })
  })

  const { signal } = new AbortController()
  const question = requestOf(ROWS)
  const read = () => answers.read(question, signal, async () => frameOf(...Array<number>(ROWS).fill(close)))
  const bytesOf = async (frame: FrameSource, most = Number.POSITIVE_INFINITY): Promise<Buffer> => {
    const { rest, encoder } = frame as LongAnswer
    const bytes: Uint8Array[] = []
    for (let taken = 0; taken < most; taken++) {
      const { done, value } = await rest.next()
      if (done) break
      bytes.push(...encoder.chunk(value))
    }
    await rest.return?.()
    return Buffer.concat(bytes)
  }

  it('is handed on as it comes, and kept at its end', async () => {
    const first = await read()
    expect(first).toBeInstanceOf(LongAnswer)
    expect(answers.stats.answers).toBe(0)
    const sent = await bytesOf(first)
    const kept = await answers.find(question)
    if (!answers.stats.seesCommits) return
    expect(Buffer.concat(kept?.whole.parts.map(({ bytes }) => bytes) ?? [])).toEqual(sent)
    expect(kept?.whole).toMatchObject({ rows: ROWS, bytes: sent.length })
    expect(kept?.state).toBe(first.state)
    expect(answers.stats.bytes).toBeLessThan(sent.length + 2_000)
  })

  it('is not kept if its caller leaves before its end, or if it was written to meanwhile', async () => {
    await bytesOf(await read(), 1)
    expect(answers.stats).toMatchObject({ answers: 0, bytes: 0 })
    const second = await read()
    await served.db.daily.upsert([{ ts_code: '600519.SH', trade_date: '2024-01-02', close: 2 }])
    await bytesOf(second)
    expect(answers.stats).toMatchObject({ answers: 0, bytes: 0 })
  })

  it('is not kept beside others that are being read, and says of which state it is nevertheless', async () => {
    const first = await read()
    const second = await read()
    expect(second.state).toBe(first.state)
    for await (const _ of second.chunks);
    expect(answers.stats.answers).toBe(0)
    await bytesOf(first)
    expect(answers.stats.answers).toBe(1)
  })
})

const cacheOf = ({ server: { engine } }: Served<Tushare>, cacheMemoryBytes: number): AnswerCache =>
  new AnswerCache(
    engine,
    { cacheMaxAgeMs: LONG_MS, cacheMemoryBytes },
    { hasTriggers: () => false, readAt: () => Number.POSITIVE_INFINITY, tableOf: (name) => name },
  )

const requestOf = (rows: number) => ({
  key: 'close',
  tables: [],
  shapes: '',
  rows,
  columns: 1,
  counted: [],
  needs: [{ table: 'daily' }],
})

function frameOf(...numbers: number[]): FrameSource {
  const fields = [{ name: 'close', type: 'float64', nullable: true }] as const
  const values = Float64Array.from(numbers)
  const vector = { type: 'float64', values, validity: undefined, nullCount: 0 } as const
  const batch = { numRows: numbers.length, vectors: [vector] }
  const none = { numRows: 0, vectors: [{ ...vector, values: new Float64Array() }] }
  return {
    header: { fields, meta: { dataset: 'daily', arguments: {} } },
    chunks: (async function* () {
      yield { batch }
      yield { batch: none, trailer: { rows: numbers.length, complete: true } }
    })(),
  }
}
