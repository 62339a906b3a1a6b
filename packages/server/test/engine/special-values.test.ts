import {
  bool,
  date,
  datetime,
  defineCatalogue,
  defineDataset,
  float64,
  int32,
  int64,
  symbol,
  text,
} from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { everyEngine, mysqlMakers, type Store } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

/** Every field type twice: once with nulls, once without. */
const kinds = defineDataset({
  name: 'kinds',
  description: 'Every type of field',
  fields: {
    code: symbol.required('A code'),
    day: date.required('A day'),
    words: text('A text'),
    words_set: text.required('A text that is never null'),
    tag: symbol('A code that may be null'),
    on_day: date('A day that may be null'),
    at: datetime('A moment'),
    at_set: datetime.required('A moment that is never null'),
    real: float64('A number', { unit: 'CNY' }),
    real_set: float64.required('A number that is never null'),
    small: int32('A whole number'),
    small_set: int32.required('A whole number that is never null'),
    big: int64('A large whole number'),
    big_set: int64.required('A large whole number that is never null'),
    flag: bool('Yes or no'),
    flag_set: bool.required('Yes or no, never null'),
  },
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
})
const catalogue = defineCatalogue({ kinds })
const fields = Object.keys(kinds.fields)

type Kind = Record<string, StoredValue>

const ordinary: Kind = {
  words: 'a',
  words_set: 'b',
  tag: 'T',
  on_day: '2024-02-29',
  at: '2024-02-29 09:30:00.125',
  at_set: '2024-02-29 09:30:00',
  real: 1.5,
  real_set: -2.25,
  small: 1,
  small_set: -1,
  big: 1n,
  big_set: -1n,
  flag: true,
  flag_set: false,
}
const nothing: Kind = { words: null, tag: null, on_day: null, at: null, real: null, small: null, big: null, flag: null }

// −0 has a separate test: MariaDB does not store it.
const floats = [
  0,
  5e-324,
  -5e-324,
  2.2250738585072014e-308,
  2.225073858507201e-308,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
]
floats.push(0.1 + 0.2, 1 / 3, 2 ** 53 + 2, Number.EPSILON, 1e21, 1e-7, 123456789.12345679, Math.PI, 100, -1)
const small = [0, 2 ** 31 - 1, -(2 ** 31), 2 ** 30, -(2 ** 30) - 1]
const big = [0n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 31n, 2n ** 32n + 1n]
const days = [
  '1000-01-01',
  '1582-10-04',
  '1582-10-05',
  '1582-10-10',
  '1582-10-15',
  '1900-02-28',
  '1900-03-01',
  '1969-12-31',
]
days.push('1970-01-01', '2000-02-29', '2024-02-29', '2024-03-10', '2038-01-19', '2100-03-01', '9999-12-31')
const moments = [
  '1000-01-01 00:00:00',
  '1582-10-10 12:00:00.5',
  '1969-12-31 23:59:59.999',
  '1970-01-01 00:00:00',
  '1970-01-01 00:00:00.001',
]
moments.push('2024-03-31 02:30:00.123', '2024-12-31 23:59:59.999', '2038-01-19 03:14:08', '9999-12-31 23:59:59.999')
const texts = [
  '',
  ' ',
  'a ',
  ' a',
  'a  ',
  '贵州茅台',
  '𠮷野家',
  '📈🚀',
  'e\u0301 é',
  'ß ẞ',
  "it's",
  '"quoted"',
  '`tick`',
  'back\\slash',
  '\\N',
]
texts.push(
  'NULL',
  'null',
  '%_',
  'a\nb\r\nc\td',
  '\u0000',
  'a\u0000b',
  '\u001a',
  '\u200b',
  '\ufeff',
  '--',
  ';drop table kinds',
  '👨‍👩‍👧',
  'x'.repeat(255),
)
const codes = [
  'a',
  'A',
  'ab',
  'aB',
  'Ab',
  'AB',
  '600519.SH',
  '600519.sh',
  '~',
  '!',
  "it's",
  '%',
  '_',
  '\\',
  '"',
  '9'.repeat(32),
]

