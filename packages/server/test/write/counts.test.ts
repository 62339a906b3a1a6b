import { defineCatalogue, defineDataset, float64, int32, symbol, text } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { byEngine, engineOf, engines } from '../support/engines.ts'
import { randomFrom } from '../support/random.ts'
import { times } from '../support/scale.ts'
import { type Served, serve } from '../support/serve.ts'
import { everyEngine, type Store } from '../support/stores.ts'

const odd = defineDataset({
  name: 'odd_numbers',
  description: 'Numbers as tables of others keep them',
  managed: false,
  writable: true,
  fields: {
    code: symbol.required('Code'),
    single: float64('A FLOAT'),
    rounded: float64('A DECIMAL of two digits'),
    plain: float64('A DOUBLE'),
    label: text('A text'),
  },
  key: ['code'],
  symbol: 'code',
})
const twice = defineDataset({
  name: 'two_keys',
  description: 'A table with another unique index',
  managed: false,
  writable: true,
  fields: { code: symbol.required('Code'), rank: int32('Rank, each once', { column: 'place' }), label: text('A text') },
  key: ['code'],
  symbol: 'code',
})
const readOnly = defineDataset({ ...odd, name: 'only_read', table: 'odd_numbers', writable: false })
const catalogue = defineCatalogue({ odd_numbers: odd, two_keys: twice, only_read: readOnly })

const mysqlTables = [
  'create table odd_numbers (code varchar(32) primary key, single float, rounded decimal(10,2), plain double, label varchar(20)) engine=innodb',
  'create table two_keys (code varchar(32) primary key, place int unique, label varchar(20)) engine=innodb',
  'create trigger two_keys_noted before update on two_keys for each row set @noted = 1',
]
const sqliteTables = [
  'create table odd_numbers (code text primary key not null, single real, rounded real, plain real, label text)',
  'create table two_keys (code text primary key not null, place integer unique, label text)',
  'create trigger two_keys_noted before update on two_keys begin select 1; end',
]

// DuckDB has no triggers.
const duckdbTables = [
  'create table odd_numbers (code varchar primary key, single float, rounded decimal(10,2), plain double, label varchar)',
  'create table two_keys (code varchar primary key, place integer unique, label varchar)',
]

/** Values that differ in ways which are easily lost. */
const VALUES = [0, -0, 10.52, 0.1, 1 / 3, 1e-3, 16_777_217, -1.005, null]

describe.each(everyEngine)('counts of an upsert on $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>

  beforeAll(async () => {
    store = await open()
    const statements = byEngine(store.address, { mysql: mysqlTables, sqlite: sqliteTables, duckdb: duckdbTables })
    await engines[engineOf(store.address)].run(store.address, [...statements, 'select 1'])
    served = await serve(store.address, { catalogue })
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  /** What the database keeps, by code; −0 and 0 are different. */
  async function kept(): Promise<Map<string, string>> {
    const rows = (await served.db.odd_numbers.list()).rows()
    const shown = (value: unknown): unknown => (Object.is(value, -0) ? '-0' : value)
    return new Map(rows.map(({ code, ...values }) => [code, JSON.stringify(Object.values(values).map(shown))]))
  }

  it('are what a comparison of before and after says, whatever the columns round', async () => {
    const random = randomFrom(7)
    const any = () => VALUES[Math.floor(random() * VALUES.length)] as number | null
    for (let round = 0; round < times(8, 100); round++) {
      const codes = Array.from({ length: 12 }, (_, n) => `C${n}`).filter(() => random() < 0.5)
      const rows = codes.map((code) => ({
        code,
        single: any(),
        rounded: any(),
        plain: any(),
        label: random() < 0.5 ? 'a' : 'A',
      }))
      const before = await kept()
      const { inserted, changed, unchanged } = await served.db.odd_numbers.upsert(rows)
      const after = await kept()
      const compared = { inserted: 0, changed: 0, unchanged: 0 }
      for (const code of codes) {
        const [was, is] = [before.get(code), after.get(code)]
        compared[was === undefined ? 'inserted' : was === is ? 'unchanged' : 'changed']++
      }
      expect(
        { inserted, changed, unchanged },
        JSON.stringify({ rows, before: [...before], after: [...after] }),
      ).toEqual(compared)
      // The same again changes nothing.
      expect(await served.db.odd_numbers.upsert(rows)).toMatchObject({
        inserted: 0,
        changed: 0,
        unchanged: rows.length,
      })
    }
  })

  it('are those of the key alone where the table has another unique index, and name its triggers', async () => {
    const { db } = served
    const first = [
      { code: 'A', rank: 1, label: 'a' },
      { code: 'B', rank: 2, label: 'b' },
    ]
    const noted = ['two_keys_noted']
    const triggers = byEngine<string[] | undefined>(store.address, { mysql: noted, sqlite: noted, duckdb: undefined })
    const answer = await db.two_keys.upsert(first)
    expect([answer.inserted, answer.triggers]).toEqual([2, triggers])
    expect(await db.two_keys.upsert([{ code: 'A', rank: 3, label: 'a' }, first[1] as (typeof first)[0]])).toMatchObject(
      {
        ...{ inserted: 0, changed: 1, unchanged: 1 },
      },
    )
    // It would have replaced the row of B.
    await expect(db.two_keys.upsert([{ code: 'C', rank: 2, label: 'c' }])).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
    })
    expect((await db.two_keys.list()).rows()).toEqual([
      { code: 'A', rank: 3, label: 'a' },
      { code: 'B', rank: 2, label: 'b' },
    ])
  })

  it('are of no table that is only read', async () => {
    const { url } = served.server
    const body = JSON.stringify({ fields: ['code'], items: [['A']] })
    const refused = await fetch(`${url}/trpc/only_read.upsert`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('writable: true')])
  })
})
