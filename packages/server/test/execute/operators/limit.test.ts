import { tushare } from '@stockdb/contract'
import { dateOf } from '@stockdb/contract/internal'
import { expect, it, onTestFinished } from 'vitest'
import { serve } from '../../support/serve.ts'
import { oneOfEachEngine } from '../../support/stores.ts'
import { writeRows } from '../../support/write-rows.ts'

/** More than one batch. */
const ROWS = 66_010
const LIMIT = 66_000
/** 1900-01-01. */
const FIRST = -25_567

it.each(oneOfEachEngine)('skipped rows without a factor count toward the limit on $engine', async ({ open }) => {
  const store = await open()
  onTestFinished(() => store.drop())
  const { db, server, close } = await serve(store.address)
  onTestFinished(close)
  const days = Array.from({ length: ROWS }, (_, at) => dateOf(FIRST + at))
  await writeRows(
    server.engine,
    tushare.daily,
    days.map((day) => ['A', day, 1]),
    ['ts_code', 'trade_date', 'close'],
  )
  await writeRows(
    server.engine,
    tushare.adj_factor,
    [['A', days[5] as string, 2]],
    ['ts_code', 'trade_date', 'adj_factor'],
  )
  const frame = await db.daily.range({ fields: ['close'], adjust: 'hfq', missingFactor: 'skip', limit: LIMIT })
  expect(frame.numRows).toBe(LIMIT - 5)
  expect(frame.meta).toMatchObject({ rows: LIMIT - 5, complete: false, missingFactor: { rows: 5 } })
  expect(frame.columns.trade_date.at(-1)).toBe(days[LIMIT - 1])
})
