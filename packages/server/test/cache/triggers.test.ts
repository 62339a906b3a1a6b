import { date, defineCatalogue, defineDataset, float64, symbol } from '@stockdb/contract'
import { describe, expect, it, onTestFinished } from 'vitest'
import { serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { indexedMakers, sqliteMaker } from '../support/stores.ts'

const bars = {
  managed: false,
  writable: true,
  description: 'Bars',
  fields: { code: symbol.required('Code'), day: date.required('Date'), close: float64('Close') },
  ...{ key: ['code', 'day'], symbol: 'code', date: 'day' },
} as const
const catalogue = defineCatalogue({
  written: defineDataset({ ...bars, name: 'written' }),
  changed: defineDataset({ ...bars, name: 'changed' }),
})

describe.each(indexedMakers)('answers in memory on $engine', (maker) => {
  it('have what the triggers of a write did to other tables', async () => {
    const store = await maker.open()
    const change = 'update changed set close = close + 1 where code = new.code'
    await sql(
      store.address,
      ...['written', 'changed'].map(
        (name) =>
          `create table ${name} (code varchar(12) not null, day date not null, close double precision, primary key (code, day))`,
      ),
      "insert into changed values ('a', '2024-01-02', 10)",
      maker === sqliteMaker
        ? `create trigger told after insert on written begin ${change}; end`
        : `create trigger told after insert on written for each row ${change}`,
    )
    const { db, close } = await serve(store.address, { catalogue, bounds: { cacheMaxAgeMs: 60_000 } })
    onTestFinished(async () => {
      await close()
      await store.drop()
    })
    const closes = async () => [...(await db.changed.range({ symbols: ['a'] })).columns.close]
    expect(await closes()).toEqual([10])
    await db.written.upsert([{ code: 'a', day: '2024-01-03', close: 1 }])
    expect(await closes()).toEqual([11])
    await db.written.upsert([{ code: 'a', day: '2024-01-04', close: 1 }])
    expect(await closes()).toEqual([12])
  })
})
