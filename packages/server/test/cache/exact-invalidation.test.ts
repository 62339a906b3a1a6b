import type { Tushare } from '@stockdb/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { askJson } from '../support/ask-json.ts'
import { engines } from '../support/engines.ts'
import { loggedMaker } from '../support/logged-server.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { type Store, sqliteMaker } from '../support/stores.ts'

const [MAOTAI, BANK, VANKE] = ['600519.SH', '600000.SH', '000002.SZ']
const JANUARY = { start: '2024-01-01', end: '2024-01-31' }
const MARCH = { start: '2024-03-01', end: '2024-03-31' }
const FIELDS = { fields: ['close'], unknownSymbols: 'ignore' }

/** By name, so that a test can say which ones are forgotten. */
const questions = {
  'Maotai in January': ['daily.range', { symbols: [MAOTAI], ...JANUARY, ...FIELDS }],
  'Maotai in March': ['daily.range', { symbols: [MAOTAI], ...MARCH, ...FIELDS }],
  'Maotai from March on': ['daily.range', { symbols: [MAOTAI], start: MARCH.start, ...FIELDS }],
  'the bank in January': ['daily.range', { symbols: [BANK], ...JANUARY, ...FIELDS }],
  'all in January': ['daily.range', { ...JANUARY, ...FIELDS }],
  'all on a day in March': ['daily.at', { date: '2024-03-01', ...FIELDS }],
  'Maotai, adjusted, in March': ['daily.range', { symbols: [MAOTAI], ...MARCH, adjust: 'qfq', ...FIELDS }],
  'Maotai filled in March': ['daily.panel', { symbols: [MAOTAI], ...MARCH, fill: 'previous', ...FIELDS }],
  'the last of Maotai': ['daily.latest', { symbols: [MAOTAI], ...FIELDS }],
  'the last before February': ['daily.latest', { end: JANUARY.end, ...FIELDS }],
  'Maotai by weeks in March': ['daily.range', { symbols: [MAOTAI], ...MARCH, freq: 'week', ...FIELDS }],
} as const

