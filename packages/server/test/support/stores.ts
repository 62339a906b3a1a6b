import { basename } from 'node:path'
import { expect } from 'vitest'
import type { StoreMaker } from './engines/test-engine.ts'
import { engines } from './engines.ts'
import { times } from './scale.ts'

export type { Store, StoreMaker } from './engines/test-engine.ts'

export const mysqlMakers = engines.mysql.makers

export const sqliteMaker = engines.sqlite.makers[0] as StoreMaker

/** The engines that find rows by an index. */
export const indexedMakers: readonly StoreMaker[] = [...mysqlMakers, sqliteMaker]

/** The engines whose databases several processes can write to: a server can start while another one imports. */
export const sharedMakers: readonly StoreMaker[] = [...indexedMakers]

/** The engines that run the SQL of callers. */
export const sqlMakers: readonly StoreMaker[] = [...indexedMakers]

/** Every engine of the registry, on every database server of this run. */
export const everyEngine: readonly StoreMaker[] = Object.values(engines).flatMap(({ makers }) => makers)

/** The engines that most tests run on: DuckDB takes part in `npm run test:duckdb` alone, because it would take CI minutes. */
export const enginesOfRun: readonly StoreMaker[] =
  process.env.STOCKDB_TEST_DUCKDB === 'all' ? everyEngine : indexedMakers

/** One of several makers: test files take turns by their names, so that each maker has its share. */
function oneOf(makers: readonly StoreMaker[]): readonly StoreMaker[] {
  const name = basename(expect.getState().testPath ?? '')
  const turn = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % makers.length
  return makers.filter((_, index) => index === turn)
}

/** One of the database servers: for what does not depend on the kind of server. All of them under `STOCKDB_FAULTS=full`. */
export const oneServer = times(oneOf(mysqlMakers), mysqlMakers)

/** One maker of each engine: for what a plan or an operator does, whatever the server. All of them under `STOCKDB_FAULTS=full`. */
export const oneOfEachEngine = times(
  [...oneOf(mysqlMakers), ...enginesOfRun.filter((maker) => !mysqlMakers.includes(maker))],
  enginesOfRun,
)
