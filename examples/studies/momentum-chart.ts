// The study of momentum.ts as a chart; "npm run demo" shows it.
//
//   npx tsx examples/studies/momentum-chart.ts [http://127.0.0.1:7788 [momentum.svg]]
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { connectToServer } from '../lib/connection.ts'
import { momentumChart } from '../lib/momentum-chart.ts'
import { momentumStudy } from '../lib/momentum-study.ts'
import { performanceTable } from '../lib/performance-table.ts'

const file = process.argv[3] ?? 'momentum.svg'

const db = await connectToServer()
const study = await momentumStudy(db)
console.log(performanceTable(study))

await mkdir(dirname(file), { recursive: true })
await writeFile(file, await momentumChart(study))
console.log(`\nchart: ${file}`)
