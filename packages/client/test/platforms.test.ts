import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { connect, tushare } from '@stockdb/client'
import { describe, expect, it, vi } from 'vitest'
import { serveBadly } from './support/bad-server.ts'
import { dailyRow, serveHere } from './support/served.ts'

describe('in Node', () => {
  it('a finished strategy exits by itself, immediately and without unhandled rejections', async () => {
    const served = await serveHere()
    await served.fill(tushare.daily, [dailyRow('600519.SH', '2024-01-02', 1_685)])
    const silent = await serveBadly(() => undefined)
    const program = fileURLToPath(new URL('./fixtures/strategy.ts', import.meta.url))
    let doneAt = 0
    const running = promisify(execFile)(process.execPath, [program, served.url, silent.url], { timeout: 20_000 })
    running.child.stdout?.on('data', (text) => {
      if (String(text).includes('done')) doneAt = performance.now()
    })
    const { stdout, stderr } = await running
    const lingered = performance.now() - doneAt
    expect(stderr).toBe('')
    expect(stdout.trim().split('\n')).toEqual([
      'rows 1',
      'batch 1',
      'calendar OUT_OF_CALENDAR',
      'refused INVALID_INPUT',
      'aborted CANCELLED',
      'late CALL_TIMEOUT',
      'late CALL_TIMEOUT',
      'done',
    ])
    expect(lingered).toBeLessThan(1_000)
    await expect.poll(() => silent.sockets.size).toBe(0)
  })
})

describe('in a browser', () => {
  const resolve = createRequire(import.meta.url).resolve

  /** The import specifiers of a file of the built packages. */
  function importsOf(file: string): string[] {
    const source = readFileSync(file, 'utf8')
    return Array.from(source.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g), ([, name]) => name ?? '')
  }

  /** All imports, file by file, resolved as a browser's bundler does. */
  function reachedFrom(entry: string): Map<string, string[]> {
    const root = join(dirname(resolve('@stockdb/client/package.json')))
    const { imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      imports: Record<string, { default: string }>
    }
    const reached = new Map<string, string[]>()
    const waiting = [entry]
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      if (reached.has(file)) continue
      const names = importsOf(file)
      reached.set(file, names)
      for (const name of names) {
        if (name.startsWith('.')) waiting.push(join(dirname(file), name))
        else if (name.startsWith('#')) waiting.push(join(root, imports[name]?.default ?? 'missing'))
        else if (name.startsWith('@stockdb/')) waiting.push(resolve(name))
      }
    }
    return reached
  }

  it('nothing from Node is imported', () => {
    const reached = reachedFrom(resolve('@stockdb/client'))
    expect([...reached.keys()].some((file) => file.includes('contract'))).toBe(true)
    expect(reached.size).toBeGreaterThan(20)
    const others = new Set([...reached.values()].flat().filter((name) => !/^[.#]|^@stockdb\//.test(name)))
    expect([...others].sort()).toEqual([
      '@trpc/client',
      '@trpc/server/observable',
      '@uwdata/flechette',
      'eventsource-parser',
      'flatbuffers',
      'kysely',
    ])
  })

  it('db.query works without require, with which Node loads Kysely on first use', async () => {
    const served = await serveHere()
    await served.fill(tushare.daily, [dailyRow('600519.SH', '2024-01-02', 1_685)])
    const builtin = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
    try {
      const db = await connect(served.url)
      expect(builtin).toHaveBeenCalled()
      expect(db.query).toBe(db.query)
      expect(await db.query.selectFrom('daily').select('close').execute()).toEqual([{ close: 1_685 }])
    } finally {
      builtin.mockRestore()
    }
  })
})
