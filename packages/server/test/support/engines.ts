import type * as drivers from '../../src/engine/drivers.ts'
import { duckdb } from './engines/duckdb.ts'
import { mysql } from './engines/mysql.ts'
import { sqlite } from './engines/sqlite.ts'
import type { TestEngine } from './engines/test-engine.ts'

/** The registry's engines, by URL scheme. */
export type EngineName = keyof typeof drivers

/** Test support of every engine in the registry: a missing one is a compile error. */
export const engines: Readonly<Record<EngineName, TestEngine>> = { mysql, sqlite, duckdb }

export const engineOf = (address: string): EngineName => address.slice(0, address.indexOf(':')) as EngineName

/** The engines with `sql.run`; the others refuse it. */
export type SqlEngineName = Exclude<EngineName, 'duckdb'>

export const bySqlEngine = <Value>(address: string, values: Readonly<Record<SqlEngineName, Value>>): Value =>
  values[engineOf(address) as SqlEngineName]

/** A value for each engine, such as a statement in its dialect. */
export const byEngine = <Value>(address: string, values: Readonly<Record<EngineName, Value>>): Value =>
  values[engineOf(address)]
