import { describe, expect, it } from 'vitest'
import type { ZodType } from 'zod'
import type { Dataset } from '../../src/dataset.ts'
import { answerFields } from '../../src/inputs/dataset-arguments.ts'
import { limits } from '../../src/protocol.ts'

import { inputOf } from '../../src/schemas/dataset.ts'
import { describeIssues } from '../../src/schemas/describe-issues.ts'
import { calendarInputs, changesInput, watchInputOf } from '../../src/schemas/inputs.ts'
import { tushare } from '../../src/tushare/catalogue.ts'

const list = inputOf(tushare.stock_basic, 'list')

/** The message of a refused input. */
function refusal(schema: ZodType, input: unknown): string {
  const { error } = schema.safeParse(input)
  if (!error) throw new Error(`taken: ${JSON.stringify(input)}`)
  return describeIssues(error)
}

const codes = (count: number): string[] => Array.from({ length: count }, (_, code) => `${code}.SH`)

describe('a refused input', () => {
  it.each<[string, ZodType, unknown, string]>([
    [
      'a symbol that is a list',
      inputOf(tushare.daily, 'range'),
      { symbols: '600519.SH' },
      'symbols: got "600519.SH"; expected a list of codes such as ["600519.SH"]',
    ],
    [
      'a symbol with a space',
      inputOf(tushare.daily, 'range'),
      { symbols: ['A', 'B C'] },
      'symbols[1]: got "B C"; expected a code such as "600519.SH": 1 to 32 ASCII characters without spaces',
    ],
    [
      'a symbol that is a number',
      inputOf(tushare.daily, 'range'),
      { symbols: [600519] },
      'symbols[0]: got 600519; expected a code such as',
    ],
    ['an empty symbol', inputOf(tushare.daily, 'range'), { symbols: [''] }, 'symbols[0]: got ""; expected a code'],
    [
      'a symbol in another script',
      inputOf(tushare.daily, 'range'),
      { symbols: ['６００'] },
      'symbols[0]: got "６００"; expected a code',
    ],
    [
      'a symbol of 33 characters',
      inputOf(tushare.daily, 'range'),
      { symbols: ['A'.repeat(33)] },
      'symbols[0]: got "AAAA',
    ],
    [
      'too many symbols',
      inputOf(tushare.daily, 'range'),
      { symbols: codes(limits.symbols + 1) },
      'symbols: a list holds at most 10000 symbols; leave it out to take all',
    ],
    [
      'a day that no calendar has',
      inputOf(tushare.daily, 'range'),
      { start: '2023-02-29' },
      'start: got "2023-02-29"; expected a date as YYYY-MM-DD or YYYYMMDD, 1000-01-01 to 9999-12-31',
    ],
    [
      'a range that ends before it begins',
      inputOf(tushare.daily, 'range'),
      { start: '20240105', end: '2024-01-04' },
      'start: got "2024-01-05", which is after end "2024-01-04"',
    ],
    [
      'a range of moments that ends before it begins',
      inputOf(tushare.stk_mins, 'range'),
      { freq: '1min', start: '2024-01-05 10:00:00', end: '2024-01-05 09:59:00' },
      'start: got "2024-01-05 10:00:00", which is after end "2024-01-05 09:59:00"',
    ],
    [
      'sessions of a range that ends before it begins',
      calendarInputs.sessions,
      { start: '2024-01-05', end: '2024-01-04' },
      'start: got "2024-01-05", which is after end "2024-01-04"',
    ],
    [
      'a date that is a number',
      inputOf(tushare.daily, 'range'),
      { end: 20230101 },
      'end: got 20230101; expected a date as',
    ],
    ['a missing date', inputOf(tushare.daily, 'at'), {}, 'date: is missing; expected a date as YYYY-MM-DD'],
    ['a date that is null', inputOf(tushare.daily, 'at'), { date: null }, 'date: got null; expected a date as'],
    [
      'a lookback that is text',
      inputOf(tushare.daily, 'at'),
      { date: '20240102', lookback: 'yes' },
      'lookback: got "yes"; expected true or false',
    ],
    [
      'an unknown field',
      inputOf(tushare.daily, 'range'),
      { fields: ['close', 'clse'] },
      'fields[1]: got "clse"; expected a field of daily: ts_code, trade_date, open',
    ],
    [
      'a field of every object',
      inputOf(tushare.daily, 'range'),
      { fields: ['toString'] },
      'fields[0]: got "toString"; expected a field of daily',
    ],
    [
      'a field named for the prototype',
      inputOf(tushare.daily, 'range'),
      { fields: ['__proto__'] },
      'fields[0]: got "__proto__"; expected a field of daily',
    ],
    [
      'fields that are text',
      inputOf(tushare.daily, 'range'),
      { fields: 'close' },
      'fields: got "close"; expected a list of fields of daily',
    ],
    [
      'too many fields',
      inputOf(tushare.daily, 'range'),
      { fields: Array(limits.fields + 1).fill('close') },
      'fields: a list holds at most 500 fields',
    ],
    [
      'an unknown adjustment',
      inputOf(tushare.daily, 'range'),
      { adjust: 'fwd' },
      'adjust: got "fwd"; expected one of none, qfq, hfq',
    ],
    [
      'an anchor that is no date',
      inputOf(tushare.daily, 'range'),
      { adjust: 'qfq', anchor: 'last' },
      'anchor: got "last"; expected a date as',
    ],
    [
      'an adjustment where there is none',
      inputOf(tushare.index_daily, 'range'),
      { adjust: 'qfq' },
      'unknown argument "adjust"',
    ],
    [
      'an anchor where there is no adjustment',
      inputOf(tushare.index_daily, 'at'),
      { date: '20240102', anchor: '20240102' },
      'unknown argument "anchor"',
    ],
    [
      'a limit of nothing',
      inputOf(tushare.daily, 'range'),
      { limit: 0 },
      'limit: got 0; expected a whole number from 1',
    ],
    [
      'a broken limit',
      inputOf(tushare.daily, 'range'),
      { limit: 1.5 },
      'limit: got 1.5; expected a whole number from 1',
    ],
    [
      'a limit that is text',
      inputOf(tushare.daily, 'range'),
      { limit: '10' },
      'limit: got "10"; expected a whole number from 1',
    ],
    [
      'a limit beyond whole numbers',
      inputOf(tushare.daily, 'range'),
      { limit: 2 ** 53 },
      'limit: got 9007199254740992; expected a whole number from 1',
    ],
    [
      'too many rows of each symbol',
      inputOf(tushare.daily, 'latest'),
      { n: limits.latestRows + 1 },
      'n: got 10001; expected a whole number from 1 to 10000',
    ],
    [
      'a misspelt argument',
      inputOf(tushare.daily, 'range'),
      { symbol: ['600519.SH'] },
      'unknown argument "symbol"; expected symbols, unknownSymbols, fields, where, start, end, limit, adjust, anchor, missingFactor, freq',
    ],
    [
      'no object',
      inputOf(tushare.daily, 'at'),
      ['600519.SH'],
      'input: got ["600519.SH"]; expected an object of arguments: symbols, unknownSymbols, fields, where, date',
    ],
    [
      'words of Tushare',
      inputOf(tushare.daily, 'range'),
      { ts_code: '600519.SH', start_date: '20240101', trade_date: '20240102' },
      'adjust, anchor, missingFactor, freq; ts_code is symbols here, start_date is start here',
    ],
    ['several unknown arguments', inputOf(tushare.daily, 'range'), { a: 1, b: 2 }, 'unknown argument "a", "b"'],
    [
      'an argument of another procedure',
      inputOf(tushare.daily, 'range'),
      { date: '20240102' },
      'unknown argument "date"',
    ],
    ['an input that is a list', inputOf(tushare.daily, 'range'), [], 'input:'],
    ['an input that is null', inputOf(tushare.daily, 'range'), null, 'input:'],
    ['a filter by an unknown field', list, { where: { sector: 'Banks' } }, 'where: unknown argument "sector"'],
    [
      'a filter of another type',
      list,
      { where: { industry: 7 } },
      'where.industry: got 7; expected text, null, or a list of 1 to 1000 of them',
    ],
    [
      'a filter by a bad date',
      list,
      { where: { list_date: '2023-02-29' } },
      'where.list_date: got "2023-02-29"; expected a date as',
    ],
    [
      'a filter by an object',
      list,
      { where: { industry: { like: '%' } } },
      'where.industry: got {"like":"%"}; expected text',
    ],
    [
      'an empty list of filter values',
      list,
      { where: { industry: [] } },
      'where.industry: got []; expected text, null, or a list of 1 to 1000 of them',
    ],
    [
      'a filter that is a list',
      list,
      { where: ['industry'] },
      'where: got ["industry"]; expected filters by fields of stock_basic',
    ],
    [
      'a filter beyond its type',
      inputOf(tushare.trade_cal, 'list'),
      { where: { is_open: [2 ** 31] } },
      'where.is_open: got [2147483648]; expected a whole number from -2147483648 to 2147483647, null, or a list',
    ],
    [
      'too many filter values',
      list,
      { where: { industry: Array(limits.filterValues + 1).fill('Banks') } },
      'where.industry: got ["Banks"',
    ],
    [
      'an exchange with a space',
      calendarInputs.next,
      { date: '20240102', exchange: 'S E' },
      'exchange: got "S E"; expected an exchange such as "SSE"',
    ],
    [
      'a missing number of sessions',
      calendarInputs.offset,
      { date: '20240102' },
      'n: is missing; expected a whole number of sessions from -100000 to 100000',
    ],
    [
      'too many sessions',
      calendarInputs.offset,
      { date: '20240102', n: 100_001 },
      'n: got 100001; expected a whole number of sessions',
    ],
  ])('names the argument, what it got and what is expected: %s', (_, schema, input, message) => {
    expect(refusal(schema, input)).toContain(message)
  })

  it('names a number that is too large for a double once', () => {
    const expected = 'got 10000000000000000; expected'
    expect(refusal(inputOf(tushare.daily, 'range'), { limit: 1e16 })).toBe(
      `limit: ${expected} a whole number from 1 to 9007199254740991`,
    )
    expect(refusal(changesInput, { since: 1e16 })).toBe(`since: ${expected} the number of a write: 0 or more`)
  })

  it('names the id of an event that is no text', () => {
    expect(refusal(watchInputOf(tushare.daily), { lastEventId: 41 })).toBe(
      'lastEventId: got 41; expected the id of an event, which is the number of a write',
    )
  })

  it('has a message of bounded length', () => {
    const message = refusal(inputOf(tushare.daily, 'range'), {
      symbols: codes(20).map((code) => `${code} ${'x'.repeat(1000)}`),
      start: 'y'.repeat(1e6),
    })
    expect(message.length).toBeLessThan(1_000)
    expect(
      refusal(inputOf(tushare.daily, 'range'), Object.fromEntries(codes(10_000).map((code) => [code, 1]))).length,
    ).toBeLessThan(1_000)
  })

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'includes one with the inherited key %s',
    (key) => {
      const input: unknown = JSON.parse(`{"${key}": {"polluted": true}}`)
      expect(refusal(inputOf(tushare.daily, 'range'), input)).toContain(
        `unknown argument "${key}"; expected symbols, unknownSymbols, fields`,
      )
      expect(refusal(list, { where: input })).toContain(`where: unknown argument "${key}"; expected ts_code`)
      expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    },
  )
})

