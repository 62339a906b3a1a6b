import { type Dataset, date, defineDataset, float64, symbol } from '@stockdb/contract'
import { expectTypeOf, it } from 'vitest'

const plain = {
  name: 'mine',
  description: 'Mine',
  fields: { code: symbol.required('Code'), day: date.required('Day'), close: float64('Close') },
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
} as const

it('a dataset has the type of its declaration, which may use every option', () => {
  const mine = defineDataset({
    ...plain,
    managed: false,
    calendar: 'SSE',
    adjustment: { dataset: 'f', factor: 'x', prices: ['close'] },
  })
  expectTypeOf(mine.fields.close.type).toEqualTypeOf<'float64'>()
  expectTypeOf(mine.calendar).toEqualTypeOf<'SSE'>()
  expectTypeOf(defineDataset(plain as Dataset)).toEqualTypeOf<Dataset>()
})

const field = { type: 'float64', nullable: true, description: 'Close', uint: 'CNY' } as const
const wrongField = { ...plain, fields: { ...plain.fields, close: field } } as const
const adjustment = { dataset: 'f', factor: 'x', prices: ['close'], percentscale: 1 } as const
const minutes = { stored: '1min', sessions: [], lable: 'end', label: 'end' } as const
const bars = { first: [], max: [], min: [], last: [], sum: [], minutes } as const

it('a misspelt option of a dataset, a field or a rule does not compile', () => {
  // @ts-expect-error: foreign
  defineDataset({ ...plain, foriegn: true })
  // @ts-expect-error: calendar
  defineDataset({ ...plain, calender: 'SSE' })
  // @ts-expect-error: unit
  float64('Close', { uint: 'CNY' })
  // @ts-expect-error: unit
  defineDataset(wrongField)
  // @ts-expect-error: percentScale
  defineDataset({ ...plain, adjustment })
  // @ts-expect-error: label
  defineDataset({ ...plain, bars })
})
