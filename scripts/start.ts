// npm start: serves the embedded database in ./stockdb-data, with a sample market in it the first time.
//   npm start -- --port 8000 …    whatever `stockdb serve` takes
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { build, root, run, stockdb } from './programs.ts'

/** Signals that come together are one: on Ctrl-C the terminal sends one to everybody, and npm passes its own on. */
const SAME_SIGNAL_MS = 500

const args = process.argv.slice(2)
const interrupted = new AbortController()
let onSignal = (): void => interrupted.abort(new Error('interrupted before the server was started'))
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => onSignal())

/** A sample market goes into the embedded database and nowhere else: what the user names is the user's. */
async function fillEmbedded(): Promise<void> {
  const { values } = parseArgs({
    args,
    strict: false,
    options: { database: { type: 'string' }, data: { type: 'string' } },
  })
  if (values.database !== undefined || process.env.STOCKDB_DATABASE) return
  const data = typeof values.data === 'string' ? ['--data', values.data] : []
  await run([...stockdb, 'demo', '--if-empty', ...data], 120_000, interrupted.signal)
}

/** Serves until it is told to stop; resolves to the exit code. */
async function serve(): Promise<number> {
  interrupted.signal.throwIfAborted()
  const [program, ...first] = stockdb
  // A process group of its own: the server takes a second signal for "at once", so it must be sent just one.
  const child = spawn(program, [...first, 'serve', ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  })
  let stoppingSince = Number.NEGATIVE_INFINITY
  onSignal = () => {
    const again = Number.isFinite(stoppingSince)
    if (again && performance.now() - stoppingSince < SAME_SIGNAL_MS) return
    stoppingSince = performance.now()
    child.kill('SIGTERM')
  }
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  if (signal) console.error(`start: the server was ended by ${signal}`)
  return code ?? 1
}

try {
  await build(interrupted.signal)
  await fillEmbedded()
  process.exitCode = await serve()
} catch (error) {
  console.error(`start: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