/** A row for each special value, with ordinary values in the other columns. */
const rows: Kind[] = [
  { ...ordinary, ...nothing },
  ...floats.map((value) => ({ ...ordinary, real: value, real_set: value })),
  ...small.map((value) => ({ ...ordinary, small: value, small_set: value })),
  ...big.map((value) => ({ ...ordinary, big: value, big_set: value })),
  ...days.map((value) => ({ ...ordinary, on_day: value })),
  ...moments.map((value) => ({
    ...ordinary,
    at: value.replace(/\.5$/, '.500'),
    at_set: value.replace(/\.5$/, '.500'),
  })),
  ...texts.map((value) => ({ ...ordinary, words: value, words_set: value })),
  ...[true, false, null].map((value) => ({ ...ordinary, flag: value, flag_set: value ?? true })),
  ...codes.map((value) => ({ ...ordinary, tag: value })),
].map((row, index) => ({ code: 'ROW', day: new Date(Date.UTC(2000, 0, 1 + index)).toISOString().slice(0, 10), ...row }))
rows.push(...codes.map((code) => ({ code, day: '2024-01-02', ...ordinary })))
rows.push(...days.map((day) => ({ code: 'DAYS', day, ...ordinary })))

/** The order of every answer: codes bytewise, then days. */
const inOrder = rows.toSorted((a, b) => {
  const [left, right] = [`${a.code} ${a.day}`, `${b.code} ${b.day}`]
  return left < right ? -1 : left > right ? 1 : 0
})

/** A row as in a frame: null for null, but NaN in a column of doubles. */
const shown = (row: Kind): Kind => ({ ...row, real: row.real ?? Number.NaN })

/** The bits of doubles, which distinguish −0 from 0 and different NaNs. */
const bitsOf = (values: Float64Array): bigint[] => [...new BigInt64Array(Float64Array.from(values).buffer)]

describe.each(everyEngine)('special values on $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address, { catalogue })
    await writeRows(
      served.server.engine,
      kinds,
      rows.map((row) => fields.map((field) => row[field] ?? null)),
    )
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it('invariant 8: every value arrives as written, ordered by code and day', async () => {
    const frame = await served.db.kinds.range()
    expect(frame.numRows).toBe(rows.length)
    const arrived = frame.rows()
    for (const [index, row] of inOrder.entries()) {
      expect(arrived[index], `${row.code} ${row.day}`).toStrictEqual(shown(row))
    }
  })

  it('invariant 8: doubles arrive bit for bit, integers exactly, in typed arrays', async () => {
    const { columns } = await served.db.kinds.range({ fields: ['real', 'real_set', 'small_set', 'big_set'] })
    expect(bitsOf(columns.real)).toEqual(
      bitsOf(Float64Array.from(inOrder, (row) => (row.real as number | null) ?? Number.NaN)),
    )
    expect(bitsOf(columns.real_set)).toEqual(bitsOf(Float64Array.from(inOrder, (row) => row.real_set as number)))
    expect(columns.small_set).toEqual(Int32Array.from(inOrder, (row) => row.small_set as number))
    expect(columns.big_set).toEqual(BigInt64Array.from(inOrder, (row) => row.big_set as bigint))
  })

  it('invariant 8: JSON has the same values: null for null, large integers as text, −0 as 0', async () => {
    const frame = await served.db.trpc.kinds.range.query({})
    const json = (value: StoredValue): unknown =>
      typeof value === 'bigint' ? String(value) : Object.is(value, -0) ? 0 : value
    expect(frame.fields).toEqual(['code', 'day', ...fields.slice(2)])
    expect(frame.items).toEqual(inOrder.map((row) => fields.map((field) => json(row[field] ?? null))))
  })

  it('invariant 8: values are unchanged when written again and over one another', async () => {
    const { engine } = served.server
    await writeRows(
      engine,
      kinds,
      rows.map((row) => fields.map((field) => row[field] ?? null)),
    )
    const frame = await served.db.kinds.range()
    expect(frame.rows()).toStrictEqual(inOrder.map(shown))
  })

  it('invariant 8: fields that a write does not name are unchanged', async () => {
    const { engine } = served.server
    const required = fields.filter((field) => field.endsWith('_set'))
    const row: Kind = { ...ordinary, code: 'PART', day: '2024-01-02' }
    await writeRows(engine, kinds, [fields.map((field) => row[field] ?? null)])
    const named = ['code', 'day', 'real', ...required]
    await writeRows(engine, kinds, [named.map((field) => ({ ...row, real: 7.5 })[field] ?? null)], named)
    expect((await served.db.kinds.range({ symbols: ['PART'] })).rows()).toStrictEqual([{ ...row, real: 7.5 }])
  })

  it('invariant 8: −0 keeps its sign, except on MariaDB, which stores 0', async () => {
    const row: Kind = { ...ordinary, code: 'ZERO', day: '2024-01-02', real: -0, real_set: -0 }
    await writeRows(served.server.engine, kinds, [fields.map((field) => row[field] ?? null)])
    const { columns } = await served.db.kinds.range({ symbols: ['ZERO'], fields: ['real', 'real_set'] })
    const mariadb = (await served.server.engine.version()).startsWith('MariaDB')
    expect([...columns.real, ...columns.real_set]).toEqual(mariadb ? [0, 0] : [-0, -0])
  })

  it('symbols that differ by case are different symbols', async () => {
    const { columns } = await served.db.kinds.range({ symbols: ['aB', 'AB'], fields: [] })
    expect(columns.code).toEqual(['AB', 'aB'])
    expect((await served.db.kinds.latest({ symbols: ['600519.sh'] })).columns.code).toEqual(['600519.sh'])
  })

  it.each(days)('the day %s is found by its date', async (day) => {
    const frame = await served.db.kinds.at({ date: day, symbols: ['DAYS'], fields: ['day'] })
    expect(frame.columns.day).toEqual([day])
    expect((await served.db.kinds.range({ symbols: ['DAYS'], start: day, end: day })).columns.day).toEqual([day])
  })
})

