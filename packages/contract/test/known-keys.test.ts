import { describe, expect, it } from 'vitest'
import { type Dataset, date, defineCatalogue, defineDataset, float64, symbol, tushare } from '../src/index.ts'

const plain = {
  name: 'mine',
  description: 'Mine',
  fields: { code: symbol.required('Code'), day: date.required('Day'), close: float64('Close') },
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
} as const
const { adjustment } = tushare.daily
const { bars } = tushare.stk_mins

describe('unknown options', () => {
  it.each([
    ['of a dataset', { foriegn: true }, 'it has no option "foriegn"; did you mean "managed: false"?'],
    [
      'of a dataset, under its former name',
      { scanned: true },
      `it has no option "scanned"; did you mean "latest: 'scan'"?`,
    ],
    ['of a dataset', { calender: 'SSE' }, 'it has no option "calender"; did you mean "calendar"?'],
    [
      'of a field',
      { fields: { ...plain.fields, close: { ...plain.fields.close, uint: 'CNY' } } },
      'the field close has no option "uint"; did you mean "unit"?',
    ],
    [
      'of an adjustment',
      { adjustment: { ...adjustment, price: [] } },
      'adjustment has no option "price"; did you mean "prices"?',
    ],
    ['of bars', { bars: { ...bars, summ: [] } }, 'bars has no option "summ"; did you mean "sum"?'],
    [
      'of minutes',
      { bars: { ...bars, minutes: { ...bars.minutes, lable: 'end' } } },
      'minutes of bars has no option "lable"; did you mean "label"?',
    ],
    [
      'of a point-in-time rule',
      { pointInTime: { kind: 'published', perriod: 'day' } },
      'pointInTime has no option "perriod"; did you mean "period"?',
    ],
    [
      'of a listing',
      { listing: { dataset: 'x', from: 'a', too: 'b' } },
      'listing has no option "too"; did you mean "to"?',
    ],
  ])('are refused, %s, with the most similar option', (_, more, message) => {
    const dataset = { ...plain, ...more } as unknown as Dataset
    expect(() => defineDataset(dataset)).toThrow(new TypeError(`dataset mine: ${message}`))
    // A catalogue may hold datasets that were not made by defineDataset.
    expect(() => defineCatalogue({ mine: dataset })).toThrow(message)
  })

  it('do not occur in Tushare’s datasets', () => {
    expect(() => defineCatalogue(tushare)).not.toThrow()
  })
})
