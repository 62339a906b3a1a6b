import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { realData } from '../src/real-data.ts'

describe('realData', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('is undefined when STOCKDB_REAL_DATA is not set or empty', () => {
    vi.stubEnv('STOCKDB_REAL_DATA', undefined)
    expect(realData()).toBeUndefined()
    vi.stubEnv('STOCKDB_REAL_DATA', '')
    expect(realData()).toBeUndefined()
  })

  it('is the folder if it has SOURCES.md, else an error', () => {
    const folder = mkdtempSync(join(tmpdir(), 'stockdb-real-data-'))
    try {
      vi.stubEnv('STOCKDB_REAL_DATA', folder)
      expect(() => realData()).toThrow('without SOURCES.md')
      writeFileSync(join(folder, 'SOURCES.md'), '')
      expect(realData()).toBe(folder)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