it('invariant 4: the same rows give the same bytes of Arrow on every engine', async () => {
  const answers: string[] = []
  for (const { open } of everyEngine) {
    const store = await open()
    const served = await serve(store.address, { catalogue })
    await writeRows(
      served.server.engine,
      kinds,
      rows.map((row) => fields.map((field) => row[field] ?? null)),
    )
    const response = await fetch(`${served.server.url}/trpc/kinds.range?input={}`, {
      headers: { accept: 'application/vnd.apache.arrow.stream' },
    })
    answers.push(Buffer.from(await response.arrayBuffer()).toString('base64'))
    await served.close()
    await store.drop()
  }
  expect(answers.length).toBeGreaterThan(1)
  expect(new Set(answers).size).toBe(1)
})

describe.each(mysqlMakers)('an existing table on $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>
  beforeAll(async () => {
    store = await open()
    await sql(
      store.address,
      `create table kinds (code char(12) not null, day date not null, words mediumtext, words_set varchar(20) not null default '',
        tag varchar(9), on_day date, at datetime(6), at_set timestamp not null default '2024-01-02 03:04:05',
        \`real\` decimal(20, 6), real_set float not null default 0, small smallint, small_set tinyint not null default 0,
        big int unsigned, big_set bigint not null default 0, flag bit(1), flag_set tinyint not null default 0, primary key (code, day))`,
      `insert into kinds (code, day, at, \`real\`, real_set, small, small_set, big, flag, flag_set) values
        ('A', '2024-01-02', '2024-01-02 09:30:00.123456', 12345678901234.123456, 10.25, -32768, 127, 4294967295, b'1', 1),
        ('B', '2024-01-02', '1969-12-31 23:59:59.999499', -0.1, 0.5, 32767, -128, 0, b'0', 0)`,
    )
    served = await serve(store.address, { catalogue })
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it('invariant 8: DECIMAL and FLOAT are read as numbers, smaller integers and bits as integers', async () => {
    const frame = await served.db.kinds.range({
      fields: ['real', 'real_set', 'small', 'small_set', 'big', 'flag', 'flag_set'],
    })
    expect(frame.rows()).toEqual([
      {
        code: 'A',
        day: '2024-01-02',
        real: 12345678901234.123,
        real_set: 10.25,
        small: -32768,
        small_set: 127,
        big: 4294967295n,
        flag: true,
        flag_set: true,
      },
      {
        code: 'B',
        day: '2024-01-02',
        real: -0.1,
        real_set: 0.5,
        small: 32767,
        small_set: -128,
        big: 0n,
        flag: false,
        flag_set: false,
      },
    ])
  })

  it('reads datetimes of another precision to the millisecond', async () => {
    const { columns } = await served.db.kinds.range({ fields: ['at', 'at_set'] })
    expect(columns.at).toEqual(['2024-01-02 09:30:00.123', '1969-12-31 23:59:59.999'])
    expect(columns.at_set).toHaveLength(2)
  })
})
