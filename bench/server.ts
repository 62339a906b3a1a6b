import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const CLI = fileURLToPath(new URL('../packages/server/bin/stockdb.js', import.meta.url))

/** A stockdb server in a process of its own, as users run it. */
export interface ServerProcess {
  readonly url: string
  readonly pid: number
  /** Resident memory now, in MB. */
  residentMB(): number
  /** The most resident memory so far, in MB. */
  peakMB(): number
  stop(): Promise<void>
}

/** Starts a server; `nodeOptions` are options of Node, `more` of `stockdb serve`. It keeps answers in memory only if `keeps` says so. */
export async function startServer(
  database: string,
  nodeOptions = '',
  keeps = false,
  more: readonly string[] = [],
): Promise<ServerProcess> {
  const options = [...(keeps ? [] : ['--cache-max-age', 'off']), ...more]
  const child = spawn(process.execPath, [CLI, 'serve', '--port', '0', '--database', database, ...options], {
    // The log is written as usual, and discarded.
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...(nodeOptions ? { NODE_OPTIONS: nodeOptions } : {}) },
  })
  const lines = createInterface({ input: child.stdout })
  const [line] = (await once(lines, 'line', { signal: AbortSignal.timeout(30_000) })) as [string]
  const status = (key: string): number => {
    const text = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1024
  }
  return {
    url: line.replace('stockdb listening on ', ''),
    pid: child.pid as number,
    residentMB: () => status('VmRSS'),
    peakMB: () => status('VmHWM'),
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'exit', { signal: AbortSignal.timeout(30_000) })
    },
  }
}
