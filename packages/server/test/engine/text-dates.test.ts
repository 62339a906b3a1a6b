import { DatabaseSync } from 'node:sqlite'
import { date, defineDataset, float64, symbol } from '@stockdb/contract'
import { describe, expect, it, onTestFinished } from 'vitest'
import { serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { allMakers, type StoreMaker } from '../support/stores.ts'

async function run(address: string, ...statements: string[]): Promise<void> {
  if (!address.startsWith('sqlite:')) return void (await sql(address, ...statements))
  const database = new DatabaseSync(address.slice('sqlite:'.length))
  for (const statement of statements) database.exec(statement)
  database.close()
}

const bars = (stored: 'YYYYMMDD' | 'YYYY-MM-DD') =>
  defineDataset({
    name: 'bars',
    foreign: true,
    scanned: true,
    description: 'Bars with dates as texts',
    fields: { code: symbol.required('Code'), day: date.required('Date', { stored }), close: float64('Close') },
    key: ['code', 'day'],
    symbol: 'code',
    date: 'day',
  })
const asked = { symbols: ['a'], start: '2024-01-02', end: '2024-01-31' }

describe.each(allMakers)('dates kept as texts on $engine', (maker: StoreMaker) => {
  const open = async (dataset: ReturnType<typeof bars>, ...statements: string[]) => {
    const store = await maker.open()
    await run(store.address, ...statements)
    const served = await serve(store.address, { catalogue: { bars: dataset } })
    onTestFinished(async () => {
      await served.close()
      await store.drop()
    })
    return { ...served, store }
  }
  const table = (type: string, index: string) => [
    `create table bars (code varchar(10), day ${type}, close double precision)`,
    ...(index === 'indexed' ? ['create index bars_day on bars (day)'] : []),
  ]

  it.each([
    ['YYYY-MM-DD', '2024-01-04 00:00:00', 'indexed'],
    ['YYYY-MM-DD', '20240104', 'indexed'],
    ['YYYY-MM-DD', '20240104.0', 'indexed'],
    ['YYYY-MM-DD', '2024-01-04T00:00:00', 'not indexed'],
    ['YYYY-MM-DD', '2024-1-4', 'not indexed'],
    ['YYYY-MM-DD', '2024-02-31', 'indexed'],
    ['YYYY-MM-DD', 'nan', 'not indexed'],
    ['YYYYMMDD', '2024-01-04', 'indexed'],
    ['YYYYMMDD', '20240104.0', 'indexed'],
    ['YYYYMMDD', '20240231', 'not indexed'],
  ] as const)('as %s: "%s" is an error that tells it and its row, %s', async (stored, bad, index) => {
    const day = (iso: string) => (stored === 'YYYYMMDD' ? iso.replaceAll('-', '') : iso)
    const { db, store } = await open(
      bars(stored),
      ...table('varchar(30)', index),
      `insert into bars values ('a', '${day('2024-01-02')}', 1), ('a', '${day('2024-01-05')}', 2)`,
    )
    expect((await db.bars.range(asked)).numRows).toBe(2)
    await run(store.address, `insert into bars values ('bad', '${bad}', 3)`)
    const restarted = await serve(store.address, { catalogue: { bars: bars(stored) } })
    onTestFinished(() => restarted.close())
    const error = {
      code: 'SCHEMA_MISMATCH',
      message: `table bars, column day: got "${bad}" in the row code = "bad", day = "${bad}"; expected a date as ${stored}`,
    }
    await expect(restarted.db.bars.range(asked)).rejects.toMatchObject(error)
    await expect(restarted.db.bars.at({ date: '2024-01-02' })).rejects.toMatchObject(error)
    await expect(
      restarted.db.query.selectFrom('bars').select('close').where('day', '>=', '2024-01-02').execute(),
    ).rejects.toMatchObject(error)
    const [info] = await restarted.db.meta.datasets()
    expect(info).toMatchObject({ coverage: null, problem: error.message })
  })
})
