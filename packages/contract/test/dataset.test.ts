import { describe, expect, it } from 'vitest'
import { type Dataset, defineCatalogue, defineDataset, keyFields } from '../src/dataset.ts'
import { date, datetime, float64, int32, symbol, text } from '../src/fields.ts'
import type { AdjustmentRule } from '../src/rules/adjustment-rule.ts'

const rule: AdjustmentRule = {
  dataset: 'factors',
  factor: 'factor',
  prices: ['close', 'previous'],
  change: 'change',
  percentChange: 'percent',
  close: 'close',
  previousClose: 'previous',
  previousCloseIs: 'ex-rights',
}

const bars: Dataset = {
  name: 'bars',
  description: 'Bars',
  fields: {
    code: symbol.required('Code'),
    day: date.required('Day'),
    close: float64('Close'),
    previous: float64('Previous close'),
    change: float64('Change'),
    percent: float64('Change in percent'),
    count: int32('Trades'),
    maybe: symbol('Another code'),
    note: text('Note'),
  },
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
}

/** The same rows with a datetime. */
const timed = { fields: { ...bars.fields, at: datetime.required('End of the bar') }, key: ['code', 'at'], date: 'at' }
const none = { first: [], max: [], min: [], last: [], sum: [] }
const session = { sessions: [['09:30', '11:30']], label: 'end' } as const

const factors: Dataset = {
  name: 'factors',
  description: 'Factors',
  fields: { code: symbol.required('Code'), day: date.required('Day'), factor: float64('Factor') },
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
}

describe('defineDataset', () => {
  it('returns its argument', () => {
    const dataset = { ...bars, adjustment: rule }
    expect(defineDataset(dataset)).toBe(dataset)
  })

  it.each<[string, Partial<Dataset>, RegExp]>([
    ['a name in upper case', { name: 'Bars' }, /dataset Bars: a name is/],
    ['a name that starts with a digit', { name: '1bars' }, /a name is/],
    ['a name with a quote', { name: 'bars`' }, /a name is/],
    ['an empty name', { name: '' }, /a name is/],
    ['a name of more than 63 characters', { name: 'b'.repeat(64) }, /a name is/],
    ['no key', { key: [] }, /has no key/],
    ['an unknown fixed field', { only: { interval: 'd' } }, /only names the field interval/],
    ['a fixed field of type float64', { only: { close: 1 } }, /only close is float64, not text or symbol or/],
    [
      'a fixed value that does not fit',
      { only: { count: 'd' } },
      /only count is fixed to "d"; expected a whole number/,
    ],
    [
      'an unknown rule for repeats',
      { onDuplicate: 'last' as never },
      /onDuplicate: got "last"; expected 'identical', or/,
    ],
    [
      'an order of repeats by an unknown field',
      { onDuplicate: { keep: 'last', order: 'time' } },
      /onDuplicate order names the field time/,
    ],
    [
      'an order of repeats by a text field',
      { onDuplicate: { keep: 'last', order: 'note' } },
      /onDuplicate order note is text, not date/,
    ],
    [
      'an order of repeats by a key field',
      { onDuplicate: { keep: 'first', order: 'day' } },
      /onDuplicate order day is in the key/,
    ],
    [
      'a list of symbols without a symbol field',
      { symbol: undefined as never, symbols: 'x' },
      /symbols requires a symbol/,
    ],
    ['a key that is not a field', { key: ['code', 'dai'] }, /key names the field dai/],
    ['a key that is only inherited from Object.prototype', { key: ['toString'] }, /key names the field toString/],
    ['a symbol that may be null', { symbol: 'maybe' }, /symbol maybe may be null/],
    ['an invalid field name', { fields: { ...bars.fields, 'a b': text('Text') } }, /invalid field name "a b"/],
    [
      'a number stored as a date',
      { fields: { ...bars.fields, close: float64('Close', { dateFormat: 'YYYYMMDD' }) } },
      /close is float64, which cannot be stored as/,
    ],
    [
      'bars of unknown fields',
      { bars: { first: ['opn'], max: [], min: [], last: [], sum: [] } },
      /bars names the field opn/,
    ],
    [
      'bar changes computed from a close that is not a double',
      {
        bars: {
          ...{ first: [], max: [], min: [], last: ['count'], sum: [] },
          change: { change: 'change', percentChange: 'percent', close: 'count', previousClose: 'previous' },
        },
      },
      /bars count is int32, not float64/,
    ],
    [
      'bars that name a field twice',
      { bars: { first: ['close'], max: [], min: [], last: ['close'], sum: [] } },
      /bars names close twice/,
    ],
    [
      'daily bars on rows with a time',
      { ...timed, bars: { ...none, last: ['close'] } },
      /rows with a time require bars.minutes/,
    ],
    [
      'minute bars on rows with a date',
      { bars: { ...none, minutes: { ...session, stored: '1min' } } },
      /bars.minutes requires rows with a time, but day is a date/,
    ],
    [
      'minute bars of unknown length',
      { ...timed, bars: { ...none, minutes: session as never } },
      /takes either frequency, .* or stored/,
    ],
    [
      'an invalid stored length',
      { ...timed, bars: { ...none, minutes: { ...session, stored: '0min' } } },
      /stored: got "0min"/,
    ],
    [
      'sessions out of order',
      { ...timed, bars: { ...none, minutes: { ...session, stored: '1min', sessions: [['13:00', '11:30']] } } },
      /sessions: got 13:00 to 11:30/,
    ],
    [
      'minutes labelled with neither their start nor their end',
      { ...timed, bars: { ...none, minutes: { ...session, stored: '1min', label: 'middle' as never } } },
      /label: got middle/,
    ],
    ['a calendar without a date', { date: undefined, calendar: 'SSE' } as object, /calendar requires a date/],
    [
      'statements whose period is not a date',
      { pointInTime: { kind: 'announced', period: 'close', announced: 'day' } },
      /pointInTime close is float64/,
    ],
    [
      'a non-null interval end, which would reveal the future',
      { pointInTime: { kind: 'interval', from: 'day', to: 'day', endInclusive: true } },
      /pointInTime day is null in answers as of a date/,
    ],
    [
      'an unknown interval end',
      { pointInTime: { kind: 'interval', from: 'day', to: 'gone', endInclusive: true } },
      /pointInTime names the field gone/,
    ],
    ['a symbol that is not a field', { symbol: 'cod' }, /symbol names the field cod/],
    ['a symbol of another type', { symbol: 'note' }, /symbol note is text, not symbol/],
    ['a date that is not a field', { date: 'dai' }, /date names the field dai/],
    ['a date of another type', { date: 'count' }, /date count is int32, not date/],
    ['a price that is not a field', { adjustment: { ...rule, prices: ['open'] } }, /adjustment names the field open/],
    ['a price that is not a double', { adjustment: { ...rule, prices: ['count'] } }, /adjustment count is int32/],
    ['a change that is not a field', { adjustment: { ...rule, change: 'chg' } }, /adjustment names the field chg/],
    ['a close that is not a double', { adjustment: { ...rule, close: 'day' } }, /adjustment day is date/],
    [
      'a previous close of unknown kind',
      { adjustment: { ...rule, previousCloseIs: undefined } as unknown as AdjustmentRule },
      /previousCloseIs: got undefined; expected "ex-rights" .* or "raw"/,
    ],
    [
      'a change without a previous close',
      { adjustment: { dataset: 'factors', factor: 'factor', prices: ['close'], change: 'change' } as never },
      /computes change from a close and a previous close/,
    ],
    [
      'a previous close that would not be adjusted',
      { adjustment: { ...rule, prices: ['close'] } },
      /computes with previous: name it among its prices/,
    ],
    [
      'a price that would be multiplied twice',
      { adjustment: { ...rule, prices: ['close', 'previous', 'close'] } },
      /adjustment.prices names close twice/,
    ],
    [
      'a change that would be multiplied before it is computed',
      { adjustment: { ...rule, prices: ['close', 'previous', 'change'] } },
      /recomputes change/,
    ],
    ['an adjustment without prices', { adjustment: { ...rule, prices: [] } }, /has no prices/],
  ])('refuses %s', (_, change, message) => {
    expect(() => defineDataset({ ...bars, ...change })).toThrow(TypeError)
    expect(() => defineDataset({ ...bars, ...change })).toThrow(message)
  })

  it('takes an adjustment without a previous close and change fields', () => {
    const dataset = { ...bars, adjustment: { dataset: 'factors', factor: 'factor', prices: ['close'] } } as const
    expect(defineDataset(dataset)).toBe(dataset)
  })

  it('refuses adjusted prices without both symbol and date', () => {
    const { symbol: _, ...anonymous } = bars
    expect(() => defineDataset({ ...anonymous, adjustment: rule })).toThrow(/requires symbol and date/)
  })
})

