import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const SERVER = fileURLToPath(new URL('./server.py', import.meta.url))

/** A Python beside the system's own may lack the system's packages. */
const PYTHONS = ['python3', '/usr/bin/python3']

/** The Python server of the replaced design; `undefined` where Python or its packages are missing. */
export async function startReplaced(database: string): Promise<{ url: string; pid: number; stop(): void } | undefined> {
  const python = PYTHONS.find((one) => spawnSync(one, ['-c', 'import pymysql, tornado']).status === 0)
  if (python === undefined) return undefined
  const { hostname, port, username, password, pathname } = new URL(database)
  const child = spawn(python, [SERVER, hostname, port || '3306', username, password, pathname.slice(1)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  const [url] = (await once(lines, 'line', { signal: AbortSignal.timeout(10_000) })) as [string]
  return { url, pid: child.pid as number, stop: () => void child.kill() }
}
