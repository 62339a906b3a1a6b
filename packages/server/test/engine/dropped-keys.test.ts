import { date, defineCatalogue, defineDataset, float64, symbol } from '@stockdb/contract'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { type Store, sharedMakers } from '../support/stores.ts'

const fields = {
  code: symbol.required('Code'),
  day: date.required('Date'),
  close: float64('Close'),
  open: float64('Open'),
}
const bars = { managed: false, description: 'Bars', fields, key: ['code', 'day'], symbol: 'code', date: 'day' } as const
const catalogue = defineCatalogue({
  rates: defineDataset({ ...bars, name: 'rates' }),
  bars: defineDataset({
    ...bars,
    name: 'bars',
    adjustment: { dataset: 'rates', factor: 'close', prices: ['close', 'open'] },
  }),
  yearly: defineDataset({ ...bars, name: 'yearly', tables: { pattern: 'bars_{year}' } }),
})
type Db = Served<typeof catalogue>['db']

const columns = 'code varchar(12) not null, day date not null, close double precision, open double precision'
const values = "('a', '2024-01-02', 1, 2), ('a', '2024-01-03', 3, 4), ('b', '2024-01-02', 5, 6)"
const asked = { symbols: ['a'], start: '2024-01-01', end: '2024-01-31' } as const

/** Questions that are asked for the first time after the key was dropped, and the tables whose keys they rely on. */
const questions: Readonly<Record<string, (db: Db) => Promise<{ readonly numRows: number }>>> = {
  range: (db) => db.bars.range(asked),
  'range of one field': (db) => db.bars.range({ ...asked, fields: ['close'] }),
  'range of several tables': (db) => db.yearly.range(asked),
  'adjusted range': (db) => db.bars.range({ ...asked, adjust: 'hfq', fields: ['close'] }),
  at: (db) => db.bars.at({ date: '2024-01-02' }),
  latest: (db) => db.bars.latest({ n: 2 }),
  'latest of some': (db) => db.bars.latest({ n: 1, symbols: ['a', 'b'], fields: ['open'] }),
  'latest adjusted': (db) => db.bars.latest({ n: 1, adjust: 'qfq' }),
  'latest of several tables': (db) => db.yearly.latest({ n: 1 }),
  'range that is limited': (db) => db.bars.range({ ...asked, limit: 3, adjust: 'hfq' }),
}

// Of another process, which a file of DuckDB does not let in.
describe.each(sharedMakers)('a key that is dropped while a server reads its table, on $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>
  beforeEach(async () => {
    store = await open()
    const tables = ['bars', 'rates', 'bars_2024']
    await sql(
      store.address,
      ...tables.flatMap((table) => [
        `create table ${table} (${columns}, primary key (code, day))`,
        `insert into ${table} values ${values}`,
      ]),
    )
    served = await serve(store.address, { catalogue, bounds: { cacheMaxAgeMs: 0 } })
    onTestFinished(async () => {
      await served.close()
      await store.drop()
    })
    // Every table is looked at.
    for (const dataset of await served.db.meta.datasets()) expect(dataset.problem).toBeUndefined()
    await sql(
      store.address,
      ...tables.flatMap((table) => [
        `create table copy_${table} (${columns})`,
        `insert into copy_${table} select * from ${table}`,
        `insert into copy_${table} select * from ${table}`,
        `drop table ${table}`,
        `alter table copy_${table} rename to ${table}`,
      ]),
    )
  })

  it.each(Object.entries(questions))(
    'is noticed by the first %s, which is not answered with repeats',
    async (_, ask) => {
      const first = await ask(served.db).then(
        ({ numRows }) => numRows,
        ({ code }: { code: string }) => code,
      )
      const second = await ask(served.db).then(
        ({ numRows }) => numRows,
        ({ code }: { code: string }) => code,
      )
      expect([first, second]).toEqual([expect.stringMatching(/DUPLICATE_KEY|DATABASE_INTERRUPTED/), 'DUPLICATE_KEY'])
    },
  )
})
