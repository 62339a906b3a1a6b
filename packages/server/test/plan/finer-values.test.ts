import { datetime, defineCatalogue, defineDataset, float64, int32, int64, symbol, text } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineOf } from '../support/engines.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, type Store } from '../support/stores.ts'

const made = { managed: false, description: 'Values in narrow columns', key: ['k'], symbol: 'k' } as const

const numbers = defineDataset({
  ...made,
  name: 'numbers',
  fields: {
    k: symbol.required('Code'),
    whole: int32('A whole number'),
    large: int64('A large whole number'),
    cents: float64('Two decimals'),
    digits: float64('More digits than a double has'),
  },
})
const moments = defineDataset({
  ...made,
  name: 'moments',
  fields: {
    k: symbol.required('Code'),
    seconds: datetime.required('Whole seconds'),
    minute: datetime.required('Whole minutes, a number', { dateFormat: 'YYYYMMDDHHMM' }),
    second: datetime.required('Whole seconds, a number', { dateFormat: 'YYYYMMDDHHMMSS' }),
    epoch: datetime.required('Whole seconds since 1970', { dateFormat: 'epoch-s' }),
    text: datetime.required('Whole minutes, a text', { dateFormat: 'YYYY-MM-DD HH:MM' }),
    fraction: datetime('Seconds with a fraction, a text', { dateFormat: 'YYYY-MM-DD HH:MM:SS' }),
  },
})
const years = defineDataset({
  ...made,
  name: 'years',
  fields: { k: symbol.required('Code'), year: int32('A year') },
})
const ticks = defineDataset({
  ...made,
  name: 'ticks',
  fields: {
    k: symbol.required('Code'),
    moment: datetime.required('Microseconds'),
    text: datetime.required('Microseconds, a text', { dateFormat: 'YYYY-MM-DD HH:MM:SS.ffffff' }),
  },
})
const names = defineDataset({ ...made, name: 'names', fields: { k: symbol.required('Code'), name: text('Name') } })
const catalogue = defineCatalogue({ numbers, moments, names, years, ticks })

const NEAR = '2024-01-02 09:30:00'

