// npm run demo: an embedded database with a synthetic market, a server on it, and a strategy that reads from it.
//   npm run demo -- --data FOLDER    keeps database, chart and report in another folder than ./stockdb-data/demo
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { build, root, run, startServer, stockdb } from './programs.ts'

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => interrupted.abort(new Error(`interrupted by ${name}`)))
}

async function demo({ data }: { data: string }, signal: AbortSignal): Promise<void> {
  const folder = relative(root, resolve(data)) || '.'
  const chart = join(folder, 'momentum.svg')
  const report = join(folder, 'momentum.html')
  // Always explicit: STOCKDB_DATABASE may point to real data.
  const database = ['--database', `sqlite:${join(folder, 'stockdb.sqlite')}`]

  await build(signal)
  console.log(`filling ${folder} with a sample market`)
  await run([...stockdb, 'demo', ...database], 60_000, signal)

  const server = await startServer([...database, '--log-level', 'error'], signal)
  try {
    console.log(
      `\nserver on ${server.url}; examples/studies/momentum-chart.ts asks it: six-month momentum, ten stocks, rebalanced monthly\n`,
    )
    await run(['tsx', join('examples', 'studies', 'momentum-chart.ts'), server.url, chart], 60_000, signal)
    const notebook = join('examples', 'notebooks', 'momentum.ts')
    await run([...stockdb, 'notebook', notebook, '--out', report], 60_000, signal, {
      STOCKDB_URL: server.url,
      STOCKDB_TOKEN: '',
    })
  } finally {
    await server.stop()
  }
  console.log('market, strategy and figures are synthetic: they say nothing about any real security')
  console.log(`picture: ${chart}\nreport:  ${report}, a notebook that ran; open it in a browser`)
  console.log('next: "npm start" serves such a market for scripts of your own; examples/README.md has more of them')
}

try {
  const { values } = parseArgs({ options: { data: { type: 'string', default: join(root, 'stockdb-data', 'demo') } } })
  await demo(values, interrupted.signal)
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
