import type { Bounds } from '../bounds/settings.ts'
import type { Accounts } from './accounts.ts'
import type { AdHoc, FieldOfColumn } from './ad-hoc.ts'
import type { Commits } from './commits.ts'
import type { Engine } from './engine.ts'
import type { Introspector } from './introspector.ts'
import type { EngineLog, ReadObserver } from './observer.ts'

/** Options of all engines; each uses those that apply to it. */
export interface EngineOptions {
  readonly bounds: Bounds
  readonly log: EngineLog
  /** Observer of its reads. */
  readonly observer: ReadObserver
  /** Notified of its commits; its own listeners by default. Shared by the engines of one database. */
  readonly commits?: Commits | undefined
}

/** A kind of database: the form of its addresses, and how to open them. */
export interface Driver {
  /** The form of an address, for messages: `mysql://user:password@host:port/database`. */
  readonly form: string
  /**
   * The problem with an address of its scheme, such as `names no database`, or `undefined`. May throw a more specific
   * `TypeError`, which never repeats the address, because it may hold a password.
   */
  problemWith(address: string): string | undefined
  /** The file of an address; `undefined` if databases of this kind are not files. */
  fileOf(address: string): string | undefined
  /** Whether a process that serves a database has its file for itself, so that others write through it. */
  readonly locksFile: boolean
  /** The accounts that the server needs; `undefined` if the database has no accounts. */
  readonly accounts: Accounts | undefined
  /** Whether a statement can name tables of other databases of the same server, in the same transaction. */
  readonly hasSchemas: boolean
  openEngine(address: string, options: EngineOptions): Engine
  /** Opens a runner for callers' own statements. */
  openAdHoc(address: string, options: EngineOptions, fieldOf: FieldOfColumn): AdHoc
  /** Opens the database read-only for introspection. */
  openIntrospector(address: string): Introspector
}
