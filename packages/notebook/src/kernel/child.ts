/** The process in which the cells of one notebook run, one after the other: `node child.js FILE`. */
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'
import { constants, Script } from 'node:vm'
import { setDisplay } from '../show.ts'
import { errorText } from './error-text.ts'
import type { KernelMessage, RunCell } from './messages.ts'
import { outputOf } from './output-of.ts'
import { transformCell } from './transform-cell.ts'

const [file = ''] = process.argv.slice(2)
const url = pathToFileURL(file).href
const origin = { url, filename: file, dirname: dirname(file) }

/** Outputs are sent in the order in which they were made, although a chart takes a while. */
let sent: Promise<void> = Promise.resolve()

function send(message: KernelMessage): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, () => resolve())
  })
}

function put(output: Promise<Extract<KernelMessage, { kind: 'output' }>['output']>): void {
  sent = sent.then(async () => {
    const made = await output.catch((error: unknown) => ({ kind: 'error', text: errorText(error, file) }) as const)
    await send({ kind: 'output', output: made })
  })
}

setDisplay({ show: (value) => put(outputOf(value)) })
for (const name of ['log', 'info', 'warn', 'error', 'debug'] as const)
  console[name] = (...values: unknown[]) => put(Promise.resolve({ kind: 'text', text: `${format(...values)}\n` }))

async function run({ source, line }: RunCell): Promise<void> {
  const start = performance.now()
  let status: 'done' | 'failed' = 'done'
  try {
    const { code, variables } = transformCell(source, origin)
    if (variables.length > 0) new Script(`var ${variables.join(', ')}`).runInThisContext()
    const script = new Script(code, {
      filename: file,
      lineOffset: line - 1,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    })
    const value: unknown = await script.runInThisContext()
    if (value !== undefined) put(outputOf(value))
  } catch (error) {
    status = 'failed'
    const lastLine = line + source.split('\n').length - 1
    put(Promise.resolve({ kind: 'error', text: errorText(error, file, lastLine) }))
  }
  await sent
  await send({ kind: 'end', status, ms: performance.now() - start })
}

process.on('message', (cell: RunCell) => void run(cell))
// What a cell started and did not wait for belongs to the output, and does not end the notebook.
process.on('unhandledRejection', (error) => put(Promise.resolve({ kind: 'error', text: errorText(error, file) })))
await send({ kind: 'ready' })
