import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askJson } from '../support/ask-json.ts'
import { loggedMaker } from '../support/logged-server.ts'
import { randomFrom } from '../support/random.ts'
import { times } from '../support/scale.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, type Store } from '../support/stores.ts'

/** Different questions, so that many are asked again. */
const QUESTIONS = 24
const STEPS = times(60, 4_000)
const SYMBOLS = ['000001.SZ', '600000.SH', '600519.SH']
const DAYS = ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05']

/** Each server has another bound on the age of its answers; the last one has hardly any memory. */
const SERVERS = [
  { cacheMaxAgeMs: 2_000 },
  { cacheMaxAgeMs: 0 },
  { cacheMaxAgeMs: 300, cacheMemoryBytes: 32 * 2 ** 10 },
] as const

/** What the tables have: a close for each symbol and day that has a row, and a factor for each symbol. */
interface State {
  readonly closes: ReadonlyMap<string, number>
  readonly factors: ReadonlyMap<string, number>
}

interface Version {
  readonly state: State
  readonly by: 'outside' | number
  /** When its writer knew that it was committed; also by the clock. */
  committedAt: number
  committedOn: number
}

interface Question {
  readonly path: string
  readonly input: { readonly symbols: readonly string[]; readonly adjust: string; readonly [name: string]: unknown }
  /** The rows of the answer: the symbol, the day, the close. */
  readonly of: (state: State) => readonly (readonly [string, string, number])[]
}

const cell = (symbol: string, day: string): string => `${symbol} ${day}`

/** A question of any shape. */
function questionOf(random: () => number): Question {
  const some = SYMBOLS.filter(() => random() < 0.6)
  const symbols = some.length === 0 ? SYMBOLS : some
  const [from = 0, to = 0] = [0, 1].map(() => Math.floor(random() * DAYS.length)).toSorted((a, b) => a - b)
  const [start, end] = [DAYS[from] as string, DAYS[to] as string]
  const fields = random() < 0.5 ? ['close'] : ['close', 'vol']
  const adjust = random() < 0.3 ? 'hfq' : 'none'
  const input = { symbols, fields, adjust, unknownSymbols: 'ignore' }
  const rows = ({ closes, factors }: State, symbol: string, days: readonly string[]) =>
    days.flatMap((day) => {
      const close = closes.get(cell(symbol, day))
      const factor = adjust === 'hfq' ? (factors.get(symbol) as number) : 1
      return close === undefined ? [] : [[symbol, day, close * factor] as const]
    })
  const within = DAYS.slice(from, to + 1)
  const range = (state: State) => symbols.flatMap((symbol) => rows(state, symbol, within))
  switch (Math.floor(random() * 4)) {
    case 0:
      return {
        ...{ path: 'daily.at', input: { ...input, date: end } },
        of: (state) => symbols.flatMap((symbol) => rows(state, symbol, [end])),
      }
    case 1:
      return {
        ...{ path: 'daily.latest', input: { ...input, end } },
        of: (state) => symbols.flatMap((symbol) => rows(state, symbol, DAYS.slice(0, to + 1)).slice(-1)),
      }
    case 2:
      return {
        ...{ path: 'daily.range', input: { ...input, start, end, limit: 1 } },
        of: (state) => range(state).slice(0, 1),
      }
    default:
      return { path: 'daily.range', input: { ...input, start, end }, of: range }
  }
}

