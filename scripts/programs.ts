// Runs the repository's programs as child processes with timeouts.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const tools = join(root, 'node_modules', '.bin')

const READY_TIMEOUT_MS = 20_000
const STOP_TIMEOUT_MS = 10_000

/** Puts the workspace's tools first, also if a script is run without npm. */
const environment = { ...process.env, PATH: [tools, process.env.PATH].join(delimiter) }

/** The `stockdb` of this checkout. */
export const stockdb = [process.execPath, join(root, 'packages', 'server', 'bin', 'stockdb.js')] as const

/** Builds `dist`; takes a fraction of a second if it is current. */
export const build = (signal: AbortSignal): Promise<void> => run(['tsc', '-b', root], 120_000, signal)

/** Runs a program with inherited output, and more environment. Rejects unless it exits with 0 within `timeoutMs`. */
export async function run(
  [program = '', ...args]: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  signal.throwIfAborted()
  const child = spawn(program, args, {
    cwd: root,
    env: { ...environment, ...more },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const late = AbortSignal.timeout(timeoutMs)
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const either = AbortSignal.any([signal, late])
  const kill = (): void => void child.kill('SIGKILL')
  either.addEventListener('abort', kill)
  try {
    const [code, killed] = await ended
    signal.throwIfAborted()
    if (late.aborted) throw new Error(`${name(program, args)} did not end within ${timeoutMs / 1000} s`)
    if (code !== 0) throw new Error(`${name(program, args)} ended with ${code ?? killed}`)
  } finally {
    either.removeEventListener('abort', kill)
  }
}

/** Display name without paths: `stockdb demo`, `momentum-chart.ts`. */
function name(program: string, args: readonly string[]): string {
  const [first = '', second = ''] = args
  return first.endsWith('stockdb.js')
    ? `stockdb ${second}`
    : program === 'tsx'
      ? (first.split('/').at(-1) ?? program)
      : program
}

export interface RunningServer {
  readonly url: string
  /** Asks the server to stop and waits; rejects unless it exits with 0. */
  stop(): Promise<void>
}

/** Starts `stockdb serve` on a free port and waits for its ready line. */
export async function startServer(args: readonly string[], signal: AbortSignal): Promise<RunningServer> {
  const [program, ...first] = stockdb
  const child = spawn(program, [...first, 'serve', '--host', '127.0.0.1', '--port', '0', ...args], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit').then(([code, killed]) => `${code ?? killed}`, String)
  try {
    return {
      url: await readyAddress(child, ended, AbortSignal.any([signal, AbortSignal.timeout(READY_TIMEOUT_MS)])),
      stop: () => stop(child, ended),
    }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}

async function readyAddress(child: ChildProcess, ended: Promise<string>, signal: AbortSignal): Promise<string> {
  const listening = async (): Promise<string> => {
    if (child.stdout) {
      for await (const line of createInterface({ input: child.stdout, signal })) {
        const url = /^stockdb listening on (http:\S+)$/.exec(line)?.[1]
        if (url !== undefined) return url
      }
    }
    if (signal.aborted) throw new Error(`stockdb serve was not ready within ${READY_TIMEOUT_MS / 1000} s`)
    throw new Error(`stockdb serve ended with ${await ended} before it was ready`)
  }
  return listening()
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  const how = await ended
  clearTimeout(timer)
  if (how !== '0')
    throw new Error(
      `stockdb serve ended with ${how}${how === 'SIGKILL' ? `: it did not stop within ${STOP_TIMEOUT_MS / 1000} s` : ''}`,
    )
}
