import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { TestEngine } from './test-engine.ts'

export const sqlite: TestEngine = {
  makers: [
    {
      engine: 'SQLite',
      open: async () => {
        const folder = await mkdtemp(join(tmpdir(), 'stockdb-test-'))
        return {
          address: `sqlite:${join(folder, 'test.sqlite')}`,
          drop: () => rm(folder, { recursive: true, force: true }),
        }
      },
    },
  ],
  run: async (address, statements) => {
    const database = new DatabaseSync(address.slice('sqlite:'.length), { timeout: 10_000 })
    try {
      for (const statement of statements.slice(0, -1)) database.exec(statement)
      const last = database.prepare(statements.at(-1) ?? 'select 1')
      last.setReturnArrays(true)
      return last.all() as unknown as unknown[][]
    } finally {
      database.close()
    }
  },
}
