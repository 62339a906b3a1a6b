// A cell of a notebook whose compiler looks for types by "main" and "types". It finds none of Kysely's.
import { connect } from '@stockdb/client'

export async function cell() {
  const db = await connect('http://127.0.0.1:7788')
  const bars = await db.daily.range({ symbols: ['600519.SH'], fields: ['close'], adjust: 'qfq' })
  const closes: Float64Array = bars.columns.close
  // @ts-expect-error: not asked for
  bars.columns.open
  // @ts-expect-error: no dataset
  db.dayly
  const version: string = (await db.trpc.meta.info.query()).version
  // @ts-expect-error: not in the answer
  ;(await db.trpc.meta.info.query()).versions
  return [closes, version]
}
