// Fails to compile if a type of the client is `any`.
import { connect } from '@stockdb/client'

export async function script() {
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
  const rows = await db.query.selectFrom('daily').select('close').execute()
  // @ts-expect-error: not selected
  rows[0]?.open
  return [closes, version, rows]
}
