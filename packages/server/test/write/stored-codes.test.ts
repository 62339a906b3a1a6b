import { date, defineCatalogue, defineDataset, float64, type SymbolFormat, symbol } from '@stockdb/contract'
import { describe, expect, it, onTestFinished } from 'vitest'
import { serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { everyEngine } from '../support/stores.ts'

const barsAs = (symbolFormat: SymbolFormat) =>
  defineDataset({
    name: 'bars',
    managed: false,
    writable: true,
    description: 'Bars whose codes are stored in a form of their own',
    fields: {
      code: symbol.required('Code', { symbolFormat }),
      day: date.required('Day'),
      close: float64('Close'),
    },
    key: ['code', 'day'],
    symbol: 'code',
    date: 'day',
  })

const cases = [
  ['number', 'int', '000001', '600519', '000300.SH', 1],
  ['number+exchange', 'int', '000001.SZ', '600519.SH', '000001.SH', 1],
  ['code+exchange', 'varchar(6)', '000001.SZ', '600519.SH', '000001.SH', '000001'],
] as const satisfies readonly (readonly [SymbolFormat, string, string, string, string, string | number])[]

describe.each(everyEngine)('writes on $engine', ({ open }) => {
  it.each(cases)('keep codes as %s in %s', async (format, column, first, second, other, stored) => {
    const store = await open()
    onTestFinished(() => store.drop())
    await sql(
      store.address,
      `create table bars (code ${column} not null, day date not null, close double precision, primary key (code, day))`,
      'select 1',
    )
    const { db, close } = await serve(store.address, { catalogue: defineCatalogue({ bars: barsAs(format) }) })
    onTestFinished(close)
    const bar = (code: string, day: string, price: number) => ({ code, day, close: price })
    const rows = [bar(first, '2024-01-02', 1), bar(first, '2024-01-03', 2), bar(second, '2024-01-02', 3)]
    expect(await db.bars.upsert(rows)).toMatchObject({ inserted: 3 })
    expect((await sql(store.address, 'select code from bars order by day, code limit 1'))[0]).toEqual([stored])
    expect(await db.bars.upsert([bar(first, '2024-01-02', 4), rows[2] as (typeof rows)[0]])).toMatchObject({
      ...{ inserted: 0, changed: 1, unchanged: 1 },
    })
    await expect(db.bars.upsert([rows[0] as (typeof rows)[0]], { mode: 'insert' })).rejects.toThrow(first)
    // A code that would be read as another one.
    await expect(db.bars.upsert([bar(other, '2024-01-02', 5)])).rejects.toThrow(
      `row 1 (items[0]): code: got "${other}"; expected a code that its column can keep, which has the form ${format}, such as ${second}`,
    )
    expect(await db.bars.delete({ symbols: [other] })).toMatchObject({ deleted: 0 })
    const { changes } = await db.changes({ since: 0 })
    expect(changes[0]?.symbols?.toSorted()).toEqual([first, second])
    expect(await db.bars.delete({ symbols: [first], start: '2024-01-03' })).toMatchObject({ deleted: 1 })
    expect((await db.bars.range()).rows()).toEqual([bar(first, '2024-01-02', 4), rows[2]])
  })
})
