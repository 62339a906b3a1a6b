import { drain } from './drain.ts'
import { kysely } from './kysely.ts'
import { mysql2 } from './mysql2.ts'
import { replaced } from './replaced.ts'
import type { Addresses, Side } from './side.ts'
import { clientCache, serverCache, stockdb, twoWorkers } from './stockdb.ts'

/** The ways to read the database that are compared. */
export const sides = {
  stockdb,
  serverCache,
  twoWorkers,
  clientCache,
  mysql2,
  kysely,
  drain,
  replaced,
} satisfies Record<string, (addresses: Addresses) => Promise<Side>>
export type SideName = keyof typeof sides
