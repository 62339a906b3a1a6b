import { date, defineDataset, symbol } from '@stockdb/contract'
import { StockdbError } from '@stockdb/contract/wire'
import { expect, it } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import { EqualCodes } from '../../src/engine/equal-codes.ts'
import { mysqlDialect } from '../../src/engine/mysql/dialect.ts'

const bars = defineDataset({
  name: 'bars',
  managed: false,
  description: 'Bars',
  fields: { code: symbol.required('Code'), day: date.required('Day') },
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
})

it('codes are not vouched for when the database does not tell whether the table was written', async () => {
  let version = async () => ({ text: '1', isFresh: false, isDoubtful: false })
  let searches = 0
  const engine: Partial<Engine> = {
    dialect: mysqlDialect,
    tableVersion: () => version(),
    async *read() {
      searches++
      yield* []
    },
  }
  const codes = new EqualCodes(engine as Engine, bars)
  await codes.refresh(true)
  expect([codes.isChecked, searches]).toEqual([true, 1])
  version = () => Promise.reject(new StockdbError('OVERLOADED', 'too many calls wait'))
  await codes.refresh(true)
  expect(codes.isChecked).toBe(false)
  version = async () => ({ text: '1', isFresh: false, isDoubtful: false })
  await codes.refresh(true)
  expect([codes.isChecked, searches]).toEqual([true, 2])
})
