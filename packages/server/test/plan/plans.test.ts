import { tushare } from '@stockdb/contract'
import type { Engine } from '@stockdb/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReadQuery } from '../../src/engine/engine.ts'
import { Planner } from '../../src/plan/planner.ts'
import { QueryCache } from '../../src/plan/prepared-query.ts'
import { fillDaily } from '../support/fill-daily.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { allMakers, type Store } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

/** What a plan has that goes through a whole table or a whole index; a loose scan of an index is none such. */
function scansIn(plan: readonly Readonly<Record<string, unknown>>[]): unknown[] {
  return plan.filter(({ table, type, Extra, detail }) =>
    detail === undefined
      ? !String(table ?? '<').startsWith('<') &&
        (type === 'ALL' || (type === 'index' && !/for group-by/.test(String(Extra))))
      : /^SCAN (d|p|f|g|daily|adj_factor)\b/.test(String(detail)),
  )
}

describe.each(allMakers)('on $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof tushare>
  let engine: Engine
  let questions: Planner
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
    engine = served.server.engine
    questions = new Planner(tushare, new QueryCache(engine.dialect), () => true)
    if (engine.kind === 'mysql') {
      await fillDaily(store.address, 100, 500)
      await sql(
        store.address,
        'insert into adj_factor select ts_code, trade_date, 1 from daily',
        'analyze table daily, adj_factor',
      )
    } else {
      const rows = Array.from({ length: 2_000 }, (_, at) => [
        `S${at % 20}`,
        new Date(at * 86_400_000).toISOString().slice(0, 10),
      ])
      await writeRows(engine, tushare.daily, rows, ['ts_code', 'trade_date'])
      await writeRows(engine, tushare.adj_factor, rows, ['ts_code', 'trade_date'])
    }
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  const plan = ({ sql: text, parameters }: ReadQuery) => engine.explain(text, parameters, AbortSignal.timeout(10_000))
  const { daily } = tushare
  const date = '2001-01-15'

  it.each<[string, (questions: Planner) => ReadQuery | undefined]>([
    ['at', (on) => on.at(daily, { date }).query],
    ['at of some symbols', (on) => on.at(daily, { date, symbols: ['000001.SZ', '000002.SZ'] }).query],
    ['at, adjusted', (on) => on.at(daily, { date, adjust: 'hfq' }).query],
    ['at with look-back', (on) => on.at(daily, { date, lookback: true }).query],
    ['at with look-back, adjusted', (on) => on.at(daily, { date, lookback: true, adjust: 'qfq' }).query],
    ['latest', (on) => on.latest(daily, {}).query],
    ['latest on or before a date', (on) => on.latest(daily, { end: date }).query],
    ['latest of several rows', (on) => on.latest(daily, { n: 5 }).query],
    ['latest of several rows on or before a date', (on) => on.latest(daily, { n: 5, end: date }).query],
    ['latest of several rows, adjusted', (on) => on.latest(daily, { n: 5, adjust: 'hfq' }).query],
    ['the factors at an anchor', (on) => on.at(daily, { date, adjust: 'qfq' }).adjustment?.anchorFactors(date)],
    ['the last date', (on) => on.latest(daily, { adjust: 'qfq' }).adjustment?.lastDate()],
  ])('%s of a whole market goes through an index, not through the table', async (_, ask) => {
    const query = ask(questions)
    if (!query) throw new Error('there is nothing to be read')
    const lines = await plan(query)
    expect(lines.length).toBeGreaterThan(0)
    expect(scansIn(lines)).toEqual([])
  })

  it('would see a scan', async () => {
    expect(scansIn(await plan(questions.range(daily, {}).query))).not.toEqual([])
  })
})
