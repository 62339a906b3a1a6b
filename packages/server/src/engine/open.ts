import { type Bounds, defaultBounds } from '../bounds/settings.ts'
import type { Accounts } from './accounts.ts'
import type { AdHoc, FieldOfColumn } from './ad-hoc.ts'
import type { Driver, EngineOptions } from './driver.ts'
import * as registered from './drivers.ts'
import type { Engine } from './engine.ts'
import type { Introspector } from './introspector.ts'
import { type EngineLog, noObserver, type ReadObserver } from './observer.ts'

const drivers: Readonly<Record<string, Driver>> = registered

/** How addresses are written, for people. */
export const ADDRESS_FORMS = Object.values(drivers)
  .map(({ form }) => form)
  .join(' or ')

/**
 * The driver of the database that an address names, by its scheme; the address is checked. Throws a `TypeError` that does
 * not repeat it, because it may hold a password.
 */
function driverOf(address: string): Driver {
  const scheme = /^([a-z][a-z\d+.-]*):/i.exec(address)?.[1]?.toLowerCase() ?? ''
  const driver = Object.hasOwn(drivers, scheme) ? drivers[scheme] : undefined
  const problem = driver ? driver.problemWith(address) : 'is not one'
  if (!driver || problem !== undefined)
    throw new TypeError(`the database address ${problem}; expected ${ADDRESS_FORMS}`)
  return driver
}

/** How the accounts of the database that an address names are made; throws what {@link openEngine} throws. */
export function accountsOf(address: string): Accounts {
  const { accounts } = driverOf(address)
  if (accounts) return accounts
  const forms = Object.values(drivers).flatMap(({ accounts, form }) => (accounts ? [form] : []))
  throw new TypeError(`the database has no accounts; expected ${forms.join(' or ')}`)
}

/** Opens the engine that an address names. Throws a `TypeError` for an address that is not valid. */
export function openEngine(
  address: string,
  log: EngineLog,
  bounds: Bounds = defaultBounds,
  observer: ReadObserver = noObserver,
): Engine {
  return driverOf(address).openEngine(address, { bounds, log, observer })
}

/** The file that an address names; `undefined` for a database that is no file. Throws what {@link openEngine} throws. */
export function databaseFileOf(address: string): string | undefined {
  return driverOf(address).fileOf(address)
}

/** Opens what runs callers' own statements on the database that an address names; throws what {@link openEngine} throws. */
export function openAdHoc(address: string, options: EngineOptions, fieldOf: FieldOfColumn): AdHoc {
  return driverOf(address).openAdHoc(address, options, fieldOf)
}

/** Opens the database that an address names, to look around in it; throws what {@link openEngine} throws. */
export function openIntrospector(address: string): Introspector {
  return driverOf(address).openIntrospector(address)
}
