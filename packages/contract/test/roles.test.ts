import { describe, expect, it } from 'vitest'
import { type Dataset, defineCatalogue, defineDataset } from '../src/dataset.ts'
import { bool, date, float64, symbol, text } from '../src/fields.ts'
import { rolesOf } from '../src/roles.ts'
import { tushare } from '../src/tushare/catalogue.ts'
import { tushareRoles } from '../src/tushare/roles.ts'

const days = defineDataset({
  name: 'days',
  description: 'Days',
  fields: { market: symbol.required('Market'), day: date.required('Day'), open: bool('Open'), hours: float64('Hours') },
  key: ['market', 'day'],
})
const shares = defineDataset({
  name: 'shares',
  description: 'Shares',
  fields: { code: symbol.required('Code'), title: text('Name'), since: date('First day'), until: date('End') },
  key: ['code'],
  symbol: 'code',
})
const calendar = { dataset: 'days', exchange: 'market', day: 'day', open: 'open' } as const
const stocks = { dataset: 'shares', name: 'title', listed: 'since' } as const
const datasets = { days, shares }

describe('the roles of a catalogue', () => {
  it("default to Tushare's datasets by name, with all of their fields", () => {
    const held = rolesOf(tushare)
    for (const [role, { dataset, ...fields }] of Object.entries(tushareRoles))
      expect(held[role as keyof typeof held]).toEqual({ ...fields, dataset: tushare[dataset] })
    const { trade_cal, stock_basic } = tushare
    expect(rolesOf(defineCatalogue({ trade_cal, stock_basic }))).toEqual({
      calendar: held.calendar,
      stocks: held.stocks,
    })
    expect(rolesOf({ ...tushare, shares }).suspensions).toEqual(held.suspensions)
    expect(() => defineCatalogue(tushare, tushareRoles)).not.toThrow()
  })

  it("do not default to an unrelated dataset with one of Tushare's names", () => {
    const fields = { ts_code: symbol.required('Code'), name: float64('A number'), delist_date: date('End') }
    const own = (name: string): Dataset => ({ name, description: '', fields, key: ['ts_code'], symbol: 'ts_code' })
    const catalogue = defineCatalogue({ trade_cal: own('trade_cal'), stock_basic: own('stock_basic') })
    expect(rolesOf(catalogue)).toEqual({ stocks: { dataset: catalogue.stock_basic, delisted: 'delist_date' } })
  })

  it('are the declared ones, which survive spreading the catalogue into another one', () => {
    const catalogue = defineCatalogue(datasets, { calendar })
    expect(Object.keys(catalogue)).toEqual(['days', 'shares'])
    expect(rolesOf(catalogue)).toEqual({ calendar: { ...calendar, dataset: days } })
    expect(rolesOf(defineCatalogue({ ...tushare, ...catalogue })).calendar?.dataset).toBe(days)
    const both = defineCatalogue({ ...catalogue }, { stocks })
    expect(rolesOf(both)).toEqual({ calendar: { ...calendar, dataset: days }, stocks: { ...stocks, dataset: shares } })
  })

  it.each([
    [{ calender: calendar }, 'roles: got the option "calender"; did you mean "calendar"?'],
    [{ calendar: 'days' }, 'roles.calendar: got "days"; expected an object with dataset, exchange, day, open'],
    [
      { calendar: { ...calendar, dataset: 'dates' } },
      'roles.calendar.dataset: got "dates"; expected a dataset of the catalogue',
    ],
    [
      { calendar: { ...calendar, dataset: 'toString' } },
      'roles.calendar.dataset: got "toString"; expected a dataset of the catalogue',
    ],
    [{ calendar: { ...calendar, opne: 'open' } }, 'roles.calendar: got the option "opne"; did you mean "open"?'],
    [
      { calendar: { ...calendar, day: 'market' } },
      'roles.calendar.day: got "market"; expected a field of days of type date',
    ],
    [
      { calendar: { ...calendar, open: undefined } },
      'roles.calendar.open: got undefined; expected a field of days of type bool or int32 or int64',
    ],
    [
      { stocks: { ...stocks, name: 'toString' } },
      'roles.stocks.name: got "toString"; expected a field of shares of type text',
    ],
    [{ stocks: { dataset: 'days' } }, 'roles.stocks: the dataset days does not have a symbol'],
    [
      { names: { dataset: 'shares', name: 'title' } },
      "roles.names: the dataset shares does not have a symbol, and pointInTime of kind 'interval'",
    ],
    [
      { constituents: { dataset: 'shares', member: 'code' } },
      "roles.constituents: the dataset shares does not have pointInTime of kind 'published'",
    ],
    [
      { suspensions: { dataset: 'shares' } },
      'roles.suspensions: the dataset shares does not have a symbol, and a date of type date',
    ],
    ['calendar', 'roles: got "calendar"; expected an object with calendar, stocks, names, constituents, suspensions'],
    [null, 'roles: got null; expected an object with calendar, stocks, names, constituents, suspensions'],
  ])('that do not fit are refused: %j', (roles, message) => {
    expect(() => defineCatalogue(datasets, roles as never)).toThrow(new TypeError(message))
  })
})