type Name = keyof typeof questions
const NAMES = Object.keys(questions) as Name[]
/** Their rows are in blocks, which may answer them again if it was not the rows that were written. */
const IN_BLOCKS: readonly Name[] = [
  ...(['Maotai in January', 'the bank in January', 'all in January', 'all on a day in March'] as const),
  'the last before February',
]
describe.each([loggedMaker, sqliteMaker, ...engines.duckdb.makers])(
  'what a write on $engine makes a server forget',
  ({ open, engine }) => {
    let store: Store
    let served: Served<Tushare>

    beforeAll(async () => {
      store = await open()
      served = await serve(store.address, { bounds: { cacheMaxAgeMs: 0 } })
      const { db } = served
      await db.adj_factor.upsert([
        { ts_code: MAOTAI, trade_date: '2024-01-02', adj_factor: 2 },
        { ts_code: MAOTAI, trade_date: '2024-03-01', adj_factor: 4 },
      ])
      const days = ['2024-01-02', '2024-01-03', '2024-03-01', '2024-03-04']
      await db.daily.upsert(
        [MAOTAI, BANK].flatMap((ts_code) => days.map((trade_date) => ({ ts_code, trade_date, close: 1 }))),
      )
      const all = Array.from({ length: 100 }, (_, day) =>
        new Date(Date.UTC(2024, 0, day + 1)).toISOString().slice(0, 10),
      )
      await db.trade_cal.upsert(all.map((cal_date) => ({ exchange: 'SSE', cal_date, is_open: 1 })))
    })
    afterAll(async () => {
      await served?.close()
      await store?.drop()
    })

    const ask = (name: Name) => askJson(served.server.url, questions[name][0], questions[name][1])
    const forgotten = async (): Promise<Name[]> => {
      const found = await Promise.all(NAMES.map(async (name) => ((await ask(name)).meta.cache ? undefined : name)))
      return found.filter((name) => name !== undefined)
    }
    beforeEach(async () => {
      // Twice, because the first one may have inspected tables.
      await forgotten()
      await forgotten()
      expect(await forgotten()).toEqual([])
    })

    it('is only what it touched: a symbol, and the days of its rows', async () => {
      await served.db.daily.upsert([{ ts_code: MAOTAI, trade_date: '2024-01-03', close: 7 }])
      expect(await forgotten()).toEqual([
        'Maotai in January',
        'all in January',
        'Maotai filled in March',
        'the last of Maotai',
        'the last before February',
        'Maotai by weeks in March',
      ])
      expect((await ask('Maotai in January')).items.map((row) => row[2])).toEqual([1, 7])
    })

    it('is nothing but open ranges, if it is a row after all others', async () => {
      await served.db.daily.upsert([{ ts_code: MAOTAI, trade_date: '2024-04-02', close: 8 }])
      expect(await forgotten()).toEqual(['Maotai from March on', 'the last of Maotai', 'Maotai by weeks in March'])
    })

    it('is no answer, if it is about another symbol or dataset', async () => {
      await served.db.daily.upsert([{ ts_code: VANKE, trade_date: '2024-02-01', close: 7 }])
      // Weeks end with the last day of the table.
      expect(await forgotten()).toEqual(['Maotai by weeks in March'])
      await served.db.moneyflow.upsert([{ ts_code: MAOTAI, trade_date: '2024-01-03', net_mf_vol: 7 }])
      expect(await forgotten()).toEqual([])
    })

    it('is what a factor adjusts, wherever it is', async () => {
      await served.db.adj_factor.upsert([{ ts_code: MAOTAI, trade_date: '2023-01-03', adj_factor: 1 }])
      expect(await forgotten()).toEqual(['Maotai, adjusted, in March'])
      await served.db.adj_factor.upsert([{ ts_code: BANK, trade_date: '2024-03-01', adj_factor: 1 }])
      expect(await forgotten()).toEqual([])
    })

    it('is constituents as of a day, only if others were published until then', async () => {
      const INDEX = '000300.SH'
      const { db, server } = served
      const publish = (trade_date: string) =>
        db.index_weight.upsert([{ index_code: INDEX, con_code: MAOTAI, trade_date, weight: 5 }])
      const isKept = async (): Promise<boolean> =>
        (await askJson(server.url, 'index_weight.asOf', { date: '2024-02-15', symbols: [INDEX] })).meta.cache !==
        undefined
      await publish('2024-01-31')
      for (let times = 0; times < 3; times++) await isKept()
      expect(await isKept()).toBe(true)
      await publish('2024-02-29')
      expect(await isKept()).toBe(true)
      await publish('2024-02-01')
      expect(await isKept()).toBe(false)
    })

    it('is what is counted by the calendar', async () => {
      await served.db.trade_cal.upsert([{ exchange: 'SSE', cal_date: '2024-03-02', is_open: 0 }])
      expect(await forgotten()).toEqual(expect.arrayContaining(NAMES.filter((name) => !IN_BLOCKS.includes(name))))
      expect((await ask('all on a day in March')).items.length).toBe(2)
    })

    it('is what each of several writes touched that share a commit', async () => {
      const row = (ts_code: string, trade_date: string) => ({ ts_code, trade_date, close: 5 })
      const { db } = served
      // The first one is under way while the others come.
      const writes = [
        row(VANKE, '2024-02-01'),
        row(MAOTAI, '2024-03-04'),
        row(BANK, '2024-01-03'),
        row(VANKE, '2024-02-02'),
      ]
      await Promise.all(writes.map((one) => db.daily.upsert([one])))
      expect(await forgotten()).toEqual([
        'Maotai in March',
        'Maotai from March on',
        'the bank in January',
        'all in January',
        'Maotai, adjusted, in March',
        'Maotai filled in March',
        'the last of Maotai',
        'the last before February',
        'Maotai by weeks in March',
      ])
      expect((await ask('Maotai in March')).items.at(-1)?.[2]).toBe(5)
      expect((await ask('the bank in January')).items.at(-1)?.[2]).toBe(5)
    })

    it('is everything of a symbol, if rows are deleted', async () => {
      await served.db.daily.delete({ symbols: [BANK], start: '2024-03-04', end: '2024-03-04' })
      expect(await forgotten()).toEqual([
        'the bank in January',
        'all in January',
        'all on a day in March',
        'the last before February',
        'Maotai by weeks in March',
      ])
    })

    it('is everything, if others wrote', async () => {
      await sql(store.address, `update daily set close = 9 where ts_code = '${BANK}' and trade_date = '2024-01-02'`)
      await served.db.daily.upsert([{ ts_code: VANKE, trade_date: '2024-02-01', close: 9 }])
      if (engine !== 'DuckDB') expect(await forgotten()).toEqual(NAMES)
      expect((await ask('the bank in January')).items[0]?.[2]).toBe(9)
    })
  },
)

