import { expect, it, onTestFinished } from 'vitest'
import { runProgram } from '../../support/program.ts'
import { mysqlMakers, sqliteMaker } from '../../support/stores.ts'
import { shapesCall } from './shapes-call.ts'
import { soak } from './soak.ts'

const WARM_UP = 500
/** `npm run soak -- shapes` makes 100,000. */
const CALLS = 1_000
const GROWTH_BYTES = 10 * 2 ** 20

it.each([...mysqlMakers.slice(0, 1), sqliteMaker])(
  `invariant 1: ${CALLS} calls with ever new columns do not grow the heap, on $engine`,
  { timeout: 300_000 },
  async ({ open }) => {
    const store = await open()
    onTestFinished(() => store.drop())
    expect((await runProgram(['demo', '--database', store.address])).code).toBe(0)
    const soaking = { warmUp: WARM_UP, calls: CALLS, call: shapesCall(WARM_UP), samples: 1 }
    // Resident memory rises for the first 10,000 calls, whatever they are, while V8 sizes its heap.
    const [before, after] = (await soak(store.address, soaking)).map(({ heapUsed, external }) => heapUsed + external)
    console.log(`heap ${((before ?? 0) / 2 ** 20).toFixed(1)} MB, then ${((after ?? 0) / 2 ** 20).toFixed(1)} MB`)
    expect((after ?? Number.POSITIVE_INFINITY) - (before ?? 0)).toBeLessThan(GROWTH_BYTES)
  },
)
