import { type Tushare, tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { explain } from '../../../src/plan/explain.ts'
import { Planner } from '../../../src/plan/planner.ts'
import { askBytes, comparable, contentOf, type WireBytes } from '../../support/ask-bytes.ts'
import { MARKET_CODES, marketQuestion, writeMarket } from '../../support/block-market.ts'
import { randomFrom } from '../../support/random.ts'
import { times } from '../../support/scale.ts'
import { type Served, serve } from '../../support/serve.ts'
import { sql } from '../../support/sql.ts'
import { enginesOfRun, mysqlMakers, type Store } from '../../support/stores.ts'
import { watchReads } from '../../support/watch-reads.ts'

const QUESTIONS = times(150, 3_000)
const { daily } = tushare

/** A server that plans as for a database that joins slowly, or quickly. */
async function serveAs(address: string, joinsSlowly: boolean): Promise<Served<Tushare>> {
  const served = await serve(address)
  const { engine } = served.server
  Object.assign(engine, { dialect: { ...engine.dialect, joinsSlowly } })
  return served
}

/** Of each answer others: when trading days were read, and the number of the last write, which is in those of several statements. */
const OWN = new Set(['calendarAsOf', 'asOf', 'sequence'])

/** What an answer says, every number with all of its digits. */
const saidBy = (answer: WireBytes): string =>
  answer.status === 200
    ? JSON.stringify(contentOf(answer), (name, value) => {
        if (OWN.has(name)) return undefined
        return typeof value === 'number' || typeof value === 'bigint' ? String(value) : value
      })
    : comparable(answer)

/** The tables that the statements of an answer read, each by those of its columns. */
async function statementsOf(served: Served<Tushare>, path: string, input: object): Promise<(string | undefined)[][]> {
  const found: (string | undefined)[][] = []
  const end = watchReads(served.server.engine, ({ columns }) => {
    const tables = new Set(columns.map(({ source }) => source?.table))
    if (['daily', 'adj_factor'].some((table) => tables.has(table))) found.push([...tables])
  })
  const { status } = await askBytes(served.server.url, path, { ...input, unknownSymbols: 'ignore' })
  end()
  expect(status).toBe(200)
  return found
}

describe.each(enginesOfRun)('factors read apart from their rows on $engine', ({ open }) => {
  let store: Store
  let apart: Served<Tushare>
  let joined: Served<Tushare>

  beforeAll(async () => {
    store = await open()
    apart = await serveAs(store.address, true)
    joined = await serveAs(store.address, false)
    await writeMarket(apart.db, randomFrom(3))
  }, 120_000)
  afterAll(async () => {
    await apart?.close()
    await joined?.close()
    await store?.drop()
  })

  it('give the answers that the database gives by joining them', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    console.log(`seed ${seed}`)
    const random = randomFrom(seed)
    let factors = 0
    const end = watchReads(apart.server.engine, ({ columns: [, date, factor, more] }) => {
      if (date?.source?.table === 'adj_factor' && factor?.name === 'adj_factor' && !more) factors++
    })
    for (let step = 0; step < QUESTIONS; step++) {
      const { path, input } = marketQuestion(random)
      const [one, other] = await Promise.all(
        [apart, joined].map(({ server }) => askBytes(server.url, path, { ...input, fresh: true })),
      )
      expect(saidBy(one as WireBytes), `${path} ${JSON.stringify(input)}`).toBe(saidBy(other as WireBytes))
    }
    end()
    expect(factors).toBeGreaterThan(QUESTIONS / 20)
  }, 300_000)

  it('say of rows without a factor what the database says', async () => {
    // The last symbol has no factor before it is listed; its rows begin later.
    await sql(
      store.address,
      `delete from adj_factor where ts_code = '${MARKET_CODES[11]}' and trade_date < '2023-05-01'`,
    )
    for (const missingFactor of ['error', 'skip', 'raw'])
      for (const adjust of ['hfq', 'qfq'])
        for (const anchor of adjust === 'qfq' ? [undefined, '2023-03-01', '2024-06-03'] : [undefined]) {
          const input = { symbols: MARKET_CODES, adjust, missingFactor, ...(anchor ? { anchor } : {}) }
          const [one, other] = await Promise.all(
            [apart, joined].map(({ server }) => askBytes(server.url, 'daily.range', input)),
          )
          expect(one?.status, JSON.stringify(input)).toBe(missingFactor === 'error' ? 422 : 200)
          expect(saidBy(one as WireBytes), JSON.stringify(input)).toBe(saidBy(other as WireBytes))
        }
  })

  it('are read before the rows of long ranges alone', async () => {
    const long = { symbols: MARKET_CODES, start: '2022-06-01', end: '2023-12-29', adjust: 'hfq', missingFactor: 'raw' }
    expect((await statementsOf(apart, 'daily.range', long))[0]).toEqual(['adj_factor'])
    expect((await statementsOf(apart, 'daily.range', long)).at(-1)).toEqual(['daily'])
    expect((await statementsOf(apart, 'daily.panel', { ...long, fields: ['close'] })).at(-1)).toEqual(['daily'])
    const joinedRows = ['daily', undefined]
    for (const [path, input] of [
      ['daily.range', { ...long, symbols: MARKET_CODES.slice(0, 1) }],
      ['daily.range', { ...long, end: '2022-07-29' }],
      ['daily.range', { ...long, limit: 10 }],
      ['daily.range', { ...long, where: { vol: 1 } }],
      ['daily.range', { ...long, symbols: undefined }],
      ['daily.at', { adjust: 'hfq', date: '2023-03-01', missingFactor: 'raw' }],
      ['daily.latest', { ...long, start: undefined, n: 200 }],
    ] as const)
      expect(await statementsOf(apart, path, input), `${path} ${JSON.stringify(input)}`).toEqual([joinedRows])
    expect(await statementsOf(joined, 'daily.range', long)).toEqual([joinedRows])
  })
})

