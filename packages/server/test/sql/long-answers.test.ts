import type { Tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fillDaily } from '../support/fill-daily.ts'
import { type Served, serve } from '../support/serve.ts'
import { type Store, sqlMakers } from '../support/stores.ts'

const SYMBOLS = 100
const DAYS = 200

describe.each(sqlMakers)('a long answer of db.sql on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>

  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
    await fillDaily(store.address, SYMBOLS, DAYS)
  }, 60_000)
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  // More than a pipe holds: an exiting process must not lose unread output.
  it('arrives complete', async () => {
    const frame = await served.db.sql('select * from daily order by ts_code, trade_date')
    expect([frame.numRows, frame.meta.complete]).toEqual([SYMBOLS * DAYS, true])
    const whole = await served.db.daily.range({ start: '1990-01-01', end: '2100-01-01' })
    expect(frame.columns.ts_code).toEqual(whole.columns.ts_code)
    expect(frame.columns.close).toEqual(whole.columns.close)
  }, 60_000)
})
