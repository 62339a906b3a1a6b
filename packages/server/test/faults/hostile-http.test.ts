import type { Tushare } from '@stockdb/contract'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { LEAKED_PLACE, LEAKED_SQL } from '../support/leaked-text.ts'
import { exchange } from '../support/raw-socket.ts'
import { type Served, serve } from '../support/serve.ts'
import { type Store, sqliteMaker } from '../support/stores.ts'
import { BOUNDS, hostileRequests } from './hostile-requests.ts'

let store: Store
let served: Served<Tushare>

beforeAll(async () => {
  store = await sqliteMaker.open()
  served = await serve(store.address, { bounds: BOUNDS })
})
afterAll(async () => {
  await served?.close()
  await store?.drop()
})
afterEach(async () => {
  expect(await served.db.ops.health()).toMatchObject({ status: 'ok' })
  expect(served.server.admission.calls).toBe(0)
  expect(served.server.admission.bytes).toBe(0)
})

describe('hostile requests', () => {
  it('are more than sixty', () => expect(hostileRequests.length).toBeGreaterThanOrEqual(60))

  it.each(hostileRequests)('$name: refused, or the connection closed', async ({ script, answers = Infinity }) => {
    const { text, statuses, end } = await exchange(served.server.url, script)
    expect(end, text.slice(0, 500)).not.toBe('hung')
    if (end === 'answered') expect(statuses).not.toEqual([])
    for (const status of statuses) expect(Math.trunc(status / 100), text.slice(0, 1_000)).toBe(4)
    expect(statuses.length).toBeLessThanOrEqual(answers)
    expect(text).not.toMatch(LEAKED_PLACE)
    expect(text).not.toMatch(LEAKED_SQL)
  })
})
