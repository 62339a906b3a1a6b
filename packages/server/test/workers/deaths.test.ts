import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Client, connect, StockdbError } from '@stockdb/client'
import type { Tushare } from '@stockdb/contract'
import { expect, it, onTestFinished, vi } from 'vitest'
import { parseHere } from '../support/command-line.ts'
import { startServing } from '../support/program.ts'
import { oneServer, sqliteMaker } from '../support/stores.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const catalogue = fileURLToPath(new URL('../fixtures/mortal-workers.mts', import.meta.url))
const SOON = { timeout: 60_000, interval: 50 }
/** What becomes of a call whose worker dies, and of one that arrives meanwhile. */
const CODES = ['UNREACHABLE', 'INCOMPLETE_ANSWER', 'WRITE_OUTCOME_UNKNOWN', 'OVERLOADED']
const DEATHS = [
  ['throw', 1, 'ended on request'],
  ['fill', 2, 'ERR_WORKER_OUT_OF_MEMORY'],
  ['throw', 2, 'ended on request'],
] as const

it.each([...oneServer, sqliteMaker])(
  'on $engine what a worker does when it dies fails typed, and clients that retry do not notice',
  {
    timeout: 240_000,
  },
  async ({ open }) => {
    const store = await open()
    onTestFinished(() => store.drop())
    expect((await parseHere(['migrate', '--database', store.address])).code).toBe(0)
    const orders = temporaryFolder()
    const server = await startServing(
      [
        ...['--workers', '2', '--database', store.address, '--data', temporaryFolder(), '--config', catalogue],
        ...[
          '--kill-memory',
          '1200MB',
          '--max-calls-per-caller',
          '64',
          '--log-level',
          'info',
          '--max-loop-delay',
          '60000',
        ],
      ],
      { MORTAL_WORKERS: orders },
    )
    onTestFinished(() => void server.child.kill('SIGKILL'))
    const [once, again] = [await connect(server.url, { retries: 0 }), await connect(server.url)]
    const day = (at: number): string => new Date(Date.UTC(1970, 0, 1 + at)).toISOString().slice(0, 10)
    const rows = 16_000
    await again.daily.upsert(
      Array.from({ length: rows }, (_, at) => ({ ts_code: 'A', trade_date: day(at), close: at })),
    )

    let over = false
    const failures: { readonly kind: string; readonly error: unknown }[] = []
    const repeat = async (kind: string, act: () => Promise<unknown>): Promise<void> => {
      while (!over) {
        await act().catch((error: unknown) => failures.push({ kind, error }))
        await sleep(5)
      }
    }
    const question = { symbols: ['A'], start: '1970-01-01', fields: ['close'] } as const
    /** What the writes of a client were acknowledged as, and what its listener heard. */
    const written = new Map<string, number>()
    const heard = new Map<string, number[]>()
    const loopsOf = (name: string, db: Client<Tushare>): Promise<void>[] => [
      repeat(`${name}: call`, () => db.daily.latest({ symbols: ['A'] }, { fresh: true })),
      repeat(`${name}: long call`, async () =>
        expect((await db.daily.range(question, { fresh: true })).numRows).toBe(rows),
      ),
      repeat(`${name}: stream`, async () => {
        let seen = 0
        for await (const { numRows } of db.daily.stream(question, { fresh: true })) seen += numRows
        expect(seen).toBe(rows)
      }),
      repeat(`${name}: calls together`, () =>
        Promise.all([1, 2, 3].map((n) => db.daily.latest({ symbols: ['A'], n }, { fresh: true }))),
      ),
      repeat(`${name}: query`, () => db.query.selectFrom('daily').select('close').limit(1).execute()),
      repeat(`${name}: statistics`, () => db.ops.stats()),
      repeat(`${name}: write`, async () => {
        const net_mf_vol = (written.get(name) ?? 0) + 1
        const row = { ts_code: name, trade_date: '2024-01-02', net_mf_vol }
        try {
          await db.moneyflow.upsert([row])
        } catch (error) {
          if (!(error instanceof StockdbError) || error.code !== 'WRITE_OUTCOME_UNKNOWN') throw error
          failures.push({ kind: `${name}: write`, error })
          // Whether it was written or not: with its key it is written once.
          await again.moneyflow.upsert([row], { idempotencyKey: error.idempotencyKey })
        }
        written.set(name, net_mf_vol)
      }),
    ]
    const stop = new AbortController()
    const listening = (async () => {
      for await (const { sequence, symbols } of again.moneyflow.watch({}, { signal: stop.signal }))
        for (const symbol of symbols ?? []) heard.set(symbol, [...(heard.get(symbol) ?? []), sequence])
    })().catch((error: unknown) => expect(error).toMatchObject({ code: 'CANCELLED' }))
    // It hears what is written after it was opened.
    await vi.waitFor(async () => {
      await again.moneyflow.upsert([{ ts_code: 'OPENED', trade_date: '2024-01-02', net_mf_vol: performance.now() }])
      expect(heard.has('OPENED')).toBe(true)
    }, SOON)
    const loops = [...loopsOf('ONCE', once), ...loopsOf('AGAIN', again)]

    for (const [at, [what, worker, why]] of DEATHS.entries()) {
      await sleep(1_000)
      writeFileSync(join(orders, `${what}-${worker}`), '')
      await vi.waitFor(() => expect(server.stderr.match(/the worker was replaced/g)).toHaveLength(at + 1), SOON)
      const death = server.stderr.split('\n').filter((line) => line.includes('a worker died'))[at] as string
      expect(JSON.parse(death)).toMatchObject({ worker, calls: expect.any(Array) })
      expect(death).toContain(why)
    }
    await sleep(1_000)
    over = true
    await Promise.all(loops)

    for (const { kind, error } of failures) {
      expect(error, kind).toBeInstanceOf(StockdbError)
      expect(CODES, `${kind}: ${error}`).toContain((error as StockdbError).code)
      expect((error as StockdbError).retryable, `${kind}: ${error}`).toBe(true)
    }
    expect(
      failures.filter(({ kind }) => kind.startsWith('AGAIN')).map(({ kind, error }) => `${kind}: ${error}`),
    ).toEqual([])
    expect(failures.length).toBeGreaterThan(0)
    // Each write once, and none of them was missed.
    for (const [name, count] of written) {
      expect(count).toBeGreaterThan(0)
      const { columns } = await again.moneyflow.range({ symbols: [name], fields: ['net_mf_vol'] })
      expect(Array.from(columns.net_mf_vol)).toEqual([count])
      await vi.waitFor(() => expect(heard.get(name)?.length).toBe(count), SOON)
      expect(new Set(heard.get(name)).size).toBe(count)
    }
    stop.abort()
    await listening
  },
)
