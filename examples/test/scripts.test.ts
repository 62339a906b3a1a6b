import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, describe, expect, it } from 'vitest'
import { root, run } from './run-example.ts'

const folder = mkdtempSync(join(tmpdir(), 'stockdb-scripts-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('npm run demo', () => {
  it('fills a database, serves it, runs the strategy, draws the chart, stops the server and ends with 0', {
    timeout: 90_000,
  }, async () => {
    const data = join(folder, 'demo')
    const { code, stdout, stderr } = await run('npm', ['run', 'demo', '--', '--data', data])
    expect(code, stderr).toBe(0)
    expect(stdout).toMatch(/daily +56,921 rows/)
    expect(stdout).toMatch(/^per year( +−?\d+\.\d %){6}$/m)
    expect(stdout).toMatch(/chart: .*momentum\.svg/)
    expect(stdout).toMatch(/synthetic/)
    expect(await readFile(join(data, 'momentum.svg'), 'utf8')).toContain('SYNTHETIC DATA')
    expect(stdout).toMatch(/^report: .*momentum\.html/m)
    expect(await readFile(join(data, 'momentum.html'), 'utf8')).toContain('<td>best fifth</td>')
    const url = /server on (http:\S+);/.exec(stdout)?.[1] ?? ''
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed')
  })

  it('says what went wrong and ends with 1', async () => {
    const { code, stderr } = await run('npm', ['run', 'demo', '--', '--data', join(root, 'package.json', 'no-folder')])
    expect(code).toBe(1)
    expect(stderr).toContain('demo: stockdb demo ended with 1')
  })
})

describe('npm start', () => {
  it('serves a sample market the first time, and ends with 0 on SIGTERM and SIGINT', { timeout: 90_000 }, async () => {
    const data = join(folder, 'start')
    const first = await startAndStop(data, 'SIGTERM')
    expect(first).toEqual({ code: 0, status: 200, filled: true })
    const second = await startAndStop(data, 'SIGINT')
    expect(second).toEqual({ code: 0, status: 200, filled: false })
  })
})

/** `npm start` until it is ready, then a signal to npm itself, as a service manager would send it. */
async function startAndStop(data: string, signal: NodeJS.Signals) {
  const child = spawn('npm', ['start', '--', '--data', data, '--port', '0', '--log-level', 'warn'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const lines: string[] = []
  let status = 0
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    const url = /listening on (http:\S+)/.exec(line)?.[1]
    if (url === undefined) continue
    status = (await fetch(`${url}/healthz`)).status
    child.kill(signal)
  }
  const [code] = await ended
  return { code, status, filled: lines.some((line) => /^daily +56,921 rows$/.test(line)) }
}
