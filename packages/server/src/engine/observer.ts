/** A statement that is read, for observers. */
interface Statement {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/** Times one read, from the wish for a connection to its last row. */
export interface ReadTimer {
  /** There is a connection; what follows is the database's time. */
  start(): void
  /** A batch was handed on: until `resume` the time is not the database's. */
  pause(): void
  resume(): void
  /** The read is over, or failed. */
  stop(): void
}

/**
 * Who watches what an engine does, and for whom: handed in where the engine is opened, so that engines know nothing of logs,
 * metrics and traces.
 */
export interface ReadObserver {
  /** A read of the call under way is asked for. `planned` is false where nobody may ask the database how it goes about it. */
  read(statement: Statement, planned?: boolean): ReadTimer
  /** Who made the call under way, for queues that are fair; empty where there is none. */
  callerName(): string
  /** For work of the call under way in later turns of the event loop: says, each time, that such work follows. */
  worker(): () => void
}

/** The part of a log that engines write to. */
export interface EngineLog {
  warn(message: string): void
  warn(details: object, message: string): void
}

const nothing = (): void => {}
const noTimer: ReadTimer = { start: nothing, pause: nothing, resume: nothing, stop: nothing }

/** Nobody watches. */
export const noObserver: ReadObserver = { read: () => noTimer, callerName: () => '', worker: () => nothing }
