import { type Bounds, defaultBounds } from '../bounds/settings.ts'
import type { Accounts } from './accounts.ts'
import type { AdHoc, FieldOfColumn } from './ad-hoc.ts'
import type { Commits } from './commits.ts'
import type { Driver, EngineOptions } from './driver.ts'
import * as registered from './drivers.ts'
import type { Engine } from './engine.ts'
import type { Introspector } from './introspector.ts'
import { type EngineLog, noObserver, type ReadObserver } from './observer.ts'

const drivers: Readonly<Record<string, Driver>> = registered

/** The forms of addresses, for messages. */
export const ADDRESS_FORMS = Object.values(drivers)
  .map(({ form }) => form)
  .join(' or ')

/**
 * The driver for an address, by its scheme, after checking the address. Throws a `TypeError` that does not repeat it,
 * because it may hold a password.
 */
function driverOf(address: string): Driver {
  const scheme = /^([a-z][a-z\d+.-]*):/i.exec(address)?.[1]?.toLowerCase() ?? ''
  const driver = Object.hasOwn(drivers, scheme) ? drivers[scheme] : undefined
  const problem = driver ? driver.problemWith(address) : 'is not valid'
  if (!driver || problem !== undefined)
    throw new TypeError(`the database address ${problem}; expected ${ADDRESS_FORMS}`)
  return driver
}

/** How to create accounts in the database at an address; throws like {@link openEngine}. */
export function accountsOf(address: string): Accounts {
  const { accounts } = driverOf(address)
  if (accounts) return accounts
  const forms = Object.values(drivers).flatMap(({ accounts, form }) => (accounts ? [form] : []))
  throw new TypeError(`the database has no accounts; expected ${forms.join(' or ')}`)
}

/** Throws a `TypeError` for a server without other databases whose tables a statement can name; else like {@link openEngine}. */
export function requireSchemas(address: string): void {
  if (driverOf(address).hasSchemas) return
  const forms = Object.values(drivers).flatMap(({ hasSchemas, form }) => (hasSchemas ? [form] : []))
  throw new TypeError(
    `the database is a single file; expected ${forms.join(' or ')}, or --factor-prefix, which names tables within the file`,
  )
}

/**
 * Opens the engine for an address. Throws a `TypeError` for an invalid address.
 *
 * @internal
 */
export function openEngine(
  address: string,
  log: EngineLog,
  bounds: Bounds = defaultBounds,
  observer: ReadObserver = noObserver,
  commits?: Commits,
): Engine {
  return driverOf(address).openEngine(address, { bounds, log, observer, commits })
}

/** The file of an address; `undefined` for a database that is not a file. Throws like {@link openEngine}. */
export function databaseFileOf(address: string): string | undefined {
  return driverOf(address).fileOf(address)
}

/** The file of an address that a server has for itself; `undefined` if other processes can write to it, too. */
export function lockedFileOf(address: string): string | undefined {
  const driver = driverOf(address)
  return driver.locksFile ? driver.fileOf(address) : undefined
}

/** Opens a runner for callers' own statements on the database at an address; throws like {@link openEngine}. */
export function openAdHoc(address: string, options: EngineOptions, fieldOf: FieldOfColumn): AdHoc {
  return driverOf(address).openAdHoc(address, options, fieldOf)
}

/** Opens the database at an address for introspection; throws like {@link openEngine}. */
export function openIntrospector(address: string): Introspector {
  return driverOf(address).openIntrospector(address)
}
