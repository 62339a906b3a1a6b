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
export const makersWithDuckdb: readonly StoreMaker[] = Object.values(engines).flatMap(({ makers }) => makers)

/** As {@link makersWithDuckdb}; DuckDB takes part in `npm run test:duckdb` alone, because that would take CI minutes. */
export const allMakers: readonly StoreMaker[] =
  process.env.STOCKDB_TEST_DUCKDB === 'all' ? makersWithDuckdb : indexedMakers
