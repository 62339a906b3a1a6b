import { type Tushare, tushare } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { byEngine } from '../support/engines.ts'
import { outcomeOf } from '../support/failure.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, type Store } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

type Db = Served<Tushare>['db']
type Input = Parameters<Db['screen']>[0]
/** The codes of an answer. */
type Ask = (db: Db) => Promise<string[]>

const screened =
  (input: Input): Ask =>
  async (db) => [...(await db.screen(input)).columns.ts_code]

const rows: Readonly<Record<string, [fields: string, rows: StoredValue[][]]>> = {
  stock_basic: [
    'ts_code symbol list_date delist_date',
    [
      ['A', 'A', '1991-04-03', null],
      ['C', 'C', '1990-12-10', '2024-06-03'],
    ],
  ],
  daily_basic: [
    'ts_code trade_date pe',
    [
      ['A', '2024-03-08', 16],
      ['C', '2024-03-08', 14],
    ],
  ],
  index_weight: [
    'index_code trade_date con_code weight',
    [
      ['I', '2024-02-29', 'A', 50],
      ['I', '2024-02-29', 'C', 50],
    ],
  ],
  index_member_all: [
    'ts_code l1_code l1_name l2_code l3_code in_date',
    [['C', '1', 'banks', '11', '111', '2010-01-01']],
  ],
  fina_indicator: [
    'ts_code end_date ann_date update_flag roe',
    [
      ['A', '2023-12-31', '2024-03-01', '0', 11],
      ['C', '2023-12-31', '2024-03-01', '0', 20],
    ],
  ],
  margin_detail: [
    'ts_code trade_date rzye',
    [
      ['A', '2024-03-07', 2],
      ['C', '2024-03-07', 7],
    ],
  ],
}

const date = '2024-03-08'
/** A call for each way to find the row of a stock, the table that is replaced, and its dates. */
const calls: readonly [what: string, table: string, dates: readonly string[], ask: Ask][] = [
  ['of the day', 'daily_basic', ['trade_date'], screened({ date, where: { 'daily_basic.pe': { gt: 0 } } })],
  [
    ...(['looked back to', 'daily_basic', ['trade_date']] as const),
    screened({ date, lookback: true, where: { 'daily_basic.pe': { gt: 0 } } }),
  ],
  [
    'of the day before',
    'margin_detail',
    ['trade_date'],
    screened({ date, where: { 'margin_detail.rzye': { gt: 0 } } }),
  ],
  [
    ...(['announced', 'fina_indicator', ['end_date', 'ann_date']] as const),
    screened({ date, where: { 'fina_indicator.roe': { gt: 0 } } }),
  ],
  [
    ...(['in force', 'index_member_all', ['in_date']] as const),
    screened({ date, where: { 'index_member_all.l1_name': { eq: 'banks' } } }),
  ],
  ['of a constituent', 'index_weight', ['trade_date'], screened({ date, index: 'I', fields: ['daily_basic.pe'] })],
  ['of a listed stock', 'stock_basic', ['list_date', 'delist_date'], screened({ date, fields: ['daily_basic.pe'] })],
  [
    ...(['in the list', 'stock_basic', ['list_date', 'delist_date']] as const),
    async (db) => [...(await db.instruments.list({ asOf: date, fields: [] })).columns.ts_code],
  ],
  [
    ...(['that are searched', 'stock_basic', ['list_date', 'delist_date']] as const),
    async (db) => [...(await db.instruments.search({ text: 'A', asOf: date })).columns.ts_code],
  ],
]

describe.each(enginesOfRun)('stocks of a table that is replaced while it is served, on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
    for (const [table, [fields, values]] of Object.entries(rows))
      await writeRows(served.server.engine, tushare[table as keyof Tushare], values, fields.split(' '))
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  /** As pandas' `to_sql(if_exists='replace')` does. */
  const replace = async (table: string, changed: Readonly<Record<string, string>>, times = 1): Promise<void> => {
    const names = Object.keys(tushare[table as keyof Tushare].fields)
    const quoted = names.map((name) =>
      byEngine(store.address, { mysql: `\`${name}\``, sqlite: `"${name}"`, duckdb: `"${name}"` }),
    )
    const selected = names
      .map((name, at) => (changed[name] ? `${changed[name]} as ${quoted[at]}` : quoted[at]))
      .join(', ')
    await sql(
      store.address,
      `alter table ${table} rename to earlier`,
      `create table ${table} as ${Array.from({ length: times }, () => `select ${selected} from earlier`).join(' union all ')}`,
    )
  }
  const restore = async (table: string, ask: Ask, before: readonly string[]): Promise<void> => {
    await sql(store.address, `drop table ${table}`, `alter table earlier rename to ${table}`)
    const codes = (): Promise<unknown> => ask(served.db).catch(String)
    await expect.poll(codes, { timeout: 10_000 }).toEqual(before)
  }
  const asText = (name: string, what: 'text' | 'compact'): string =>
    byEngine(store.address, {
      mysql: what === 'text' ? `concat(${name}, ' 00:00:00')` : `date_format(${name}, '%Y%m%d')`,
      sqlite: what === 'text' ? `${name} || ' 00:00:00'` : `replace(${name}, '-', '')`,
      duckdb: what === 'text' ? `${name} || ' 00:00:00'` : `strftime(${name}, '%Y%m%d')`,
    })

  it.each(calls)('names it where the dates of a row %s have another form (%s)', async (_, table, dates, ask) => {
    const { db } = served
    const before = await ask(db)
    expect(before.length).toBeGreaterThan(0)
    for (const form of ['text', 'compact'] as const) {
      await replace(table, Object.fromEntries(dates.map((name) => [name, asText(name, form)])))
      for (let asked = 0; asked < 2; asked++) {
        const { error } = await outcomeOf(ask(db))
        expect(['SCHEMA_MISMATCH', 'DATABASE_INTERRUPTED']).toContain(error?.code)
        expect(error?.message).toContain(table)
      }
      await restore(table, ask, before)
    }
  })

  it.each(calls)(
    'does not list a stock twice where the rows %s are there twice (%s)',
    async (_, table, _dates, ask) => {
      const { db } = served
      const before = await ask(db)
      await replace(table, {}, 2)
      for (let asked = 0; asked < 2; asked++) {
        const told = await ask(db).catch((error: Error) => error.message)
        if (typeof told === 'string') expect(told).toContain(table)
        else expect(told).toEqual(before)
      }
      await restore(table, ask, before)
    },
  )
})