describe('an accepted input', () => {
  it('has its dates normalised to YYYY-MM-DD', () => {
    expect(inputOf(tushare.daily, 'range').parse({ start: '20240102', end: '2024-01-31', anchor: '20240131' })).toEqual(
      {
        start: '2024-01-02',
        end: '2024-01-31',
        anchor: '2024-01-31',
      },
    )
    expect(inputOf(tushare.daily, 'at').parse({ date: '20240102' })).toEqual({ date: '2024-01-02' })
    expect(calendarInputs.sessions.parse({ start: '20240102', end: '20240131' })).toEqual({
      start: '2024-01-02',
      end: '2024-01-31',
    })
    expect(list.parse({ where: { list_date: ['20240102', null] } })).toEqual({
      where: { list_date: ['2024-01-02', null] },
    })
  })

  it('may be empty, and so may a list', () => {
    expect(inputOf(tushare.daily, 'range').parse({})).toEqual({})
    expect(inputOf(tushare.daily, 'range').parse({ symbols: [], fields: [] })).toEqual({ symbols: [], fields: [] })
  })

  it('may have up to 10,000 symbols', () => {
    expect(inputOf(tushare.daily, 'range').parse({ symbols: codes(limits.symbols) }).symbols).toHaveLength(
      limits.symbols,
    )
  })

  it('may filter by a value, null, or a list of them', () => {
    const where = { industry: 'Banks', list_status: ['L', 'P'], delist_date: null, area: [null, 'Shanghai'] }
    expect(list.parse({ where })).toEqual({ where })
  })

  it('may have 0 or a negative number of sessions', () => {
    for (const n of [0, -1, -100_000, 100_000]) expect(calendarInputs.offset.parse({ date: '20240102', n }).n).toBe(n)
  })
})

describe('answerFields', () => {
  const stocks: Dataset = tushare.stock_basic

  it('are symbol and date, then the requested fields, each once', () => {
    expect(answerFields(tushare.daily, ['vol', 'close', 'vol', 'ts_code'])).toEqual([
      'ts_code',
      'trade_date',
      'vol',
      'close',
    ])
    expect(answerFields(tushare.daily, [])).toEqual(['ts_code', 'trade_date'])
    expect(answerFields(stocks, ['name'])).toEqual(['ts_code', 'name'])
  })

  it('are all fields by default', () => {
    expect(answerFields(tushare.daily, undefined)).toEqual(Object.keys(tushare.daily.fields))
  })
})
