import type * as drivers from '../../src/engine/drivers.ts'
import { mysql } from './engines/mysql.ts'
import { sqlite } from './engines/sqlite.ts'
import type { TestEngine } from './engines/test-engine.ts'

/** The engines of the registry, by the schemes of their addresses. */
export type EngineName = keyof typeof drivers

/** Every engine of the registry, for the tests: one that is missing is an error of the compiler. */
export const engines: Readonly<Record<EngineName, TestEngine>> = { mysql, sqlite }

export const engineOf = (address: string): EngineName => address.slice(0, address.indexOf(':')) as EngineName

/** What a test needs of each engine in its own form, such as a statement in its dialect. */
export const byEngine = <Value>(address: string, values: Readonly<Record<EngineName, Value>>): Value =>
  values[engineOf(address)]
