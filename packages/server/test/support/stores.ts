import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase } from '@stockdb/testing/database'
import { inject } from 'vitest'

/** An empty database of one test file, on either engine. */
export interface Store {
  /** What `--database` takes. */
  readonly address: string
  drop(): Promise<void>
}

/** Somewhere to make stores. */
export interface StoreMaker {
  /** For the names of tests; addresses may hold passwords. */
  readonly engine: string
  open(): Promise<Store>
}

/** The database servers of this run. */
export const mysqlMakers: readonly StoreMaker[] = inject('mysqlServers').map((server, index) => ({
  engine: `database server ${index}`,
  open: async () => {
    const { url, drop } = await createDatabase(server)
    return { address: url, drop }
  },
}))

export const sqliteMaker: StoreMaker = {
  engine: 'SQLite',
  open: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stockdb-test-'))
    return {
      address: `sqlite:${join(folder, 'test.sqlite')}`,
      drop: () => rm(folder, { recursive: true, force: true }),
    }
  },
}

export const allMakers: readonly StoreMaker[] = [...mysqlMakers, sqliteMaker]
