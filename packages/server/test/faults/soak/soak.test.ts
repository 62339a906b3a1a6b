import { expect, it, onTestFinished } from 'vitest'
import { runProgram } from '../../support/program.ts'
import { mysqlMakers } from '../../support/stores.ts'
import { soak } from './soak.ts'

const WARM_UP = 2_500
const CALLS = 4_000
/** Allowance for caches and compiled code while they grow; `npm run soak` fits a line over many more calls. */
const HEAP_GROWTH_BYTES = 2 ** 20

it.each(mysqlMakers.slice(0, 1))(
  `${CALLS} mixed calls do not grow the heap, on $engine`,
  { timeout: 300_000 },
  async ({ open }) => {
    const store = await open()
    onTestFinished(() => store.drop())
    expect((await runProgram(['demo', '--database', store.address])).code).toBe(0)
    const samples = await soak(store.address, { warmUp: WARM_UP, calls: CALLS })
    const heap = samples.map(({ heapUsed }) => heapUsed)
    const third = Math.floor(heap.length / 3)
    // The minimum of many samples: calls running during a sample are not growth.
    const [before, after] = [Math.min(...heap.slice(0, third)), Math.min(...heap.slice(-third))]
    const [first, last] = [samples[0], samples.at(-1)]
    console.log(
      `heap ${(before / 2 ** 20).toFixed(2)} MB, then ${(after / 2 ** 20).toFixed(2)} MB; resident ${((first?.rss ?? 0) / 2 ** 20).toFixed(0)} MB, then ${((last?.rss ?? 0) / 2 ** 20).toFixed(0)} MB`,
    )
    expect(last?.calls).toBeGreaterThanOrEqual(WARM_UP + CALLS)
    expect(after - before).toBeLessThan(HEAP_GROWTH_BYTES)
  },
)
