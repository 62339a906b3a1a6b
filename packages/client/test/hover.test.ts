import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { LanguageService } from './support/language-service.ts'

const examples = fileURLToPath(new URL('../../../examples', import.meta.url))
const script = `import { connect, defineCatalogue, defineDataset, tushare } from '@stockdb/client'
const db = await connect('http://127.0.0.1:7788')
const bars = await db.daily.range({ symbols: ['600519.SH'], fields: ['close', 'vol'] })
bars.columns.close
bars.rows()[0]?.vol
const statements = await db.income.range()
statements.columns.n_income_attr_p
for await (const batch of db.stk_mins.stream()) batch.columns.amount
tushare.moneyflow.fields.buy_lg_amount
const mine = defineCatalogue({ ...tushare })
const other = await connect<typeof mine>('http://127.0.0.1:7788')
const latest = await other.daily_basic.latest()
latest.columns.total_mv
`

describe('an editor', () => {
  const service = new LanguageService()
  afterAll(() => service[Symbol.asyncDispose]())

  it.each([
    ['columns.close', 'Float64Array', 'Closing price · CNY'],
    ['rows()[0]?.vol', 'number', 'Volume traded · lots of 100 shares'],
    [
      'statements.columns.n_income_attr_p',
      'Float64Array',
      'Net profit of the shareholders of the parent company · CNY',
    ],
    ['batch.columns.amount', 'Float64Array', 'Value traded · CNY'],
    ['fields.buy_lg_amount', 'float64', 'Bought by large orders, value · 10,000 CNY'],
    ['latest.columns.total_mv', 'Float64Array', 'Market value of all shares · 10,000 CNY'],
  ])('shows for %s its type, description and unit', { timeout: 60_000 }, async (word, type, text) => {
    const { displayString, documentation } = await service.hover(join(examples, 'hovered.ts'), script, word)
    expect(displayString).toContain(type)
    expect(documentation).toBe(text)
  })
})
