import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultBounds } from '../../../src/bounds/settings.ts'
import { DuckdbFile } from '../../../src/engine/duckdb/file.ts'
import { rowsOf } from '../../../src/engine/duckdb/statements.ts'
import type { TestEngine } from './test-engine.ts'

export const duckdb: TestEngine = {
  makers: [
    {
      engine: 'DuckDB',
      open: async () => {
        const folder = await mkdtemp(join(tmpdir(), 'stockdb-test-'))
        return {
          address: `duckdb:${join(folder, 'test.duckdb')}`,
          drop: () => rm(folder, { recursive: true, force: true }),
        }
      },
    },
  ],
  // In this process, which must open the file once: another one could not open it beside a server.
  run: async (address, statements) => {
    const file = DuckdbFile.of(address.slice('duckdb:'.length), defaultBounds)
    try {
      // What only reads must not count as a write, by which answers in memory are dropped.
      const lease = await file.lease(
        statements.every((statement) => /^\s*select\b/i.test(statement)) ? 'read' : 'write',
      )
      try {
        let rows: unknown[][] = []
        // Tests quote names as MySQL does, which SQLite also takes.
        for (const statement of statements) rows = await rowsOf(lease.connection, statement.replaceAll('`', '"'))
        return rows
      } finally {
        lease.discard()
      }
    } finally {
      await file.close()
    }
  },
}
