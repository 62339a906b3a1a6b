import { expect, it, onTestFinished } from 'vitest'
import { serve } from '../support/serve.ts'
import { sqliteMaker } from '../support/stores.ts'

it('invariant 10: ops.stats counts calls by procedure and by caller', async () => {
  const store = await sqliteMaker.open()
  onTestFinished(() => store.drop())
  const { db, close } = await serve(store.address)
  onTestFinished(close)
  await db.daily.range({})
  await db.daily.range({})
  await expect(db.daily.range({ limit: -1 })).rejects.toThrow('limit')
  await expect.poll(async () => (await db.ops.stats()).procedures['daily.range']?.calls).toBe(3)
  const { procedures, callers, total, uptimeSeconds } = await db.ops.stats()
  expect(procedures['daily.range']).toMatchObject({
    calls: 3,
    outcomes: { ok: 2, INVALID_INPUT: 1 },
    refusals: 1,
    failures: 0,
    rows: 0,
  })
  expect(procedures['daily.range']?.bytes).toBeGreaterThan(100)
  expect(procedures['daily.range']?.databaseMs).toBeGreaterThan(0)
  expect(callers.anonymous?.calls).toBe(total.calls)
  expect(uptimeSeconds).toBeGreaterThan(0)
})
