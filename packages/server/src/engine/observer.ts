/** A statement, as shown to observers. */
interface Statement {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/** Times one read, from requesting a connection to the last row. */
export interface ReadTimer {
  /** A connection was obtained; the following time is the database's. */
  start(): void
  /** A batch was delivered: until `resume` the time is not the database's. */
  pause(): void
  resume(): void
  /** The read ended or failed. */
  stop(): void
}

/**
 * Observes an engine's work and attributes it to calls; passed in when the engine is opened, so that engines do not
 * depend on logs, metrics and traces.
 */
export interface ReadObserver {
  /** The current call requests a read. `planned` is false if the database must not be asked for its plan. */
  read(statement: Statement, planned?: boolean): ReadTimer
  /** The caller of the current call, for fair queues; empty without a call. */
  callerName(): string
  /** Returns a function that attributes later event loop turns to the current call. */
  worker(): () => void
}

/** The part of a log that engines write to. */
export interface EngineLog {
  warn(message: string): void
  warn(details: object, message: string): void
}

const nothing = (): void => {}
const noTimer: ReadTimer = { start: nothing, pause: nothing, resume: nothing, stop: nothing }

/** An observer that does nothing. */
export const noObserver: ReadObserver = { read: () => noTimer, callerName: () => '', worker: () => nothing }
