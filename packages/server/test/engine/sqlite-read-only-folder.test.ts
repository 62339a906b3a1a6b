import { chmodSync, chownSync, copyFileSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createLog } from '@stockdb/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openEngine } from '../../src/engine/open.ts'
import { makeUserFile } from '../support/user-file.ts'

const NOBODY = 65_534
const folders: string[] = []

/** A file in a read-only folder. */
function makeLocked(mode: string, permissions: number, leave?: (file: string) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'stockdb-test-'))
  folders.push(folder)
  const file = join(folder, 'mine.db')
  makeUserFile(file, { mode })
  leave?.(file)
  for (const name of readdirSync(folder)) if (process.getuid?.() === 0) chownSync(join(folder, name), NOBODY, NOBODY)
  chmodSync(file, permissions)
  if (process.getuid?.() === 0) chownSync(folder, NOBODY, NOBODY)
  chmodSync(folder, 0o555)
  return file
}

async function countRows(file: string): Promise<number> {
  const engine = openEngine(`sqlite:${file}`, createLog('silent'))
  const columns = [{ name: 'close', type: 'float64', nullable: true }] as const
  try {
    let rows = 0
    const query = { sql: 'select close from bars', parameters: [], columns }
    for await (const { batch } of engine.read(query, new AbortController().signal)) rows += batch.numRows
    return rows
  } finally {
    await engine.close()
  }
}

describe('a SQLite file in a read-only folder', () => {
  let files: Record<'journal' | 'fixed' | 'changing' | 'crashed', string>
  beforeAll(() => {
    files = {
      journal: makeLocked('delete', 0o444),
      fixed: makeLocked('wal', 0o444),
      changing: makeLocked('wal', 0o644),
      crashed: makeLocked('wal', 0o444, (file) => {
        const database = new DatabaseSync(file)
        database.exec('insert into bars values (1, 2, 3)')
        copyFileSync(`${file}-wal`, `${file}-kept`)
        database.close()
        renameSync(`${file}-kept`, `${file}-wal`)
      }),
    }
    // Root may write to any folder; each test file runs in a separate process.
    if (process.getuid?.() === 0) process.setuid?.(NOBODY)
  })
  afterAll(() => {
    for (const folder of folders) {
      chmodSync(folder, 0o755)
      rmSync(join(folder, 'mine.db'))
      rmSync(join(folder, 'mine.db-wal'), { force: true })
    }
  })

  it.each(['journal', 'fixed'] as const)(
    'is read if nothing can change it, and no file is created beside it: %s',
    async (name) => {
      expect(await countRows(files[name])).toBe(3)
      expect(readdirSync(dirname(files[name]))).toEqual(['mine.db'])
    },
  )

  it.each(['changing', 'crashed'] as const)('is refused in WAL mode if its rows are not certain: %s', async (name) => {
    await expect(countRows(files[name])).rejects.toThrow(
      'cannot read the database file: it is in WAL mode, in a folder that stockdb may not write to',
    )
  })
})