describe.each([...enginesOfRun, loggedMaker])(
  'answers of three servers on $engine beside writers of all kinds',
  ({ open }) => {
    let store: Store
    let servers: Served<Tushare>[]
    /** In the order of their commits. */
    const versions: Version[] = []
    let lastWrite: Promise<unknown> = Promise.resolve()

    const dir = mkdtempSync(join(tmpdir(), 'stockdb-answers-'))
    // Two of them keep answers over their restarts.
    const start = (at: number): Promise<Served<Tushare>> =>
      serve(store.address, {
        bounds: SERVERS[at] as object,
        ...(at === 1 ? {} : { cacheDir: join(dir, String(at)) }),
      })

    beforeAll(async () => {
      store = await open()
      servers = []
      for (const at of SERVERS.keys()) servers.push(await start(at))
      const factors = SYMBOLS.map((ts_code) => ({ ts_code, trade_date: '2024-01-02', adj_factor: 1 }))
      await servers[0]?.db.adj_factor.upsert(factors)
      versions.push({
        state: { closes: new Map(), factors: new Map(SYMBOLS.map((symbol) => [symbol, 1])) },
        ...{ by: 'outside', committedAt: 0, committedOn: 0 },
      })
      await write(0, () => 0)
    }, 300_000)
    afterAll(async () => {
      await Promise.all((servers ?? []).map((one) => one?.close()))
      await store?.drop()
      rmSync(dir, { recursive: true })
    })

    /** One write after the other, so that their order is known. */
    function write(by: 'outside' | number, random: () => number): Promise<void> {
      const mine = lastWrite.then(() => writeNow(by, random))
      lastWrite = mine.catch(() => {})
      return mine
    }

    async function writeNow(by: 'outside' | number, random: () => number): Promise<void> {
      const number = versions.length
      const { closes, factors } = (versions.at(-1) as Version).state
      const all = random() < 0.2
      const symbols = all ? SYMBOLS : [SYMBOLS[Math.floor(random() * SYMBOLS.length)] as string]
      const days = all || random() < 0.3 ? DAYS : [DAYS[Math.floor(random() * DAYS.length)] as string]
      const cells = symbols.flatMap((symbol) => days.map((day) => [symbol, day] as const))
      const db = typeof by === 'number' ? servers[by]?.db : undefined
      const [first, last] = [days[0] as string, days.at(-1) as string]
      const kind = number === 1 ? 1 : random()
      let state: State
      let run: () => Promise<unknown>
      if (kind < 0.15) {
        const factor = 1 + (number % 7)
        state = { closes, factors: new Map([...factors, ...symbols.map((symbol) => [symbol, factor] as const)]) }
        const rows = symbols.map((ts_code) => ({ ts_code, trade_date: '2024-01-02', adj_factor: factor }))
        const list = symbols.map((symbol) => `'${symbol}'`).join()
        run = () =>
          db?.adj_factor.upsert(rows) ??
          sql(store.address, `update adj_factor set adj_factor = ${factor} where ts_code in (${list})`)
      } else if (kind < 0.3) {
        state = { closes: new Map(closes), factors }
        for (const [symbol, day] of cells) (state.closes as Map<string, number>).delete(cell(symbol, day))
        const list = symbols.map((symbol) => `'${symbol}'`).join()
        run = () =>
          db?.daily.delete({ symbols, start: first, end: last }) ??
          sql(
            store.address,
            `delete from daily where ts_code in (${list}) and trade_date between '${first}' and '${last}'`,
          )
      } else if (kind < 0.4) {
        // Of another table, which no answer is made of.
        state = { closes, factors }
        const row = { ts_code: symbols[0] as string, trade_date: first, net_mf_vol: number }
        run = () => db?.moneyflow.upsert([row]) ?? sql(store.address, 'delete from moneyflow')
      } else {
        const closeOf = (symbol: string, day: string): number =>
          number * 100 + SYMBOLS.indexOf(symbol) * 10 + DAYS.indexOf(day)
        // From outside, only rows that are there are changed.
        const written = db ? cells : cells.filter(([symbol, day]) => closes.has(cell(symbol, day)))
        state = {
          closes: new Map([
            ...closes,
            ...written.map(([symbol, day]) => [cell(symbol, day), closeOf(symbol, day)] as const),
          ]),
          factors,
        }
        const rows = written.map(([ts_code, trade_date]) => ({
          ts_code,
          trade_date,
          close: closeOf(ts_code, trade_date),
        }))
        const whens = rows.map(
          ({ ts_code, trade_date, close }) =>
            `when ts_code = '${ts_code}' and trade_date = '${trade_date}' then ${close}`,
        )
        run = async () =>
          db
            ? db.daily.upsert(rows)
            : rows.length > 0 && sql(store.address, `update daily set close = case ${whens.join(' ')} else close end`)
      }
      const version = { state, by, committedAt: Number.POSITIVE_INFINITY, committedOn: Number.POSITIVE_INFINITY }
      versions.push(version)
      await run()
      version.committedAt = performance.now()
      version.committedOn = Date.now()
    }

    async function read(at: number, random: () => number): Promise<'kept' | 'read'> {
      // Of a few seeds.
      const { path, input, of } = questionOf(randomFrom(Math.floor(random() * QUESTIONS)))
      const askedAt = performance.now()
      const { items, meta } = await askJson((servers[at] as Served<Tushare>).server.url, path, input)
      const rows = JSON.stringify(items.map(([symbol, day, close]) => [symbol, day, close]))
      // Nothing older than what was committed within the bound, or before the moment that it names, or what this server wrote of it.
      const answers = versions.map(({ state }) => JSON.stringify(of(state)))
      const bound = SERVERS[at]?.cacheMaxAgeMs ?? 0
      const asOf = meta.cache ? Date.parse(meta.cache.asOf) : Number.NEGATIVE_INFINITY
      const least = versions.findLastIndex(({ by, committedAt, committedOn }, index) => {
        const own = by === at && committedAt <= askedAt && answers[index] !== answers[index - 1]
        return own || askedAt - committedAt >= bound || committedOn < asOf
      })
      const what = `${path} ${JSON.stringify(input)} of server ${at}: versions from ${least} on, ${JSON.stringify(meta.cache)}`
      expect(answers.slice(least), what).toContain(rows)
      return meta.cache ? 'kept' : 'read'
    }

    it(
      'are of one version each, and none is older than its bound',
      async () => {
        const seed = Math.floor(Math.random() * 2 ** 31)
        console.log(`seed ${seed}`)
        const random = randomFrom(seed)
        const anyServer = (): number => Math.floor(random() * SERVERS.length)
        const anyone = (): 'outside' | number => (random() < 0.3 ? 'outside' : anyServer())
        const seen = { kept: 0, read: 0 }
        for (let step = 0; step < STEPS; step++) {
          const chance = random()
          if (chance < 0.08) await write(anyone(), random)
          else if (chance < 0.12) await sleep(random() * 150)
          else if (chance < 0.13) {
            await lastWrite
            const at = anyServer()
            await servers[at]?.close()
            servers[at] = await start(at)
          } else {
            const beside = random() < 0.15 ? [write(anyone(), random)] : []
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
  },
)
