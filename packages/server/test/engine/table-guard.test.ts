import { date, defineDataset, float64, symbol } from '@stockdb/contract'
import { createLog } from '@stockdb/server'
import { expect, describe as group, it, onTestFinished } from 'vitest'
import { TableGuard } from '../../src/engine/table-guard.ts'
import { serve } from '../support/serve.ts'
import { allMakers } from '../support/stores.ts'

const never = new AbortController().signal

const bars = defineDataset({
  name: 'bars',
  foreign: true,
  description: 'Bars of a table of somebody else',
  fields: {
    code: symbol.required('Code'),
    day: date.required('Date'),
    close: float64('Close'),
  },
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
})

group.each(allMakers)('a guard of tables on $engine', (maker) => {
  const open = async () => {
    const store = await maker.open()
    const served = await serve(store.address, { catalogue: { bars } })
    onTestFinished(async () => {
      await served.close()
      await store.drop()
    })
    const { engine } = served.server
    return { ...served, engine, guard: new TableGuard(engine, createLog('silent')) }
  }

  it.each([
    ['primary key (code, day)', true],
    ['primary key (day, code)', true],
    ['unique (code, day)', true],
    ['unique (code, day, close)', false],
    ['check (close > 0)', false],
  ])('tells whether the database enforces the key: %s', async (constraint, enforced) => {
    const { engine, guard } = await open()
    await engine.define(
      [`create table bars (code varchar(32) not null, day date not null, close double, ${constraint})`],
      never,
    )
    expect(guard.enforcesKey(bars)).toBe(false)
    await guard.check(bars)
    expect(guard.enforcesKey(bars)).toBe(enforced)
  })
})
