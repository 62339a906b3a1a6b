import { datetime, defineCatalogue, defineDataset, float64, symbol } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineOf } from '../support/engines.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { everyEngine, type Store } from '../support/stores.ts'

const ticks = (name: string, options: Parameters<typeof datetime.required>[1] = {}) =>
  defineDataset({
    managed: false,
    name,
    description: 'Trades',
    key: ['code', 't'],
    symbol: 'code',
    date: 't',
    fields: { code: symbol.required('Code'), t: datetime.required('Time', options), price: float64('Price') },
  })
const catalogue = defineCatalogue({
  native: ticks('native'),
  seconds: ticks('seconds'),
  texts: ticks('texts', { dateFormat: 'YYYY-MM-DD HH:MM:SS.ffffff' }),
})

/** As they are stored, and as they are read: microseconds are rounded. Two of one millisecond would be a repeat of the key. */
const MOMENTS: readonly (readonly [stored: string, read: string])[] = [
  ['2024-01-01 23:59:59.999600', '2024-01-02 00:00:00'],
  ['2024-01-02 09:30:00.000400', '2024-01-02 09:30:00'],
  ['2024-01-02 09:30:00.123400', '2024-01-02 09:30:00.123'],
  ['2024-01-02 09:30:00.123600', '2024-01-02 09:30:00.124'],
  ['2024-01-02 23:59:59.999400', '2024-01-02 23:59:59.999'],
  ['2024-01-02 23:59:59.999600', '2024-01-03 00:00:00'],
]

describe.each(everyEngine)('ranges of moments with microseconds in $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>
  let isSqlite: boolean

  beforeAll(async () => {
    store = await open()
    isSqlite = engineOf(store.address) === 'sqlite'
    const types = { native: isSqlite ? 'text' : engineOf(store.address) === 'mysql' ? 'datetime(6)' : 'timestamp' }
    for (const [table, type] of Object.entries({ ...types, texts: 'varchar(26)' }))
      await sql(
        store.address,
        `create table ${table} (code varchar(9), t ${type}, price double, primary key (code, t))`,
        `insert into ${table} values ${MOMENTS.map(([at], index) => `('A', '${at}', ${index})`).join()}`,
      )
    const seconds = isSqlite ? 'text' : engineOf(store.address) === 'mysql' ? 'datetime' : 'timestamp_s'
    await sql(
      store.address,
      `create table seconds (code varchar(9), t ${seconds}, price double, primary key (code, t))`,
      "insert into seconds values ('A', '2024-01-02 00:00:00', 0), ('A', '2024-01-02 23:59:59', 1), ('A', '2024-01-03 00:00:00', 2)",
    )
    served = await serve(store.address, { catalogue })
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it.each([
    ['2024-01-01', '2024-01-01'],
    ['2024-01-02', '2024-01-02'],
    ['2024-01-03', '2024-01-03'],
    ['2024-01-02 09:30:00', '2024-01-02 09:30:00'],
    ['2024-01-02 09:30:00.123', '2024-01-02 09:30:00.123'],
    ['2024-01-02 09:30:00.124', '2024-01-02 23:59:59.999'],
    ['1000-01-01', '9999-12-31'],
  ])('have the rows from %s to %s as they are read', async (start, end) => {
    const from = start.length === 10 ? `${start} 00:00:00` : start
    const to = end.length === 10 ? `${end} 23:59:59.999` : end
    const read = MOMENTS.flatMap(([, at], index) => (at >= from && at <= to ? [index] : []))
    const { native, texts } = served.db
    // SQLite has no type of its own for microseconds.
    for (const one of isSqlite ? [texts] : [native, texts]) {
      expect([...(await one.range({ symbols: ['A'], start, end })).columns.price]).toEqual(read)
      const last = await one.latest({ symbols: ['A'], n: 1, end, unknownSymbols: 'ignore' })
      expect([...last.columns.price]).toEqual(MOMENTS.flatMap(([, at], index) => (at <= to ? [index] : [])).slice(-1))
    }
  })

  it('have whole seconds as before', async () => {
    const pricesOf = async (start: string, end: string): Promise<unknown[]> => [
      ...(await served.db.seconds.range({ start, end })).columns.price,
    ]
    expect(await pricesOf('2024-01-02', '2024-01-02')).toEqual([0, 1])
    expect(await pricesOf('2024-01-03', '2024-01-03')).toEqual([2])
    expect(await pricesOf('2024-01-02 23:59:59', '2024-01-02 23:59:59')).toEqual([1])
    expect(await pricesOf('2024-01-02 23:59:58.500', '2024-01-02 23:59:59.400')).toEqual([1])
  })
})