describe.each([loggedMaker])('what writes of another server on $engine make a server forget', ({ open }) => {
  let store: Store
  let servers: Served<Tushare>[]
  const question = (symbol: string) => ({ symbols: [symbol], ...JANUARY, ...FIELDS })
  const ask = (symbol: string) => askJson(servers[0]?.server.url as string, 'daily.range', question(symbol))
  const kept = async (): Promise<string[]> => {
    const found = await Promise.all(
      [MAOTAI, BANK].map(async (symbol) => ((await ask(symbol)).meta.cache ? symbol : '')),
    )
    return found.filter((symbol) => symbol !== '')
  }
  const write = (ts_code: string, close: number) =>
    servers[1]?.db.daily.upsert([{ ts_code, trade_date: '2024-01-02', close }])

  beforeAll(async () => {
    store = await open()
    servers = []
    for (const _ of [0, 1]) servers.push(await serve(store.address, { bounds: { cacheMaxAgeMs: 0 } }))
    await write(MAOTAI, 1)
    await write(BANK, 1)
  })
  afterAll(async () => {
    await Promise.all((servers ?? []).map((one) => one.close()))
    await store?.drop()
  })
  beforeEach(async () => {
    await kept()
    await kept()
    expect(await kept()).toEqual([MAOTAI, BANK])
  })

  it('is only what they touched, write after write', async () => {
    for (let close = 10; close < 20; close++) {
      await write(MAOTAI, close)
      expect(await kept()).toEqual([BANK])
      expect((await ask(MAOTAI)).items.map((row) => row[2])).toEqual([close])
    }
  })

  it('is only what they touched, of many writes at once', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, at) => write(VANKE, at)))
    expect(await kept()).toEqual([MAOTAI, BANK])
  })

  it('is everything, if another program wrote as many times as writes were spared by sharing commits', async () => {
    for (let round = 0; round < 5; round++) {
      const close = 100 + round
      await Promise.all(Array.from({ length: 6 }, (_, at) => write(VANKE, at)))
      await sql(store.address, `update daily set close = ${close} where ts_code = '${BANK}'`)
      for (let more = 0; more < 6; more++) {
        expect((await ask(BANK)).items.map((row) => row[2])).toEqual([close])
        await sql(store.address, `update daily set close = ${close} + 0.5 where ts_code = '${MAOTAI}'`)
      }
    }
    await kept()
    await kept()
    await Promise.all(Array.from({ length: 6 }, (_, at) => write(VANKE, at)))
    expect(await kept()).toEqual([MAOTAI, BANK])
  })

  it('is everything, if another program wrote in between, or changed a table', async () => {
    const outside = [
      `update daily set close = 5 where ts_code = '${BANK}'`,
      'alter table daily comment = "changed"',
      'create table if not exists others (id int)',
    ]
    for (const statement of outside) {
      await write(VANKE, 1)
      await sql(store.address, statement)
      await write(VANKE, 2)
      expect(await kept()).toEqual([])
      expect((await ask(BANK)).items.map((row) => row[2])).toEqual([5])
      // Found again.
      await kept()
      await kept()
    }
  })

  it('is everything, if a trigger may have changed other rows', async () => {
    await sql(
      store.address,
      `create trigger more after update on moneyflow for each row update daily set close = 77 where ts_code = '${BANK}'`,
    )
    await servers[1]?.db.moneyflow.upsert([{ ts_code: MAOTAI, trade_date: '2024-01-02', net_mf_vol: 1 }])
    await kept()
    await kept()
    await servers[1]?.db.moneyflow.upsert([{ ts_code: MAOTAI, trade_date: '2024-01-02', net_mf_vol: 2 }])
    expect((await ask(BANK)).items.map((row) => row[2])).toEqual([77])
  })
})
