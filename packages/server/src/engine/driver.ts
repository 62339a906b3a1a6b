import type { Bounds } from '../bounds/settings.ts'
import type { Accounts } from './accounts.ts'
import type { AdHoc, FieldOfColumn } from './ad-hoc.ts'
import type { Engine } from './engine.ts'
import type { Introspector } from './introspector.ts'
import type { EngineLog, ReadObserver } from './observer.ts'

/** What every engine is opened with; each takes from it what concerns it. */
export interface EngineOptions {
  readonly bounds: Bounds
  readonly log: EngineLog
  /** Who watches its reads. */
  readonly observer: ReadObserver
}

/** One kind of database: what its addresses look like, and how what they name is opened. */
export interface Driver {
  /** How an address is written, for people: `mysql://user:password@host:port/database`. */
  readonly form: string
  /**
   * What is wrong with an address of its scheme, such as `names no database`; `undefined` if nothing is. Throws a `TypeError`
   * that says more, but never repeats the address: it may hold a password.
   */
  problemWith(address: string): string | undefined
  /** The file that an address names; `undefined` where databases of this kind are no files. */
  fileOf(address: string): string | undefined
  /** The accounts that the server needs; `undefined` where the database has no accounts. */
  readonly accounts: Accounts | undefined
  openEngine(address: string, options: EngineOptions): Engine
  /** Opens what runs callers' own statements. */
  openAdHoc(address: string, options: EngineOptions, fieldOf: FieldOfColumn): AdHoc
  /** Opens the database to look around in it, and never to make or change anything. */
  openIntrospector(address: string): Introspector
}
