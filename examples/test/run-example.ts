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

interface SampleOptions {
  readonly empty?: boolean
  /** Files to import instead of the sample market, by dataset. */
  readonly files?: Readonly<Record<string, string>>
}

/** Starts a server on a database of its own in a temporary folder, which holds the sample market, files, or nothing. */
export async function startSample({ empty = false, files }: SampleOptions = {}): Promise<SampleServer> {
  const folder = mkdtempSync(join(tmpdir(), 'stockdb-examples-'))
  const commands = Object.entries(files ?? {}).map(([dataset, file]) => ['import', file, '--dataset', dataset])
  if (!empty && !files) commands.push(['demo'])
  for (const command of commands) {
    const { code, stderr } = await run('node', ['packages/server/bin/stockdb.js', ...command, '--data', folder])
    if (code !== 0) throw new Error(`stockdb ${command.join(' ')} ended with ${code}: ${stderr}`)
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