it.each(mysqlMakers)(
  'tables without transactions on $engine are read by one statement',
  async ({ open }) => {
    const store = await open()
    const served = await serveAs(store.address, true)
    try {
      await writeMarket(served.db, randomFrom(4))
      const long = { symbols: MARKET_CODES, adjust: 'hfq', missingFactor: 'raw' }
      const before = await askBytes(served.server.url, 'daily.range', long)
      await sql(store.address, 'alter table adj_factor engine=MyISAM')
      // The storage engine is believed for a second.
      await expect
        .poll(() => statementsOf(served, 'daily.range', long), { timeout: 5_000 })
        .toEqual([['daily', undefined]])
      expect(saidBy(await askBytes(served.server.url, 'daily.range', long))).toBe(saidBy(before))
    } finally {
      await served.close()
      await store.drop()
    }
  },
  60_000,
)

describe('a plan', () => {
  const facts = { enforcesKey: () => true, singlesOf: () => new Set<string>(), joinsSlowly: true }
  const ask = {
    symbols: MARKET_CODES,
    start: '2022-01-03',
    end: '2023-12-29',
    fields: ['close'],
    adjust: 'hfq',
  } as const
  const linesFor = (known: ConstructorParameters<typeof Planner>[1]): readonly string[] => {
    const planner = new Planner(tushare, known)
    return explain(planner.range(daily, ask), planner).lines
  }

  it('says that the factors are read before the rows', () => {
    expect(linesFor(facts).slice(0, 2)).toEqual([
      'in one state of daily, adj_factor:',
      'read range of daily (12 symbols: 600000.SH, 600007.SH, 600014.SH, 600021.SH, 600028.SH, …; start 2022-01-03; end 2023-12-29): ts_code, trade_date, close, joined to adj_factor, which is read before',
    ])
  })

  it.each([
    ['joins quickly', { ...facts, joinsSlowly: false }],
    [
      'keeps the factors as FLOAT, which it joins as other numbers',
      { ...facts, singlesOf: () => new Set(['adj_factor']) },
    ],
    ['has a table that was not looked at', { ...facts, singlesOf: () => undefined }],
    [
      'does not enforce the key of the rows',
      { ...facts, enforcesKey: ({ name }: { name: string }) => name !== 'daily' },
    ],
  ])('has one statement if the database %s', (_, known) => {
    expect(linesFor(known).join()).toMatch(/joined to adj_factor(?!, which)/)
    expect(linesFor(known).join()).not.toContain('in one state')
  })
})
