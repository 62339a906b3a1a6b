import { tushare } from '@stockdb/contract'
import { StockdbError } from '@stockdb/contract/wire'
import { expect, it, onTestFinished } from 'vitest'
import { Semaphore } from '../../src/bounds/semaphore.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { WriteGroups } from '../../src/write/write-groups.ts'
import { serve } from '../support/serve.ts'
import { sqliteMaker } from '../support/stores.ts'

const catalogue = { adj_factor: tushare.adj_factor }

it('invariant 2: callers who leave while their commit is lost are told once, and the server goes on', async () => {
  const store = await sqliteMaker.open()
  onTestFinished(() => store.drop())
  const { server, close } = await serve(store.address, { catalogue })
  onTestFinished(close)
  const abort = new AbortController()
  const { engine } = server
  const losing: Pick<Engine, 'begin' | 'dialect'> = {
    dialect: engine.dialect,
    begin: async (signal) => {
      const transaction = await engine.begin(signal)
      return {
        ...transaction,
        commit: async () => {
          abort.abort(new StockdbError('CANCELLED', 'the caller disconnected'))
          throw new StockdbError('WRITE_OUTCOME_UNKNOWN', 'the connection was lost during the commit')
        },
      }
    },
  }
  const slots = new Semaphore({ limit: 1, queueLength: 10, queueWaitMs: 10_000, queueBurstMs: 1_000, what: 'a place' })
  const groups = new WriteGroups(losing as Engine, slots)
  const write = () =>
    groups.run({
      key: undefined,
      rows: 1,
      signal: abort.signal,
      write: async () => ({
        key: undefined,
        digest: '',
        triggers: [],
        record: {
          dataset: tushare.adj_factor,
          span: { start: undefined, end: undefined, symbols: undefined },
          ...{ inserted: 1, changed: 0, unchanged: 0, deleted: 0, by: 'test', at: new Date() },
        },
      }),
      alone: () => Promise.reject(new Error('the group was not given up')),
    })
  const outcomes = await Promise.allSettled([write(), write(), write()])
  // An unhandled rejection would fail the test, as it would end the server.
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'WRITE_OUTCOME_UNKNOWN' } })
})
