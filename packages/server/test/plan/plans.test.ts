import { tushare } from '@stockdb/contract'
import type { Engine } from '@stockdb/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReadQuery } from '../../src/engine/engine.ts'
import { compileRead } from '../../src/plan/compile-read.ts'
import { Planner } from '../../src/plan/planner.ts'
import { QueryCache } from '../../src/plan/prepared-query.ts'
import type { QueryPlan } from '../../src/plan/query-plan.ts'
import type { Read } from '../../src/plan/read.ts'
import { fillDaily } from '../support/fill-daily.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { indexedMakers, type Store } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

/** The steps of a plan that scan a whole table or index; a loose index scan does not count. */
function scansIn(plan: readonly Readonly<Record<string, unknown>>[]): unknown[] {
  return plan.filter(({ table, type, Extra, detail }) =>
    detail === undefined
      ? !String(table ?? '<').startsWith('<') &&
        (type === 'ALL' || (type === 'index' && !/for group-by/.test(String(Extra))))
      : /^SCAN (d|p|f|g|daily|adj_factor)\b/.test(String(detail)),
  )
}

/** The read of the factors at the anchor. */
function anchorRead({ steps }: QueryPlan): Read {
  const adjust = steps.find((step) => step.step === 'adjust')
  if (adjust?.factors.from !== 'rows' || !adjust.factors.atAnchor) throw new Error('there is nothing to be read')
  return adjust.factors.atAnchor
}

function lookupRead({ lookups }: QueryPlan): Read {
  const [lookup] = lookups
  if (!lookup) throw new Error('there is nothing to be read')
  return lookup.read
}

describe.each(indexedMakers)('on $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof tushare>
  let engine: Engine
  let cache: QueryCache
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
    engine = served.server.engine
    cache = new QueryCache(engine.dialect, tushare)
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

  const planner = new Planner(tushare, { enforcesKey: () => true })
  const plan = ({ sql: text, parameters }: ReadQuery) => engine.explain(text, parameters, AbortSignal.timeout(10_000))
  const { daily } = tushare
  const date = '2001-01-15'

  it.each<[string, () => Read]>([
    ['at', () => planner.at(daily, { date }).rows],
    ['at of some symbols', () => planner.at(daily, { date, symbols: ['000001.SZ', '000002.SZ'] }).rows],
    ['at, adjusted', () => planner.at(daily, { date, adjust: 'hfq' }).rows],
    ['at with look-back', () => planner.at(daily, { date, lookback: true }).rows],
    ['at with look-back, adjusted', () => planner.at(daily, { date, lookback: true, adjust: 'qfq' }).rows],
    ['latest', () => planner.latest(daily, {}).rows],
    ['latest on or before a date', () => planner.latest(daily, { end: date }).rows],
    ['latest of several rows', () => planner.latest(daily, { n: 5 }).rows],
    ['latest of several rows on or before a date', () => planner.latest(daily, { n: 5, end: date }).rows],
    ['latest of several rows, adjusted', () => planner.latest(daily, { n: 5, adjust: 'hfq' }).rows],
    ['the factors at an anchor', () => anchorRead(planner.at(daily, { date, adjust: 'qfq' }))],
    ['the last date', () => lookupRead(planner.latest(daily, { adjust: 'qfq' }))],
  ])('%s of a whole market uses an index, not a table scan', async (_, ask) => {
    const lines = await plan(compileRead(cache, ask()))
    expect(lines.length).toBeGreaterThan(0)
    expect(scansIn(lines)).toEqual([])
  })

  it('detects a scan', async () => {
    expect(scansIn(await plan(compileRead(cache, planner.range(daily, {}).rows)))).not.toEqual([])
  })
})
