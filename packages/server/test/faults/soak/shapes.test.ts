import { expect, it, onTestFinished } from 'vitest'
import { runProgram } from '../../support/program.ts'
import { allMakers } from '../../support/stores.ts'
import { shapesCall } from './shapes-call.ts'
import { soak } from './soak.ts'

const WARM_UP = 500
/** `npm run soak -- shapes` asks 100,000. */
const CALLS = 1_000
const GROWTH_BYTES = 30 * 2 ** 20

it.each(allMakers)(
  `invariant 1: ${CALLS} calls for ever other columns leave resident memory where it was, on $engine`,
  { timeout: 300_000 },
  async ({ open }) => {
    const store = await open()
    onTestFinished(() => store.drop())
    expect((await runProgram(['demo', '--database', store.address])).code).toBe(0)
    const soaking = { warmUp: WARM_UP, calls: CALLS, call: shapesCall(WARM_UP), samples: 1 }
    const [before, after] = (await soak(store.address, soaking)).map(({ rss }) => rss)
    expect((after ?? Number.POSITIVE_INFINITY) - (before ?? 0)).toBeLessThan(GROWTH_BYTES)
  },
)
