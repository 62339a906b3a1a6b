import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { type Catalogue, date, defineDataset, float64, int32, int64, symbol, text } from '@stockdb/contract'
import { describe, expect, it, onTestFinished } from 'vitest'
import { draftedCatalogue } from '../support/drafted.ts'
import { serve } from '../support/serve.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** A file that another program filled. */
async function fileWith(...statements: readonly string[]) {
  const path = join(temporaryFolder(), 'theirs.duckdb')
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  for (const statement of statements) await connection.run(statement)
  connection.closeSync()
  instance.closeSync()
  const address = `duckdb:${path}`
  const open = async <C extends Catalogue>(catalogue: C) => {
    const { db, close } = await serve(address, { catalogue, tables: false })
    onTestFinished(close)
    return db
  }
  return { address, open }
}

const common = {
  name: 'bars',
  managed: false,
  latest: 'scan',
  description: 'Bars of others',
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
} as const
const keys = { code: symbol.required('Code'), day: date.required('Day') } as const

describe('columns of DuckDB tables that other programs made', () => {
  it('are read where a field type holds their values, and left out as lists, records and bytes', async () => {
    const { address, open } = await fileWith(
      `create table bars as select 'a' as code, date '2024-01-02' as day, 'SH'::enum('SH', 'SZ') as venue, sum(9007199254740993) as total,
        1.25::decimal(38,10) as price, time '09:30:00' as at, [1, 2] as several, [1, 2]::integer[2] as pair, {'a': 1} as record,
        map {'k': 1} as names, '\\xAA'::blob as bytes, interval 3 day as span, '101'::bit as bits`,
    )
    const catalogue = await draftedCatalogue(address)
    const { code, day, ...fields } = catalogue.bars?.fields ?? {}
    expect(Object.entries(fields).map(([name, { type }]) => [name, type])).toEqual([
      ['venue', 'text'],
      ['total', 'float64'],
      ['price', 'float64'],
      ['at', 'text'],
    ])
    const db = await open({
      bars: defineDataset({ ...common, fields: { ...keys, venue: text('Venue'), total: float64('Total') } }),
    })
    expect([...(await db.bars.range({})).rows()]).toEqual([
      { code: 'a', day: '2024-01-02', venue: 'SH', total: 9007199254740992 },
    ])
  })

  it.each([
    ['integer[]', int32('x')],
    ['integer[3]', int32('x')],
    ['double[]', float64('x')],
    ['bigint[]', int64('x')],
    ['hugeint', int64('x')],
  ])('of type %s are refused for a field that cannot hold them', async (type, field) => {
    const { open } = await fileWith(`create table bars (code varchar, day date, x ${type})`)
    const db = await open({ bars: defineDataset({ ...common, fields: { ...keys, x: field } }) })
    await expect(db.bars.range({})).rejects.toThrow(`the table bars cannot be served as declared: x: found ${type}, `)
  })

  it.each(['nan', 'inf', '-inf'])(
    'of doubles that hold %s are refused by every read and comparison: DuckDB orders them with the numbers',
    async (shown) => {
      const { open } = await fileWith(
        'create table bars (code varchar, day date, close double, single float, vol bigint)',
        `insert into bars values ('a', '2024-01-02', 10, 10, 1), ('b', '2024-01-02', '${shown}', '${shown}', 2)`,
      )
      const db = await open({
        bars: defineDataset({
          ...common,
          fields: { ...keys, close: float64('Close'), single: float64('Single'), vol: int64('Volume') },
        }),
      })
      await expect(db.bars.range({ symbols: ['b'], fields: ['close'] })).rejects.toThrow('column close: got ')
      const refused = `a column that is declared to hold numbers holds "${shown}"; expected a number`
      const start = db.query.selectFrom('bars')
      for (const column of ['close', 'single'] as const) {
        const query = start.select('vol')
        await expect(query.where(column, '<', 11).execute()).rejects.toThrow(refused)
        await expect(query.orderBy(column).execute()).rejects.toThrow(refused)
        await expect(start.select(({ fn }) => fn.min(column).as('least')).execute()).rejects.toThrow(refused)
        await expect(db.bars.range({ fields: ['vol'], where: { [column]: 10 } })).rejects.toThrow(refused)
      }
      expect(await start.select('vol').where('vol', '>', 1n).execute()).toEqual([{ vol: 2n }])
    },
  )

  it('of dates that hold infinity are refused, and named', async () => {
    const { open } = await fileWith(
      'create table bars (code varchar, day date)',
      "insert into bars values ('a', 'infinity'), ('b', '-infinity')",
    )
    const db = await open({ bars: defineDataset({ ...common, fields: keys }) })
    await expect(db.bars.range({ symbols: ['a'] })).rejects.toThrow('column day: got "infinity" in the row code = "a"')
    await expect(db.bars.range({ symbols: ['b'] })).rejects.toThrow('column day: got "-infinity" in the row code = "b"')
  })

  it('of a view that reads other files are refused, with what to do', async () => {
    const csv = join(temporaryFolder(), 'bars.csv')
    writeFileSync(csv, 'code,day\na,2024-01-02\n')
    const { open } = await fileWith(`create view bars as select * from read_csv('${csv}')`)
    const db = await open({ bars: defineDataset({ ...common, fields: keys }) })
    await expect(db.bars.range({})).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(/^a view reads other files, .*; make a table of it: create table … as select …/),
    })
  })
})
