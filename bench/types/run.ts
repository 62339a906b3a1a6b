/** Measures the cost of type-checking scripts that use the client: `npm run build && node bench/types/run.ts`. */
import { cpus } from 'node:os'
import { measureTypes, type TypeCost } from './measure.ts'

const ROUNDS = 7
const TARGET_SECONDS = 2

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, median of ${ROUNDS} runs`)
console.log('script               instantiations     types  memory MB  seconds')
for (const script of ['nothing', 'connects', 'whole-client']) {
  const costs: TypeCost[] = Array.from({ length: ROUNDS }, () => measureTypes(`${script}.ts`))
  const of = (name: keyof TypeCost): number => median(costs.map((cost) => cost[name]))
  const figures = [
    of('instantiations').toLocaleString('en').padStart(14),
    of('types').toLocaleString('en').padStart(9),
    of('memoryMB').toFixed(0).padStart(10),
    of('seconds').toFixed(2).padStart(8),
  ]
  const target =
    script === 'whole-client'
      ? `  target < ${TARGET_SECONDS}: ${of('seconds') < TARGET_SECONDS ? 'reached' : 'MISSED'}`
      : ''
  console.log(`${script.padEnd(20)} ${figures.join(' ')}${target}`)
}
