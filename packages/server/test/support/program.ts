import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../bin/stockdb.js', import.meta.url))

/** A run of the `stockdb` program. */
export interface Program {
  readonly child: ChildProcess
  /** Output so far. */
  readonly stdout: string
  readonly stderr: string
  /** Resolves to the exit code, or the signal that ended it, after all output. */
  readonly ended: Promise<number | NodeJS.Signals>
}

/** Starts the built program, or another one, with these arguments and without `STOCKDB_…` variables of this process. */
export function startProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  file: string = bin,
  log: 'pipe' | number = 'pipe',
): Program {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('STOCKDB_'))
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ['ignore', 'pipe', log],
    // Tests write beside the server, and ask again at once.
    env: { ...Object.fromEntries(kept), STOCKDB_CACHE_MAX_AGE: '0', ...env },
  })
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk
    })
  }
  return {
    child,
    get stdout() {
      return text.stdout
    },
    get stderr() {
      return text.stderr
    },
    ended: once(child, 'close').then(([code, signal]) => code ?? signal),
  }
}

/** Runs the program to completion. */
export async function runProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const program = startProgram(args, env)
  const code = await program.ended
  return { code, stdout: program.stdout, stderr: program.stderr }
}

/** A running `stockdb serve`. */
export interface ServingProgram extends Program {
  readonly url: string
}

/** Starts `stockdb serve` on a free port and resolves when it is ready; throws if it exits. */
export async function startServing(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  log?: number,
): Promise<ServingProgram> {
  return whenReady(startProgram(['serve', '--port', '0', ...args], env, bin, log))
}

/** Resolves when a server program prints that it is ready; throws if it exits. */
export async function whenReady(program: Program): Promise<ServingProgram> {
  const ready = new Promise<string>((resolve) => {
    program.child.stdout?.on('data', () => {
      const found = /^stockdb listening on (https?:\/\/\S+)\n/.exec(program.stdout)
      if (found?.[1]) resolve(found[1])
    })
  })
  const failed = program.ended.then((code): never => {
    throw new Error(`stockdb serve ended with ${code}: ${program.stderr}`)
  })
  failed.catch(() => {})
  const url = await Promise.race([ready, failed])
  return Object.defineProperties({ url } as ServingProgram, Object.getOwnPropertyDescriptors(program))
}