describe('defineCatalogue', () => {
  it('takes datasets under their own names', () => {
    const catalogue = { bars: { ...bars, adjustment: rule }, factors }
    expect(defineCatalogue(catalogue)).toBe(catalogue)
  })

  it('refuses a dataset under another name', () => {
    expect(() => defineCatalogue({ bar: bars })).toThrow(/dataset bars is registered as bar/)
  })

  it('does not take inherited properties for datasets', () => {
    const adjusted = { ...bars, adjustment: { ...rule, dataset: 'constructor', factor: 'name' } }
    expect(() => defineCatalogue({ bars: adjusted })).toThrow(/constructor.name, which does not exist/)
  })

  it('refuses factors that are not doubles by symbol and date', () => {
    const adjusted = { ...bars, adjustment: rule }
    const { symbol: _, ...anonymous } = factors
    expect(() => defineCatalogue({ bars: adjusted, factors: anonymous })).toThrow(/found by symbol and date/)
    const whole = { ...factors, fields: { ...factors.fields, factor: int32('Factor') } }
    expect(() => defineCatalogue({ bars: adjusted, factors: whole })).toThrow(/which is int32, not float64/)
  })

  it('refuses an adjustment with unknown factors', () => {
    const adjusted = { ...bars, adjustment: rule }
    expect(() => defineCatalogue({ bars: adjusted })).toThrow(/factors.factor, which does not exist/)
    expect(() =>
      defineCatalogue({ bars: { ...bars, adjustment: { ...rule, factor: 'faktor' } }, factors } as Record<
        string,
        Dataset
      >),
    ).toThrow(/factors.faktor, which does not exist/)
  })
})

describe('keyFields', () => {
  it('are symbol and date, or the key if there is no date', () => {
    expect(keyFields(bars)).toEqual(['code', 'day'])
    const { date: _, ...undated } = bars
    expect(keyFields(undated)).toEqual(['code', 'day'])
    expect(keyFields({ ...undated, key: ['count'] })).toEqual(['code', 'count'])
  })
})
