import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createLog, type StockdbServer, start } from '@stockdb/server'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const tools = join(root, 'node_modules', '.bin')

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program of the workspace to its end, at most a minute, without the caller's STOCKDB_ variables. */
export function run(program: string, args: readonly string[]): Promise<Outcome> {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('STOCKDB_'))
  const env = { ...Object.fromEntries(kept), PATH: [tools, process.env.PATH].join(delimiter) }
  return new Promise((resolve) => {
    execFile(program, args, { cwd: root, env, timeout: 60_000 }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0
      resolve({ code, stdout, stderr })
    })
  })
}

export const runExample = (name: string, ...args: readonly string[]): Promise<Outcome> =>
  run('tsx', [join('examples', name), ...args])

export interface SampleServer extends StockdbServer {
  readonly folder: string
}

/** A server on a separate database in a temporary folder, empty or with the sample market. */
export async function startSample({ empty = false } = {}): Promise<SampleServer> {
  const folder = mkdtempSync(join(tmpdir(), 'stockdb-examples-'))
  if (!empty) {
    const { code, stderr } = await run('node', ['packages/server/bin/stockdb.js', 'demo', '--data', folder])
    if (code !== 0) throw new Error(`stockdb demo ended with ${code}: ${stderr}`)
  }
  const server = await start({
    database: `sqlite:${join(folder, 'stockdb.sqlite')}`,
    port: 0,
    log: createLog('silent'),
  })
  return {
    ...server,
    folder,
    close: async () => {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
