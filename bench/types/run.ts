/** Measures what it costs to check the types of scripts that use the client: `npm run build && node bench/types/run.ts`. */
import { cpus } from 'node:os'
import { measureTypes, type TypeCheck, type TypeCost } from './measure.ts'

const ROUNDS = 7

/** As `tsc` checks a project that says nothing of libraries: those of the packages too, with the types of browsers. */
const everything: TypeCheck['options'] = { skipLibCheck: false, lib: ['ES2024', 'DOM'], types: [] }

const rows: readonly { script: string; check: TypeCheck; note: string; targetSeconds?: number }[] = [
  { script: 'nothing', check: {}, note: '7' },
  { script: 'connects', check: {}, note: '7' },
  { script: 'whole-client', check: {}, note: '7', targetSeconds: 2 },
  { script: 'connects', check: { options: everything }, note: '7, no skipLibCheck', targetSeconds: 3 },
  { script: 'connects', check: { typescript: '5.9' }, note: '5.9' },
  {
    script: 'connects',
    check: { typescript: '5.9', options: everything },
    note: '5.9, no skipLibCheck',
    targetSeconds: 8,
  },
]

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, median of ${ROUNDS} runs`)
console.log('script        TypeScript            instantiations     types  memory MB  seconds')
for (const { script, check, note, targetSeconds } of rows) {
  const costs: TypeCost[] = Array.from({ length: ROUNDS }, () => measureTypes(`${script}.ts`, check))
  const of = (name: keyof TypeCost): number => median(costs.map((cost) => cost[name]))
  const figures = [
    of('instantiations').toLocaleString('en').padStart(14),
    of('types').toLocaleString('en').padStart(9),
    of('memoryMB').toFixed(0).padStart(10),
    of('seconds').toFixed(2).padStart(8),
  ]
  const target =
    targetSeconds === undefined
      ? ''
      : `  target < ${targetSeconds}: ${of('seconds') < targetSeconds ? 'reached' : 'MISSED'}`
  console.log(`${script.padEnd(13)} ${note.padEnd(21)} ${figures.join(' ')}${target}`)
}
