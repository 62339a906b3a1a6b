import {
  bool,
  type ColumnOf,
  datetime,
  defineCatalogue,
  defineDataset,
  type FieldName,
  float64,
  int32,
  int64,
  type Tushare,
  text,
  type ValueOf,
} from '@stockdb/contract'
import type { CheckedInput, ReadName } from '@stockdb/contract/internal'
import type { AtInput, KeyFieldName, LatestInput, ListInput, RangeInput, ReadInputs } from '@stockdb/contract/wire'
import { describe, expectTypeOf, it } from 'vitest'
import type { AnyIn } from './any-in.ts'

type Daily = Tushare['daily']
type Index = Tushare['index_daily']
type Stocks = Tushare['stock_basic']

describe('a field', () => {
  const price = float64('Price')
  const count = int32('Count')
  const flag = int32.required('Flag')
  const shares = int64('Shares')
  const id = int64.required('Id')
  const name = text('Name')
  const label = text.required('Label')
  const halted = bool('Halted')
  const at = datetime('At')

  it('has the type of its values', () => {
    expectTypeOf<ValueOf<typeof price>>().toEqualTypeOf<number>()
    expectTypeOf<ValueOf<typeof count>>().toEqualTypeOf<number | null>()
    expectTypeOf<ValueOf<typeof flag>>().toEqualTypeOf<number>()
    expectTypeOf<ValueOf<typeof shares>>().toEqualTypeOf<bigint | null>()
    expectTypeOf<ValueOf<typeof label>>().toEqualTypeOf<string>()
    expectTypeOf<ValueOf<typeof halted>>().toEqualTypeOf<boolean | null>()
    expectTypeOf<ValueOf<typeof at>>().toEqualTypeOf<string | null>()
  })

  it('has the type of its column', () => {
    expectTypeOf<ColumnOf<typeof price>>().toEqualTypeOf<Float64Array>()
    expectTypeOf<ColumnOf<typeof count>>().toEqualTypeOf<(number | null)[]>()
    expectTypeOf<ColumnOf<typeof flag>>().toEqualTypeOf<Int32Array>()
    expectTypeOf<ColumnOf<typeof shares>>().toEqualTypeOf<(bigint | null)[]>()
    expectTypeOf<ColumnOf<typeof id>>().toEqualTypeOf<BigInt64Array>()
    expectTypeOf<ColumnOf<typeof name>>().toEqualTypeOf<(string | null)[]>()
    expectTypeOf<ColumnOf<typeof label>>().toEqualTypeOf<string[]>()
  })
})

describe('a dataset', () => {
  it('has its fields, and those that every answer contains', () => {
    expectTypeOf<FieldName<Tushare['adj_factor']>>().toEqualTypeOf<'ts_code' | 'trade_date' | 'adj_factor'>()
    expectTypeOf<KeyFieldName<Daily>>().toEqualTypeOf<'ts_code' | 'trade_date'>()
    expectTypeOf<KeyFieldName<Stocks>>().toEqualTypeOf<'ts_code'>()
  })

  it('keeps its declaration', () => {
    const dataset = defineDataset({
      name: 'quotes',
      description: 'Quotes',
      fields: { id: int64.required('Id'), price: float64('Price') },
      key: ['id'],
    })
    expectTypeOf(dataset.name).toEqualTypeOf<'quotes'>()
    expectTypeOf(defineCatalogue({ quotes: dataset }).quotes).toEqualTypeOf<typeof dataset>()
  })

  it('must be complete', () => {
    // @ts-expect-error: no key
    defineDataset({ name: 'quotes', description: 'Quotes', fields: {} })
    // @ts-expect-error: a field is declared by one of the types
    defineDataset({ name: 'quotes', description: 'Quotes', fields: { price: 'double' }, key: ['price'] })
    // @ts-expect-error: a field has a description
    float64()
    // @ts-expect-error: a misspelt option
    float64('Price', { units: 'CNY' })
  })
})

describe('an input', () => {
  it('takes adjust and anchor only where prices can be adjusted', () => {
    expectTypeOf<RangeInput<Daily>['adjust']>().toEqualTypeOf<'none' | 'qfq' | 'hfq' | undefined>()
    expectTypeOf<AtInput<Daily>>().toHaveProperty('anchor')
    expectTypeOf<LatestInput<Daily>>().toHaveProperty('adjust')
    expectTypeOf<RangeInput<Index>>().not.toHaveProperty('adjust')
    expectTypeOf<AtInput<Index>>().not.toHaveProperty('anchor')
  })

  it('takes filters by the types of the fields', () => {
    const ok: ListInput<Stocks> = { where: { list_status: ['L', 'P'], delist_date: null, industry: 'Banks' } }
    expectTypeOf(ok.where).not.toBeAny()
    // @ts-expect-error: a text field
    const wrongType: ListInput<Stocks> = { where: { industry: 7 } }
    // @ts-expect-error: no such field
    const wrongField: ListInput<Stocks> = { where: { sector: 'Banks' } }
    expectTypeOf([wrongType, wrongField]).not.toBeAny()
  })

  it('requires the date of a cross-section', () => {
    // @ts-expect-error: no date
    const input: AtInput<Daily> = { symbols: ['600519.SH'] }
    expectTypeOf(input).not.toBeAny()
  })
})

describe('AnyIn', () => {
  it('finds an any wherever it is, and nothing where there is none', () => {
    type Any = ReturnType<typeof JSON.parse>
    expectTypeOf<AnyIn<Any, 'x'>>().toEqualTypeOf<'x'>()
    expectTypeOf<AnyIn<{ a: { b: Any } }>>().toEqualTypeOf<'.a.b'>()
    expectTypeOf<AnyIn<(a: string, b: Any) => void, 'f'>>().toEqualTypeOf<'f(…)[]'>()
    expectTypeOf<AnyIn<() => Promise<Any[]>, 'f'>>().toEqualTypeOf<'await f()[]'>()
    expectTypeOf<AnyIn<() => AsyncGenerator<{ rows(): Any }>, 'f'>>().toEqualTypeOf<'each f().rows()'>()
    expectTypeOf<AnyIn<Record<string, Any>, 'r'>>().toEqualTypeOf<`r.${string}`>()
    expectTypeOf<AnyIn<new (a: Any) => Date, 'C'>>().toEqualTypeOf<'new C[]'>()
    expectTypeOf<AnyIn<{ a: unknown; b: (c: readonly string[]) => Promise<Float64Array> }>>().toEqualTypeOf<never>()
  })
})

describe('the arguments of a procedure that reads a dataset', () => {
  type Some = 'daily' | 'stk_mins' | 'stock_basic' | 'income' | 'index_weight' | 'namechange'
  type Inputs<D extends Tushare[Some]> = ReadInputs<D>['date' | 'noDate' | 'panel' | 'pointInTime']
  type Taken<D extends Tushare[Some], Name extends ReadName> =
    Inputs<D> extends infer Group
      ? Group extends { [N in Name]: infer Input }
        ? keyof NonNullable<Input>
        : never
      : never
  /** Arguments that an input type has and no description in `readArguments`. */
  type Undescribed = {
    [Name in ReadName]: Exclude<{ [N in Some]: Taken<Tushare[N], Name> }[Some], keyof CheckedInput<Name>>
  }

  it('are described where the procedure is declared', () => {
    expectTypeOf<Undescribed>().toEqualTypeOf<{ [Name in ReadName]: never }>()
    expectTypeOf<Exclude<Taken<Daily, 'range'>, 'limit'>>().toEqualTypeOf<
      Exclude<keyof CheckedInput<'range'>, 'limit' | 'from'>
    >()
  })
})