/** MariaDB looks up 1.5 as 2 in the index of an INT, and MySQL compares a DATETIME of whole seconds with rounded values. */
describe.each(enginesOfRun)('values that a column cannot hold in $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>

  beforeAll(async () => {
    store = await open()
    const moment = engineOf(store.address) === 'sqlite' ? 'text' : 'datetime'
    await sql(
      store.address,
      `create table numbers (k varchar(9) primary key, whole int, large bigint, cents decimal(10,2), digits decimal(38,18))`,
      ...['whole', 'large', 'cents', 'digits'].map((name) => `create index numbers_${name} on numbers (${name})`),
      "insert into numbers values ('a', 1, 1, 10.52, 0.3), ('b', 2, 9223372036854775807, 10.53, '0.300000000000000004')",
      `create table moments (k varchar(9) primary key, seconds ${moment}, minute bigint, second bigint, epoch bigint, text varchar(20),
        fraction varchar(30))`,
      ...['seconds', 'minute', 'second', 'epoch', 'text'].map(
        (name) => `create index moments_${name} on moments (${name})`,
      ),
      `insert into moments values
        ('a', '2024-01-02 09:30:00', 202401020930, 20240102093000, 1704187800, '2024-01-02 09:30', '2024-01-02 09:30:00.500'),
        ('b', '2024-01-02 09:30:01', 202401020931, 20240102093001, 1704187801, '2024-01-02 09:31', '2024-01-02 09:30:01')`,
    )
    const gbk = engineOf(store.address) === 'mysql' ? ' character set gbk' : ''
    await sql(
      store.address,
      `create table names (k varchar(9) primary key, name varchar(9)${gbk})`,
      "insert into names values ('a', '日本'), ('b', '?')",
    )
    const isMysql = engineOf(store.address) === 'mysql'
    const isSqlite = engineOf(store.address) === 'sqlite'
    // SQLite keeps no moments of its own: its texts have milliseconds.
    const rows: readonly (readonly [k: string, at: string, text: string])[] = [
      ['a', isSqlite ? '' : '.000300', '.000300'],
      ['b', '', '.000000'],
      ['c', isSqlite ? '.500' : '.499600', '.499600'],
      ['d', isSqlite ? '.500' : '.500400', '.500400'],
      ['e', isSqlite ? '.501' : '.500600', '.500600'],
    ]
    await sql(
      store.address,
      `create table years (k varchar(9) primary key, year ${isMysql ? 'year' : 'int'})`,
      'create index years_year on years (year)',
      "insert into years values ('a', 2024), ('b', 1999), ('c', 0), ('d', 2000)",
      `create table ticks (k varchar(9) primary key, moment ${isMysql ? 'datetime(6)' : isSqlite ? 'text' : 'timestamp'}, text varchar(30))`,
      `insert into ticks values ${rows.map(([k, at, text]) => `('${k}', '${NEAR}${at}', '${NEAR}${text}')`).join(', ')}`,
    )
    served = await serve(store.address, { catalogue })
  })
  afterAll(async () => {
    await served.close()
    await store.drop()
  })

  const keys = (rows: Iterable<{ k: string }>): string => [...rows].map(({ k }) => k).join('')

  it('are between two numbers, and equal to neither', async () => {
    const { query } = served.db
    const all = query.selectFrom('numbers').select('k').orderBy('k')
    const found = async (field: 'whole' | 'cents', value: number): Promise<string[]> =>
      Promise.all([
        all.where(field, '=', value).execute().then(keys),
        all.where(field, 'in', [value]).execute().then(keys),
        all.where(field, '!=', value).execute().then(keys),
        all.where(field, '<', value).execute().then(keys),
        all
          .where((eb) => eb.between(field, value, value))
          .execute()
          .then(keys),
      ])
    // The plain statement lets MariaDB use the index alone.
    const plain = query.selectFrom('numbers').select('k')
    for (const value of [1.5, 1.4999]) {
      expect(await plain.where('whole', '=', value).execute()).toEqual([])
      expect(await found('whole', value)).toEqual(['', '', 'ab', 'a', ''])
    }
    expect(await found('whole', 2)).toEqual(['b', 'b', 'a', 'a', 'b'])
    for (const value of [10.524, 10.525]) {
      expect(await plain.where('cents', '=', value).execute()).toEqual([])
      expect(await found('cents', value)).toEqual(['', '', 'ab', 'a', ''])
    }
    expect(await found('cents', 10.53)).toEqual(['b', 'b', 'a', 'a', 'b'])
    const { numbers } = served.db
    expect(keys((await numbers.list({ where: { cents: 10.524 } })).rows())).toBe('')
    expect(keys((await numbers.list({ where: { cents: [10.53, 10.524] } })).rows())).toBe('b')
  })

  it('are as far as integers go compared exactly', async () => {
    const plain = served.db.query.selectFrom('numbers').select('k').orderBy('k')
    // Types ask for bigints beside int64; a script without types may pass numbers.
    const untyped = (value: number): bigint => value as unknown as bigint
    expect(keys(await plain.where('large', '=', untyped(2 ** 63)).execute())).toBe('')
    expect(keys(await plain.where('large', '<', untyped(2 ** 63)).execute())).toBe('ab')
    expect(keys(await plain.where('large', '=', 2n ** 63n - 1n).execute())).toBe('b')
    expect(keys(await plain.where('large', '=', untyped(1.5)).execute())).toBe('')
  })

  it('are as far as decimals are read as doubles found by the double', async () => {
    const { db } = served
    expect([...(await db.numbers.list({})).columns.digits]).toEqual([0.3, 0.3])
    expect(keys((await db.numbers.list({ where: { digits: 0.3 } })).rows())).toBe('ab')
    const all = db.query.selectFrom('numbers').select('k').orderBy('k')
    expect(keys(await all.where('digits', '=', 0.3).execute())).toBe('ab')
    expect(keys(await all.where('digits', '>', 0.3).execute())).toBe('')
    expect(
      await db.query
        .selectFrom('numbers')
        .select((eb) => eb.fn.max('digits').as('most'))
        .execute(),
    ).toEqual([{ most: 0.3 }])
  })

  it.each(['seconds', 'minute', 'second', 'epoch', 'text'] as const)('are between two moments of %s', async (field) => {
    const { moments, query } = served.db
    const all = query.selectFrom('moments').select('k').orderBy('k')
    for (const value of [`${NEAR}.001`, `${NEAR}.499`, `${NEAR}.500`, `${NEAR}.999`]) {
      expect(keys(await query.selectFrom('moments').select('k').where(field, '=', value).execute())).toBe('')
      expect(keys(await all.where(field, 'in', [value]).execute())).toBe('')
      expect(keys(await all.where(field, 'not in', [value]).execute())).toBe('ab')
      expect(keys(await all.where(field, '!=', value).execute())).toBe('ab')
      expect(keys(await all.where(field, '<', value).execute())).toBe('a')
      expect(keys(await all.where(field, '>=', value).execute())).toBe('b')
      expect(keys(await all.where((eb) => eb.between(field, value, value)).execute())).toBe('')
      expect(keys((await moments.list({ where: { [field]: value } })).rows())).toBe('')
      expect(keys((await moments.list({ where: { [field]: [value, NEAR] } })).rows())).toBe('a')
    }
    expect(keys((await moments.list({ where: { [field]: NEAR } })).rows())).toBe('a')
    expect(keys(await all.where(field, '=', NEAR).execute())).toBe('a')
  })

  it('are characters that the column of a text does not have', async () => {
    const { list } = served.db.names
    const found = async (name: string | string[]): Promise<string> => keys((await list({ where: { name } })).rows())
    expect(await found('日本')).toBe('a')
    expect(await found('😀')).toBe('')
    expect(await found(['😀', '日本', '?'])).toBe('ab')
    expect(await found('?')).toBe('b')
  })

  it('does not lose a text with a fraction', async () => {
    const { moments, query } = served.db
    const value = `${NEAR}.500`
    expect(keys((await moments.list({ where: { fraction: value } })).rows())).toBe('a')
    const all = query.selectFrom('moments').select('k').orderBy('k')
    expect(keys(await all.where('fraction', '=', value).execute())).toBe('a')
    expect(keys(await all.where('fraction', '<=', value).execute())).toBe('a')
  })

  it('are years of two digits, which no row has', async () => {
    const { years } = served.db
    const all = served.db.query.selectFrom('years').select('k').orderBy('k')
    const found = async (year: number): Promise<string[]> =>
      Promise.all([
        years.list({ where: { year } }).then((frame) => keys(frame.rows())),
        years.list({ where: { year: [year, 5] } }).then((frame) => keys(frame.rows())),
        all.where('year', '=', year).execute().then(keys),
        all.where('year', 'in', [year, 5]).execute().then(keys),
        all.where('year', '!=', year).execute().then(keys),
        all.where('year', '<', year).execute().then(keys),
        all
          .where((eb) => eb.between('year', year, year))
          .execute()
          .then(keys),
      ])
    for (const year of [24, 99, 5]) expect([year, await found(year)]).toEqual([year, ['', '', '', '', 'abcd', 'c', '']])
    expect(await found(0)).toEqual(['c', 'c', 'c', 'c', 'abd', '', 'c'])
    expect(await found(2024)).toEqual(['a', 'a', 'a', 'a', 'bcd', 'bcd', 'a'])
  })

  it.each(['moment', 'text'] as const)('are microseconds: %s is compared as it is read', async (field) => {
    const { ticks } = served.db
    const read = new Map<string, string>()
    for (const row of (await ticks.list({})).rows()) read.set(row[field], `${read.get(row[field]) ?? ''}${row.k}`)
    expect([...read.values()].sort()).toEqual(['ab', 'cd', 'e'])
    const all = served.db.query.selectFrom('ticks').select('k').orderBy('k')
    for (const [moment, there] of read) {
      expect([moment, keys((await ticks.list({ where: { [field]: moment } })).rows())]).toEqual([moment, there])
      expect(keys((await ticks.list({ where: { [field]: [moment, '2020-01-01 00:00:00'] } })).rows())).toBe(there)
      if (field === 'text') continue
      expect([moment, keys(await all.where(field, '=', moment).execute())]).toEqual([moment, there])
      expect(keys(await all.where(field, 'in', [moment]).execute())).toBe(there)
      expect(keys(await all.where((eb) => eb.between(field, moment, moment)).execute())).toBe(there)
      const before = [...read].filter(([other]) => other < moment).map(([, some]) => some)
      expect(keys(await all.where(field, '<', moment).execute())).toBe(before.join(''))
      expect(keys(await all.where(field, '<=', moment).execute())).toBe(before.join('') + there)
    }
  })
})
