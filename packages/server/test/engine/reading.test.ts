import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { date, defineCatalogue, defineDataset, float64, int32, symbol, text, tushare } from '@stockdb/contract'
import type { ReadQuery } from '@stockdb/server'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { turnShare } from '../../src/bounds/turn-share.ts'
import { byEngine, engineOf } from '../support/engines.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, type Store } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

const BATCH = 16_384
const FULL = 8
const ROWS = FULL * BATCH + 1

const numbers = defineDataset({
  name: 'numbers',
  description: 'Rows to count',
  fields: {
    code: symbol.required('A code'),
    day: date.required('A day'),
    n: int32.required('Its place in the order of the answers'),
    half: float64('Null in every third row'),
    word: text('Null in every fifth row', { length: 8 }),
  },
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
})
const catalogue = defineCatalogue({ numbers, adj_factor: tushare.adj_factor })

/** Codes of 1,000 days each. */
const codeOf = (n: number): string => `C${String(Math.floor(n / 1_000)).padStart(4, '0')}`
const dayOf = (n: number): string => new Date(Date.UTC(2000, 0, 1 + (n % 1_000))).toISOString().slice(0, 10)

describe.each(enginesOfRun)('reading from $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address, { catalogue })
    const rows = Array.from({ length: ROWS }, (_, n) => [
      codeOf(n),
      dayOf(n),
      n,
      n % 3 === 0 ? null : n / 2,
      n % 5 === 0 ? null : `w${n % 100}`,
    ])
    await writeRows(served.server.engine, numbers, rows)
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  const quote = () => byEngine(store.address, { mysql: '`', sqlite: '"', duckdb: '"' })
  const select = (condition: string): ReadQuery => ({
    sql: `select ${quote()}n${quote()} from numbers where ${condition} order by ${quote()}n${quote()}`,
    parameters: [],
    columns: [{ name: 'n', type: 'int32', nullable: false }],
  })

  it.each([
    [0, [0]],
    [1, [1]],
    [BATCH - 1, [BATCH - 1]],
    [BATCH, [BATCH, 0]],
    [BATCH + 1, [BATCH, 1]],
    [2 * BATCH, [BATCH, BATCH, 0]],
    [2 * BATCH + 1, [BATCH, BATCH, 1]],
  ])('%i rows arrive in batches of %j, the last one marked', async (rows, sizes) => {
    const batches = []
    for await (const { batch, last } of served.server.engine.read(
      select(`n < ${rows}`),
      new AbortController().signal,
    )) {
      batches.push([batch.numRows, last, batch.vectors[0]?.values.length])
    }
    expect(batches).toEqual(sizes.map((size, index) => [size, index === sizes.length - 1, size]))
  })

  it('long texts arrive in batches of fewer rows, unchanged', async () => {
    const { sql: numbered } = select('n < 2000')
    const long = 'x'.repeat(10_000)
    const query: ReadQuery = {
      sql: `select n, ? as word from (${numbered}) t order by n`,
      parameters: [long],
      columns: [
        { name: 'n', type: 'int32', nullable: false },
        { name: 'word', type: 'text', nullable: false },
      ],
    }
    const sizes: number[] = []
    for await (const { batch } of served.server.engine.read(query, new AbortController().signal)) {
      const [numbers, words] = batch.vectors
      expect(numbers?.values[0]).toBe(sizes.reduce((sum, size) => sum + size, 0))
      expect(words?.values[batch.numRows - 1]).toBe(long)
      sizes.push(batch.numRows)
    }
    expect(sizes.length).toBeGreaterThan(2)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(2_000)
  })

  it.each([1, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH - 1, 2 * BATCH, ROWS - 1, ROWS, ROWS + 1])(
    'a limit of %i returns that many rows, and tells whether there were more',
    async (limit) => {
      const frame = await served.db.numbers.range({ limit })
      const rows = Math.min(limit, ROWS)
      expect(frame.numRows).toBe(rows)
      expect(frame.meta).toMatchObject({ rows, complete: limit >= ROWS, arguments: { limit } })
      const { n, half, word, code, day } = frame.columns
      expect([n.length, half.length, word.length]).toEqual([rows, rows, rows])
      expect(n.every((value, index) => value === index)).toBe(true)
      const last = rows - 1
      expect([code[last], day[last]]).toEqual([codeOf(last), dayOf(last)])
      expect([half[last], word[last]]).toEqual([
        last % 3 === 0 ? Number.NaN : last / 2,
        last % 5 === 0 ? null : `w${last % 100}`,
      ])
    },
  )

  it('answers that have to share the event loop are complete, and others use their connections after them', async () => {
    const spent = vi.spyOn(turnShare, 'spent', 'get').mockReturnValue(true)
    const pass = vi.spyOn(turnShare, 'pass')
    onTestFinished(() => {
      spent.mockRestore()
      pass.mockRestore()
    })
    const calls = Array.from({ length: 15 }, async (_, call) => {
      const frame = await served.db.numbers.range({ start: dayOf(call), fields: ['n'] }, { fresh: true })
      return frame.numRows
    })
    const expected = calls.map(
      (_, call) => Array.from({ length: ROWS }, (_, n) => n % 1_000).filter((day) => day >= call).length,
    )
    expect(await Promise.all(calls)).toEqual(expected)
    expect(pass.mock.calls.length).toBeGreaterThanOrEqual(2 * calls.length)
  })

  it('the same call returns the same bytes every time, however far the database is ahead of the reader', async () => {
    const ask = async (pauseMs: number): Promise<string> => {
      const url = `${served.server.url}/trpc/numbers.range?input={}`
      const { body } = await fetch(url, { headers: { accept: 'application/vnd.apache.arrow.stream' } })
      const hash = createHash('sha256')
      for await (const chunk of body ?? []) {
        hash.update(chunk)
        await sleep(pauseMs)
      }
      return hash.digest('hex')
    }
    const digests = [await ask(0), await ask(1), await ask(0)]
    expect(new Set(digests).size).toBe(1)
  })

  it('a stream returns the rows of range, batch by batch', async () => {
    const sizes: number[] = []
    let next = 0
    for await (const batch of served.db.numbers.stream({ fields: ['n'] })) {
      sizes.push(batch.numRows)
      for (const value of batch.columns.n) if (value !== next++) expect.unreachable(`row ${next} is ${value}`)
    }
    expect(sizes).toEqual([...new Array(FULL).fill(BATCH), 1])
  })

  it('lists of symbols of any length select exactly their rows, ordered by code', async () => {
    const codes = Array.from({ length: 132 }, (_, index) => codeOf(index * 1_000))
    const ask = async (symbols: string[]) =>
      (
        await served.db.numbers.range({
          symbols,
          start: '2000-01-05',
          end: '2000-01-05',
          fields: ['n'],
          unknownSymbols: 'ignore',
        })
      ).columns
    expect((await ask([])).code).toEqual([])
    expect((await ask(['C0002'])).code).toEqual(['C0002'])
    expect((await ask(['C0005', 'C0001', 'C0003'])).code).toEqual(['C0001', 'C0003', 'C0005'])
    expect((await ask(['C0004', 'nobody', 'C0002', 'C0004', 'C0000'])).code).toEqual(['C0000', 'C0002', 'C0004'])
    const many = [...codes, ...Array.from({ length: 4_868 }, (_, index) => `X${index}`)].toReversed()
    expect((await ask(many)).code).toEqual(codes)
    expect((await ask([...many, ...many].slice(0, 10_000))).code).toHaveLength(132)
  })

  it('releases queries and handles of streams left early, more often than there are handles', async () => {
    for (let round = 0; round < 20; round++) {
      for await (const batch of served.db.numbers.stream()) {
        expect(batch.numRows).toBe(BATCH)
        break
      }
    }
    expect((await served.db.numbers.range({ symbols: ['C0001'] })).numRows).toBe(1_000)
  })

  it('serves short calls while long ones run', async () => {
    const long = Array.from({ length: 4 }, () => served.db.numbers.range())
    const short = await Promise.all(
      Array.from({ length: 20 }, () => served.db.numbers.at({ date: '2000-01-01', symbols: ['C0007'] })),
    )
    for (const frame of short) expect([...frame.columns.n]).toEqual([7_000])
    for (const frame of await Promise.all(long)) expect(frame.numRows).toBe(ROWS)
  })

  it('a null in a non-nullable field is an error that names the field', async () => {
    // SQLite cannot remove NOT NULL from a STRICT table.
    if (engineOf(store.address) === 'sqlite') return
    await sql(
      store.address,
      byEngine(store.address, {
        mysql: 'alter table numbers modify n int null',
        sqlite: '',
        duckdb: 'alter table numbers alter n drop not null',
      }),
      "insert into numbers values ('NULL', '2024-01-02', null, null, null)",
    )
    await expect(served.db.numbers.range({ symbols: ['NULL'] })).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(/^table numbers, column n: got null in the row .*"NULL".*never null/),
    })
  })
})
