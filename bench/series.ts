// A rolling mean over ten million values: @stockdb/client/series, nodejs-polars and Arquero, each in turn, five rounds.
//
//   npm run bench:series
import { rollingMean } from '@stockdb/client/series'
import * as aq from 'arquero'
import polars from 'nodejs-polars'
import { median } from './statistics.ts'

const VALUES = 10_000_000
const WINDOW = 20
const ROUNDS = 5
/** One core, and a result in memory. */
const TARGET_MS = 150

let state = 1
const values = Float64Array.from({ length: VALUES }, () => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return 100 + state / 2 ** 32
})
const series = polars.Series('value', values, polars.Float64)
const table = aq.table({ value: values })
// A number that is large beside the others, long before the end: what is left of it is the error of the last result.
const spiked = values.map((value, at) => (at === 5 ? 1e15 : value))
const exact = spiked.subarray(-WINDOW).reduce((sum, value) => sum + value, 0) / WINDOW

interface Side {
  readonly name: string
  readonly run: () => unknown
  readonly lastOfSpiked: () => number
}

const rolled = (data: aq.ColumnTable): aq.ColumnTable =>
  data.derive({ mean: aq.rolling((row: { value: number }) => aq.op.mean(row.value), [-(WINDOW - 1), 0]) })

const sides: readonly Side[] = [
  {
    name: 'rollingMean',
    run: () => rollingMean(values, WINDOW),
    lastOfSpiked: () => rollingMean(spiked, WINDOW).at(-1) ?? Number.NaN,
  },
  {
    name: 'nodejs-polars rollingMean',
    run: () => series.rollingMean({ windowSize: WINDOW }),
    lastOfSpiked: () =>
      polars
        .Series('value', spiked, polars.Float64)
        .rollingMean({ windowSize: WINDOW })
        .get(VALUES - 1),
  },
  {
    name: 'Arquero rolling mean',
    run: () => rolled(table),
    lastOfSpiked: () => rolled(aq.table({ value: spiked })).get('mean', VALUES - 1),
  },
]

const taken = new Map(sides.map(({ name }) => [name, { wallMs: [] as number[], cpuMs: [] as number[] }]))
for (let round = 0; round < ROUNDS; round++) {
  for (const { name, run } of sides) {
    const cpu = process.cpuUsage()
    const start = performance.now()
    run()
    const { user, system } = process.cpuUsage(cpu)
    taken.get(name)?.wallMs.push(performance.now() - start)
    taken.get(name)?.cpuMs.push((user + system) / 1_000)
  }
}
console.log(`a rolling mean of ${WINDOW} over ${VALUES.toLocaleString('en')} values, median of ${ROUNDS} rounds`)
for (const { name, lastOfSpiked } of sides) {
  const { wallMs = [], cpuMs = [] } = taken.get(name) ?? {}
  const error = Math.abs(lastOfSpiked() - exact)
  console.log(
    `  ${name.padEnd(28)}${median(wallMs).toFixed(0).padStart(6)} ms, ${median(cpuMs).toFixed(0).padStart(6)} ms of CPU, error after a spike ${error.toExponential(1)}`,
  )
}
const ours = median(taken.get('rollingMean')?.cpuMs ?? [])
console.log(`  target ≤ ${TARGET_MS} ms of CPU: ${ours <= TARGET_MS ? 'reached' : 'MISSED'}`)
