import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { MemoryReport } from '@stockdb/contract/wire'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { parseHere } from '../support/command-line.ts'
import { runProgram, type ServingProgram, startProgram, startServing, whenReady } from '../support/program.ts'
import { times } from '../support/scale.ts'
import { mysqlMakers, sqliteMaker } from '../support/stores.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const leakyServer = fileURLToPath(new URL('../fixtures/leaky-server.ts', import.meta.url))

const calls: readonly (readonly [path: string, input?: object])[] = [
  ['calendar.sessions', { start: '2024-01-02', end: '2024-06-28' }],
  ['calendar.next', { date: '2024-01-02' }],
  ['daily.range', { start: '2024-01-02', limit: 50 }],
  ['daily.latest', { n: 1 }],
  ['stock_basic.list', {}],
  ['meta.info'],
]

/** Calls all procedures concurrently, each again after its answer, until stopped. */
function startLoad(url: string): { stop(): Promise<void> } {
  const stopped = new AbortController()
  const callers = calls.map(async ([path, input]) => {
    while (!stopped.signal.aborted) {
      const query = input ? `?input=${encodeURIComponent(JSON.stringify(input))}` : ''
      const response = await fetch(`${url}/trpc/${path}${query}`)
      if (!response.ok) throw new Error(`${path}: ${await response.text()}`)
      await response.arrayBuffer()
    }
  })
  return {
    async stop() {
      stopped.abort()
      await Promise.all(callers)
    },
  }
}

// The leak is not the engine's.
describe.each(times([sqliteMaker], [...mysqlMakers.slice(0, 1), sqliteMaker]))(
  'invariant 10: a leak in one procedure of a server on $engine',
  ({ open }) => {
    it('is found under mixed load by stockdb memory, with procedure and source line', async () => {
      const store = await open()
      onTestFinished(() => store.drop())
      expect(await runProgram(['demo', '--database', store.address])).toMatchObject({ code: 0 })
      const server = await whenReady(startProgram([store.address, temporaryFolder()], {}, leakyServer))
      onTestFinished(() => void server.child.kill('SIGKILL'))
      const load = startLoad(server.url)
      const { stdout, stderr } = await runProgram(['memory', '--url', server.url, '--profile', '6', '--json'])
      const text = await runProgram(['memory', '--url', server.url, '--profile', '2'])
      await load.stop()
      expect(stderr).toBe('')
      const { profile, now, history, procedures, callers } = JSON.parse(stdout) as MemoryReport
      const [most] = profile?.retained ?? []
      // The line of the planted function.
      expect(most).toMatchObject({ file: 'server/test/fixtures/leaky-server.ts', line: 13 })
      expect(most?.procedures[0]).toMatchObject({ procedure: 'calendar.sessions' })
      expect(most?.procedures[0]?.share).toBeGreaterThan(0.8)
      const held = Object.entries(profile?.procedures ?? {}).sort(([, a], [, b]) => b.retainedBytes - a.retainedBytes)
      expect(held[0]?.[0]).toBe('calendar.sessions')
      // Lines refer to the TypeScript sources.
      const places = profile?.allocated.map(({ file }) => file) ?? []
      expect(places.filter((file) => file.startsWith('server/src/') && file.endsWith('.ts'))).not.toEqual([])
      expect(places.filter((file) => file.includes('dist/'))).toEqual([])
      expect(now.rss).toBeGreaterThan(now.heapUsed)
      expect(history.length).toBeGreaterThan(0)
      for (const [path] of calls) {
        expect(procedures[path]?.calls, path).toBeGreaterThan(0)
        expect(profile?.procedures[path]?.allocatedBytes, path).toBeGreaterThan(0)
      }
      expect(callers.anonymous?.calls).toBeGreaterThan(6)
      expect(text.stdout).toMatch(/server\/test\/fixtures\/leaky-server\.ts:13 .*calendar\.sessions \d+%/)
    }, 60_000)
  },
)

describe('stockdb memory', () => {
  let data: string
  let server: ServingProgram
  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'stockdb-test-'))
    server = await startServing(['--data', data])
  })
  afterAll(async () => {
    server?.child.kill('SIGKILL')
    await server?.ended
    rmSync(data, { recursive: true })
  })

  it('writes a heap snapshot, readable by its owner only, and prints its path', async () => {
    const { code, stdout } = await runProgram(['memory', '--url', server.url, '--snapshot', 'before'])
    expect(code).toBe(0)
    const file = join(data, 'snapshots', 'before.heapsnapshot')
    expect(stdout).toContain(file)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(file).size).toBeGreaterThan(1_000_000)
    const again = await runProgram(['memory', '--url', server.url, '--snapshot', 'before'])
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('got "before.heapsnapshot", which already exists')
  }, 60_000)

  it.each(['../out', '/etc/x', 'a/b', '.hidden', ''])('writes no snapshot outside its folder: "%s"', async (name) => {
    const { code, stderr } = await parseHere(['memory', '--url', server.url, '--snapshot', name])
    expect(code).toBe(1)
    expect(stderr).toContain('plain file name')
  })

  it('says that there is no server', async () => {
    const { code, stderr } = await parseHere(['memory', '--url', 'http://127.0.0.1:1'])
    expect(code).toBe(1)
    expect(stderr).toContain('cannot reach http://127.0.0.1:1')
  })

  it('takes one profile at a time', async () => {
    const ask = () => runProgram(['memory', '--url', server.url, '--profile', '2', '--json'])
    const answers = await Promise.all([ask(), ask()])
    expect(answers.map(({ code }) => code).sort()).toEqual([0, 1])
    expect(answers.find(({ code }) => code === 1)?.stderr).toContain('another memory profile is running')
    // And another one after it ended.
    expect(await ask()).toMatchObject({ code: 0 })
  }, 60_000)
})
