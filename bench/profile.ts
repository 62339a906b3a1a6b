/**
 * Writes CPU profiles and sampled heap profiles of server and script during one workload: `npm run bench:profile -- W1`, or
 * `npm run bench:profile -- W3-hot serverCache` for another side.
 * Open them in Chrome's developer tools (Performance and Memory) or in an editor that shows them.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createDatabase } from '@stockdb/testing/database'
import { startPrivateServer } from '@stockdb/testing/private-server'
import { fill } from './database.ts'
import { CLI, startServer } from './server.ts'
import { type SideName, sides } from './sides/sides.ts'
import { startSide } from './sides/start-side.ts'
import { workloads } from './workloads/workloads.ts'

const WARM_UP_MS = 3_000
const PROFILE_MS = 10_000

const [id = 'W1', name = 'stockdb'] = process.argv.slice(2)
const folder = 'profiles'
const workload = workloads.find((one) => one.id === id)
if (!workload) throw new Error(`workload: got ${id}; expected one of ${workloads.map((one) => one.id).join(', ')}`)

if (!isSide(name)) throw new Error(`side: got ${name}; expected one of ${Object.keys(sides).join(', ')}`)

const options = (program: string): string[] => {
  const path = resolve(folder, `${id}-${program}`)
  mkdirSync(path, { recursive: true })
  return ['--cpu-prof', '--heap-prof', `--cpu-prof-dir=${path}`, `--heap-prof-dir=${path}`]
}

// With the log by which it tells of commits.
const mysql = await startPrivateServer(['--log-bin=bench', '--server-id=1'])
try {
  const { url, drop } = await createDatabase(mysql.url)
  execFileSync(process.execPath, [CLI, 'migrate', '--database', url])
  await fill(url)
  const server = await startServer(url, options('server').join(' '), name === 'serverCache' || name === 'clientCache')
  const script = await startSide(name, { database: url, server: server.url }, options('script'))
  for (const ms of [WARM_UP_MS, PROFILE_MS]) await script.carryOut({ workload: id, ms, seed: ms })
  await script.stop()
  await server.stop()
  await drop()
  console.log(
    `profiles of ${id} (${workload.what}) are in ${join(folder, `${id}-server`)} and ${join(folder, `${id}-script`)}`,
  )
} finally {
  await mysql.stop()
}

function isSide(text: string): text is SideName {
  return Object.hasOwn(sides, text)
}
