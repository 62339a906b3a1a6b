import { tushare } from '@stockdb/contract'
import { randomFrom } from '../../support/random.ts'
import type { Caller } from './mixed-call.ts'

const names = Object.keys(tushare.fina_indicator.fields)

/**
 * Requests a list of columns of the widest table: the first `warmUp` calls cycle through 1,000 lists, each later call
 * has a new one.
 */
export function shapesCall(warmUp: number): (caller: Caller, call: number) => Promise<void> {
  return async ({ db, symbols }, call) => {
    const random = randomFrom(call < warmUp ? call % 1_000 : call)
    const asked = names.filter(() => random() < 0.7)
    await db.fina_indicator.range({
      ...{ symbols: [symbols[call % symbols.length] ?? ''], fields: asked as never },
      // Without rows: the cache entries for a list of columns are the same.
      ...{ start: '1990-01-01', end: '1990-01-02' },
    })
  }
}
