import { DatabaseSync } from 'node:sqlite'
import { bool, defineCatalogue, defineDataset, float64, int32, int64, symbol } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askJson } from '../support/ask-json.ts'
import { type Served, serve } from '../support/serve.ts'
import { type Store, sqliteMaker } from '../support/stores.ts'

const rows = defineDataset({
  name: 'rows',
  managed: false,
  description: 'Numbers stored as text',
  fields: {
    code: symbol.required('Code'),
    price: float64('Price'),
    small: int32('Small'),
    large: int64('Large'),
    flag: bool('Flag'),
  },
  key: ['code'],
  symbol: 'code',
})
const catalogue = defineCatalogue({ rows })

describe('text in numeric columns of SQLite', () => {
  let store: Store
  let served: Served<typeof catalogue>
  let database: DatabaseSync

  beforeAll(async () => {
    store = await sqliteMaker.open()
    database = new DatabaseSync(store.address.slice('sqlite:'.length))
    database.exec(`create table rows (code text primary key, price text, small text, large text, flag text);
      insert into rows values ('a', '10.50', '7', '9007199254740993', '1'), ('b', '9', '100', '5', '0'), ('c', null, null, null, null)`)
    served = await serve(store.address, { catalogue })
  })
  afterAll(async () => {
    await served.close()
    database.close()
    await store.drop()
  })

  const ask = async (input: object = {}) => (await askJson(served.server.url, 'rows.list', input)).items

  it('is the number it represents when read, filtered, compared and summed', async () => {
    expect(await ask()).toEqual([
      ['a', 10.5, 7, '9007199254740993', true],
      ['b', 9, 100, '5', false],
      ['c', null, null, null, null],
    ])
    const codes = async (where: object) => (await ask({ where })).map(([code]) => code)
    expect(await codes({ price: 10.5 })).toEqual(['a'])
    expect(await codes({ small: [100, 8] })).toEqual(['b'])
    expect(await codes({ large: '9007199254740993' })).toEqual(['a'])
    expect(await codes({ flag: true })).toEqual(['a'])
    const { query } = served.db
    expect(await query.selectFrom('rows').select('code').where('price', '>', 9.5).execute()).toEqual([{ code: 'a' }])
    const sum = query.selectFrom('rows').select((eb) => [eb.fn.sum('price').as('sum'), eb.fn.max('small').as('most')])
    expect(await sum.execute()).toEqual([{ sum: 19.5, most: 100 }])
  })

  it.each([' ', '0x10', '0b11', 'Infinity', '1e999', '1,000', 'nan', ''])(
    'is refused if it is not a number, such as %j, by every read and comparison',
    async (text) => {
      for (const column of ['price', 'small', 'large', 'flag']) {
        database.prepare(`insert into rows (code, ${column}) values ('x', ?)`).run(text)
        try {
          await expect(ask({ symbols: ['x'] })).rejects.toThrow(`column ${column}: got`)
          const number = column === 'flag' ? true : 8
          await expect(ask({ where: { [column]: number }, fields: [] })).rejects.toThrow(
            /declared to hold numbers holds/,
          )
          if (column === 'flag') continue
          const query = served.db.query.selectFrom('rows').select((eb) => eb.fn.countAll().as('n'))
          await expect(query.where(column as 'price', '>', 8).execute()).rejects.toThrow(
            /declared to hold numbers holds/,
          )
        } finally {
          database.exec("delete from rows where code = 'x'")
        }
      }
    },
  )

  it('refuses infinity, and booleans other than 0 and 1', async () => {
    database.exec(
      "create table loose (code text primary key, price, flag); insert into loose values ('a', 9e999, 0), ('b', 1, 2)",
    )
    const loose = defineDataset({
      name: 'loose',
      managed: false,
      description: 'Without types',
      fields: { code: symbol.required('Code'), price: float64('Price'), flag: bool('Flag') },
      key: ['code'],
      symbol: 'code',
    })
    const other = await serve(store.address, { catalogue: { loose } })
    try {
      const { url } = other.server
      await expect(askJson(url, 'loose.list', { symbols: ['a'] })).rejects.toThrow('column price: got Infinity')
      await expect(other.db.loose.list({ symbols: ['a'] })).rejects.toThrow('column price: got Infinity')
      await expect(other.db.query.selectFrom('loose').select('price').execute()).rejects.toThrow('Infinity')
      await expect(other.db.sql('select price from loose')).rejects.toMatchObject({ code: 'QUERY_REFUSED' })
      await expect(askJson(url, 'loose.list', { symbols: ['b'] })).rejects.toThrow('column flag: got 2')
    } finally {
      await other.close()
    }
  })
})
