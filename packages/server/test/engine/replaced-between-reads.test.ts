import { setTimeout as sleep } from 'node:timers/promises'
import { date, defineCatalogue, defineDataset, float64, symbol } from '@stockdb/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Engine, Snapshot } from '../../src/engine/engine.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { mysqlMakers, type Store } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

const declared = {
  fields: { code: symbol.required('Code'), day: date.required('Day'), n: float64('Number') },
  ...{ key: ['code', 'day'], symbol: 'code', date: 'day' },
} as const
const catalogue = defineCatalogue({
  rates: defineDataset({ name: 'rates', description: 'Factors', ...declared }),
  prices: defineDataset({
    name: 'prices',
    description: 'Prices',
    ...declared,
    adjustment: { dataset: 'rates', factor: 'n', prices: ['n'] },
  }),
})
const never = new AbortController().signal

async function sumOf(source: Pick<Engine | Snapshot, 'read'>, table: string): Promise<unknown> {
  const column = { name: 'total', type: 'float64', nullable: true } as const
  const query = { sql: `select sum(n) as total from ${table}`, parameters: [], columns: [column] }
  for await (const { batch } of source.read(query, never)) return batch.vectors[0]?.values[0]
  return undefined
}

describe.each(mysqlMakers)('a table that is replaced between two reads of one answer, on $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>
  beforeEach(async () => {
    store = await open()
    served = await serve(store.address, { catalogue })
    await writeRows(served.server.engine, catalogue.rates, [['A', '2024-01-02', 1]])
    await writeRows(served.server.engine, catalogue.prices, [['A', '2024-01-02', 5]])
    await sql(store.address, 'create table coming like prices')
  })
  afterEach(async () => {
    await served?.close()
    await store?.drop()
  })

  it.each([
    ['renaming another into its place', ['rename table prices to gone, coming to prices'], 7],
    ['altering it', ['alter table prices modify n float, add column more int', 'update prices set n = 9'], 9],
    [
      'creating it again',
      ['drop table prices', 'create table prices like coming', 'insert into prices select * from coming'],
      7,
    ],
  ])('is read as it was: %s waits', async (_, statements, after) => {
    const { engine } = served.server
    const snapshot = await engine.snapshot([catalogue.rates, catalogue.prices], never)
    expect(await sumOf(snapshot, 'rates')).toBe(1)
    // These rows are newer than the state of the answer, so it would not see them.
    await sql(store.address, "insert into coming (code, day, n) values ('B', '2024-01-03', 7)")
    const replaced = sql(store.address, ...statements)
    await sleep(300)
    expect(await sumOf(snapshot, 'prices')).toBe(5)
    snapshot.end()
    await replaced
    expect(await sumOf(engine, 'prices')).toBe(after)
  })

  it('gives whole answers to callers meanwhile, of the old table or of the new one', async () => {
    await sql(store.address, "insert into coming (code, day, n) values ('A', '2024-01-02', 7)")
    let swaps = 0
    const answers = new Set<string>()
    let isDone = false
    const asking = (async () => {
      while (!isDone) {
        const { columns, meta } = await served.db.prices.range({ adjust: 'qfq', fields: ['n'] })
        answers.add(`${[...columns.n]} ${meta.complete}`)
      }
    })()
    for (; swaps < 40; swaps++) {
      await sql(store.address, 'rename table prices to gone, coming to prices', 'rename table gone to coming')
      await sleep(10)
    }
    isDone = true
    await asking
    expect([...answers].sort()).toEqual(['5 true', '7 true'])
  })
})
