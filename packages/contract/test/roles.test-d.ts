import type { CatalogueRoles, Tushare } from '@stockdb/contract'
import { bool, catalogueRoles, date, defineCatalogue, defineDataset, symbol, text, tushare } from '@stockdb/contract'
import type { Stocks } from '@stockdb/contract/wire'
import { expectTypeOf, it } from 'vitest'
import { type TushareRoles, tushareRoles } from '../src/tushare/roles.ts'

const days = defineDataset({
  name: 'days',
  description: 'Days',
  fields: { market: symbol.required('Market'), day: date.required('Day'), open: bool('Open') },
  key: ['market', 'day'],
})
const shares = defineDataset({
  name: 'shares',
  description: 'Shares',
  fields: { code: symbol.required('Code'), title: text('Name') },
  key: ['code'],
  symbol: 'code',
})
const datasets = { days, shares }
const calendar = { dataset: 'days', exchange: 'market', day: 'day', open: 'open' } as const

it('a role names a dataset of the catalogue, and fields of the right type', () => {
  defineCatalogue(datasets, { calendar, stocks: { dataset: 'shares', name: 'title' } })
  // @ts-expect-error: calendar
  defineCatalogue(datasets, { calender: calendar })
  // @ts-expect-error: no such dataset
  defineCatalogue(datasets, { calendar: { ...calendar, dataset: 'dates' } })
  // @ts-expect-error: no such field
  defineCatalogue(datasets, { calendar: { ...calendar, day: 'date' } })
  // @ts-expect-error: not a date
  defineCatalogue(datasets, { calendar: { ...calendar, day: 'market' } })
  // @ts-expect-error: a field of another dataset
  defineCatalogue(datasets, { stocks: { dataset: 'shares', name: 'day' } })
  // @ts-expect-error: the field for open days is missing
  defineCatalogue(datasets, { calendar: { dataset: 'days', exchange: 'market', day: 'day' } })
  // @ts-expect-error: pinyin
  defineCatalogue(datasets, { stocks: { dataset: 'shares', name: 'title', pinin: 'title' } })
})

it("the list of stocks is the one declared, else the one with Tushare's name", () => {
  const catalogue = defineCatalogue(datasets, { stocks: { dataset: 'shares', name: 'title' } })
  expectTypeOf<Stocks<typeof catalogue>>().toEqualTypeOf<typeof shares>()
  expectTypeOf<Stocks<Tushare>>().toEqualTypeOf<Tushare['stock_basic']>()
  expectTypeOf<Stocks<typeof datasets>>().toBeNever()
  const again = defineCatalogue(catalogue, { calendar })
  expectTypeOf(again[catalogueRoles].stocks.dataset).toEqualTypeOf<'shares'>()
  expectTypeOf(again[catalogueRoles].calendar.day).toEqualTypeOf<'day'>()
  expectTypeOf<Stocks<typeof again>>().toEqualTypeOf<typeof shares>()
  expectTypeOf(defineCatalogue({ ...tushare, shares }).shares).toEqualTypeOf<typeof shares>()
})

it("Tushare's roles fit Tushare's datasets", () => {
  expectTypeOf<TushareRoles>().toExtend<CatalogueRoles<Tushare>>()
  defineCatalogue(tushare, tushareRoles)
})
