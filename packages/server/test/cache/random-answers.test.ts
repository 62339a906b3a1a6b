import { setTimeout as sleep } from 'node:timers/promises'
import type { Tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askJson } from '../support/ask-json.ts'
import { randomFrom } from '../support/random.ts'
import { times } from '../support/scale.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, type Store } from '../support/stores.ts'

/** Different questions, so that many are asked again. */
const QUESTIONS = 12
const STEPS = times(60, 4_000)
const SYMBOLS = ['600000.SH', '600519.SH', '000001.SZ']
const DAYS = ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05']

/** Each server has another bound on the age of its answers; the last one has hardly any memory. */
const SERVERS = [
  { cacheMaxAgeMs: 2_000 },
  { cacheMaxAgeMs: 0 },
  { cacheMaxAgeMs: 300, cacheMemoryBytes: 32 * 2 ** 10 },
] as const

/** Every row of a version tells which one it is, so that a mixture of two shows. */
const closeOf = (version: number, symbol: string, day: string): number =>
  version * 100 + SYMBOLS.indexOf(symbol) * 10 + DAYS.indexOf(day)

interface Version {
  readonly number: number
  readonly by: 'outside' | number
  readonly begunAt: number
  /** When its writer knew that it was committed. */
  committedAt: number
}

describe.each(enginesOfRun)('answers of three servers on $engine beside writers of all kinds', ({ open }) => {
  let store: Store
  let servers: Served<Tushare>[]
  const versions: Version[] = []

  const start = (at: number): Promise<Served<Tushare>> => serve(store.address, { bounds: SERVERS[at] as object })

  beforeAll(async () => {
    store = await open()
    servers = []
    for (const at of SERVERS.keys()) servers.push(await start(at))
    await write(0)
  })
  afterAll(async () => {
    await Promise.all(servers.map((one) => one?.close()))
    await store?.drop()
  })

  const rowsOf = (version: number) =>
    SYMBOLS.flatMap((ts_code) =>
      DAYS.map((trade_date) => ({ ts_code, trade_date, close: closeOf(version, ts_code, trade_date) })),
    )

  async function write(by: 'outside' | number): Promise<void> {
    const number = versions.length
    const version = { number, by, begunAt: performance.now(), committedAt: Number.POSITIVE_INFINITY }
    versions.push(version)
    if (by === 'outside') {
      const values = rowsOf(number).map(
        ({ ts_code, trade_date, close }) =>
          `when ts_code = '${ts_code}' and trade_date = '${trade_date}' then ${close}`,
      )
      await sql(store.address, `update daily set close = case ${values.join(' ')} end`)
    } else await servers[by]?.db.daily.upsert(rowsOf(number))
    version.committedAt = performance.now()
  }

  /** A question of any shape, and the cells of its answer in order. */
  function question(random: () => number): { path: string; input: object; cells: (readonly [string, string])[] } {
    const symbols = SYMBOLS.filter(() => random() < 0.6)
    const asked = symbols.length === 0 ? SYMBOLS : symbols
    const sorted = asked.toSorted()
    const [from, to] = [Math.floor(random() * DAYS.length), Math.floor(random() * DAYS.length)].toSorted(
      (a, b) => a - b,
    )
    const days = DAYS.slice(from, (to ?? 0) + 1)
    const [start, end] = [days[0] as string, days.at(-1) as string]
    const fields = random() < 0.5 ? ['close'] : ['close', 'vol']
    const common = { symbols: asked, fields }
    switch (Math.floor(random() * 4)) {
      case 0:
        return { path: 'daily.at', input: { ...common, date: end }, cells: sorted.map((symbol) => [symbol, end]) }
      case 1:
        return { path: 'daily.latest', input: { ...common, end }, cells: sorted.map((symbol) => [symbol, end]) }
      case 2:
        return {
          path: 'daily.range',
          input: { ...common, start, end, limit: 1 },
          cells: [[sorted[0] as string, start]],
        }
      default:
        return {
          path: 'daily.range',
          input: { ...common, start, end },
          cells: sorted.flatMap((symbol) => days.map((day) => [symbol, day] as const)),
        }
    }
  }

  async function read(at: number, random: () => number): Promise<'kept' | 'read'> {
    // Of a few seeds.
    const { path, input, cells } = question(randomFrom(Math.floor(random() * QUESTIONS)))
    const askedAt = performance.now()
    const { items, meta } = await askJson((servers[at] as Served<Tushare>).server.url, path, input)
    const closes = items.map((row) => Number(row[2]))
    const version = Math.floor((closes[0] as number) / 100)
    expect(closes, `${path} ${JSON.stringify(input)}`).toEqual(
      cells.map(([symbol, day]) => closeOf(version, symbol, day)),
    )
    // Nothing newer than what was begun, and nothing older than what was committed within the bound, or through this server.
    expect(version).toBeLessThan(versions.length)
    for (const { number, by, committedAt } of versions) {
      if (number <= version) continue
      const bound = by === at ? 0 : (SERVERS[at]?.cacheMaxAgeMs ?? 0)
      expect(
        askedAt - committedAt,
        `${path} of server ${at} shows version ${version}, not ${number} by ${by}`,
      ).toBeLessThan(bound)
    }
    return meta.cache ? 'kept' : 'read'
  }

  it(
    'are of one version each, and none is older than its bound',
    async () => {
      const seed = Math.floor(Math.random() * 2 ** 31)
      console.log(`seed ${seed}`)
      const random = randomFrom(seed)
      const anyServer = (): number => Math.floor(random() * SERVERS.length)
      const seen = { kept: 0, read: 0 }
      for (let step = 0; step < STEPS; step++) {
        const chance = random()
        if (chance < 0.08) await write(random() < 0.5 ? 'outside' : anyServer())
        else if (chance < 0.15) await sleep(random() * 150)
        else if (chance < 0.17) {
          const at = anyServer()
          await servers[at]?.close()
          servers[at] = await start(at)
        } else {
          const beside = random() < 0.15 ? [write(random() < 0.5 ? 'outside' : anyServer())] : []
          const reads = Array.from({ length: 1 + Math.floor(random() * 4) }, () => read(anyServer(), random))
          const [found] = await Promise.all([Promise.all(reads), ...beside])
          for (const how of found as ('kept' | 'read')[]) seen[how]++
        }
      }
      console.log(JSON.stringify(seen))
      expect(seen.kept).toBeGreaterThan(0)
      expect(seen.read).toBeGreaterThan(0)
    },
    120_000 + times(0, 3_600_000),
  )
})
