import { join } from 'node:path'
import { tushare } from '@stockdb/contract'
import { describe, it } from 'vitest'
import { importFile } from '../src/ingest/import-file.ts'
import { serve } from './support/serve.ts'
import { sql } from './support/sql.ts'
import { mysqlMakers } from './support/stores.ts'
describe.each(mysqlMakers)('$engine', ({ open }) => {
it('dbg', { timeout: 200000 }, async () => {
  const store = await open()
  const s = await serve(store.address)
  await sql(store.address, 'alter table daily stats_auto_recalc=0', 'alter table adj_factor stats_auto_recalc=0')
  const options = { ignoreUnknown: false, signal: new AbortController().signal, onProgress: () => {} }
  const folder = '/work/shared/data'
  await importFile(s.server.engine, join(folder, 'cn_a_2024/daily.csv.gz'), { ...options, dataset: tushare.daily })
  await importFile(s.server.engine, join(folder, 'cn_a_2024/adj_factor.csv.gz'), { ...options, dataset: tushare.adj_factor })
  const q = async (name: string, f: () => Promise<unknown>) => {
    const t = performance.now()
    const r = await f().catch((e) => e.code)
    process.stderr.write(`Q ${name} ${Math.round(performance.now() - t)} ms ${typeof r === 'string' ? r : ''}\n`)
  }
  const o = { timeoutMs: 15000 }
  await q('range', () => s.db.daily.range({}, o))
  await q('hfq', () => s.db.daily.range({ adjust: 'hfq' }, o))
  await q('qfq', () => s.db.daily.range({ adjust: 'qfq' }, o))
  await q('at', () => s.db.daily.at({ date: '2024-06-28' }, o))
  await q('at look', () => s.db.daily.at({ date: '2024-06-29', lookback: true }, o))
  await q('at look 2', () => s.db.daily.at({ date: '2024-06-29', lookback: true, symbols: ['000001.SZ', '000002.SZ', '000004.SZ'] }, o))
  await q('latest', () => s.db.daily.latest({}, o))
  await q('latest 3', () => s.db.daily.latest({ n: 3 }, o))
  await q('latest 3 some', () => s.db.daily.latest({ n: 3, symbols: ['000001.SZ', '000002.SZ', '000004.SZ'] }, o))
  await q('latest adj', () => s.db.adj_factor.latest({}, o))
  await q('latest 3 hfq', () => s.db.daily.latest({ n: 3, adjust: 'hfq' }, o))
  await s.close(); await store.drop()
})
})
