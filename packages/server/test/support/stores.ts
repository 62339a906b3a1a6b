import type { StoreMaker } from './engines/test-engine.ts'
import { engines } from './engines.ts'

export type { Store, StoreMaker } from './engines/test-engine.ts'

export const mysqlMakers = engines.mysql.makers

export const sqliteMaker = engines.sqlite.makers[0] as StoreMaker

/** The engines that find rows by an index. */
export const indexedMakers: readonly StoreMaker[] = [...mysqlMakers, sqliteMaker]

/** The engines that run the SQL of callers. */
export const sqlMakers: readonly StoreMaker[] = [...indexedMakers]

/** Every engine of the registry, on every database server of this run. */
export const allMakers: readonly StoreMaker[] = Object.values(engines).flatMap(({ makers }) => makers)
