// npm start: serves the embedded database in ./stockdb-data, with a sample market in it the first time.
//   npm start -- --port 8000 …    whatever `stockdb serve` takes
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { build, root, run, stockdb } from './programs.ts'

/** Signals close together count as one: on Ctrl-C the terminal signals the whole group, and npm forwards its own. */
const SAME_SIGNAL_MS = 500

const args = process.argv.slice(2)
const interrupted = new AbortController()
let onSignal = (): void => interrupted.abort(new Error('interrupted before the server started'))
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => onSignal())

/** Only the default embedded database gets the sample market, never a database that the user names. */
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

/** Serves until a signal; resolves to the exit code. */
async function serve(): Promise<number> {
  interrupted.signal.throwIfAborted()
  const [program, ...first] = stockdb
  // In its own process group: the server treats a second signal as "stop immediately", so it must receive only one.
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
  if (signal) console.error(`start: the server was killed by ${signal}`)
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
