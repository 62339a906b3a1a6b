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
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MeddlingProxy, meddle } from '../../support/meddling-proxy.ts'
import { type Served, serve } from '../../support/serve.ts'
import { sql } from '../../support/sql.ts'
import { mysqlMakers, type Store } from '../../support/stores.ts'
import { writeRows } from '../../support/write-rows.ts'

const kinds = defineDataset({
  name: 'kinds',
  description: 'Every type of field',
  fields: {
    code: symbol.required('A code'),
    day: date.required('A day'),
    at: datetime('A moment'),
    real: float64('A number'),
    small: int32('A whole number'),
    big: int64('A large whole number'),
    flag: bool('Yes or no'),
    words: text('A text'),
  },
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
})
const singles = defineDataset({
  name: 'singles',
  managed: false,
  description: 'A number of four bytes',
  fields: { code: symbol.required('A code'), price: float64('A price') },
  key: ['code'],
  symbol: 'code',
})
const catalogue = defineCatalogue({ kinds, singles })

const WORDS = ['it\'s ? \\ "quoted" `tick` -- # /* 贵州 📈', '\\', "'", '?', 'a\nb\0c\u001a', '']
const rows = [
  ['600519.SH', '2024-02-29', '2024-02-29 09:30:00.125', 0.1 + 0.2, -(2 ** 31), 2n ** 63n - 1n, true, WORDS[0]],
  ['600519.SH', '9999-12-31', null, null, null, null, null, null],
  ...WORDS.slice(1).map((word, at) => [
    'b',
    `1000-01-0${at + 1}`,
    '1969-12-31 23:59:59.999',
    5e-324,
    0,
    -1n,
    false,
    word,
  ]),
  ['c', '1970-01-01', '1970-01-01 00:00:00', 1.7976931348623157e308, 1, 2n ** 53n + 1n, true, 'x'.repeat(255)],
] as const

describe.each(mysqlMakers)('a server that prepares no statements, before $engine', ({ open }) => {
  let store: Store
  let proxy: MeddlingProxy
  let through: Served<typeof catalogue>
  let directly: Served<typeof catalogue>

  beforeAll(async () => {
    store = await open()
    await sql(
      store.address,
      'create table singles (code varchar(8) character set ascii collate ascii_bin primary key, price float)',
      "insert into singles values ('a', 16777217)",
    )
    proxy = await meddle(store.address, { preparesNothing: true })
    through = await serve(proxy.address, { catalogue })
    directly = await serve(store.address, { catalogue })
    await writeRows(through.server.engine, kinds, rows as never)
  })
  afterAll(async () => {
    await through?.close()
    await directly?.close()
    await proxy?.close()
    await store?.drop()
  })

  it('is written to and read from as any other, value by value', async () => {
    const frame = await through.db.kinds.range()
    expect(frame.numRows).toBe(rows.length)
    expect(frame.rows()).toStrictEqual((await directly.db.kinds.range()).rows())
    const [first] = frame.rows()
    expect(first).toMatchObject({ code: '600519.SH', real: 0.1 + 0.2, big: 2n ** 63n - 1n, words: WORDS[0] })
  })

  it('finds values of every type by what is asked for', async () => {
    for (const words of WORDS) {
      const { query } = through.db
      const found = await query.selectFrom('kinds').select('words').where('words', '=', words).execute()
      expect(found, JSON.stringify(words)).toEqual([{ words }])
    }
    const found = await through.db.kinds.range({
      symbols: ['600519.SH'],
      start: '2024-02-29',
      end: '2024-02-29',
      limit: 1,
    })
    expect(found.columns.real[0]).toBe(0.1 + 0.2)
    expect((await through.db.kinds.latest({ symbols: ['b', 'c'] })).numRows).toBe(2)
    const { query } = through.db
    const big = await query
      .selectFrom('kinds')
      .select(['code', 'big'])
      .where('big', '=', 2n ** 53n + 1n)
      .execute()
    expect(big).toEqual([{ code: 'c', big: 2n ** 53n + 1n }])
    const third = query
      .selectFrom('kinds')
      .select((eb) => eb('small', '/', eb.val(3)).as('third'))
      .where('code', '=', 'c')
    expect(await third.execute()).toEqual([{ third: 1 / 3 }])
  })

  it('refuses FLOAT, because its text lacks digits', async () => {
    await expect(through.db.singles.list()).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringContaining('table singles, column price: cannot read FLOAT exactly'),
    })
    expect((await directly.db.singles.list()).columns.price[0]).toBe(16777216)
  })
})
