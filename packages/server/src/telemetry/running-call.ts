import { AsyncLocalStorage } from 'node:async_hooks'
import type { PlanExplanation } from '@stockdb/contract/wire'
import type { ReadObserver, ReadTimer } from '../engine/observer.ts'

/** Reads of one call that are remembered one by one; further ones only count in its times. */
const MAX_READS = 8

/** Where the time of a call went, in milliseconds. What is left of the whole was the server's own work: checks, adjustment, encoding. */
export interface CallTimes {
  /** Waiting to be let in, and for a connection to the database. */
  queueMs: number
  /** Waiting for rows and reading them. Reads that run side by side each count. */
  databaseMs: number
  /** Waiting for the caller to take the answer. */
  socketMs: number
}

/** What the server knows of a call while it runs. */
export interface RunningCall {
  readonly requestId: string
  /** As the caller wrote it. */
  readonly path: string
  /** One of the names that the server itself knows: a procedure, `batch`, a path such as `/healthz`, or `unknown`. */
  readonly procedure: string
  readonly caller: { readonly name: string }
  readonly subscription: boolean
  readonly method: string
  /** Of the HTTP answer. */
  readonly status: number
  /** Of the request: the context of a trace may be among them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** On the clock of `performance.now()`. */
  readonly startedAt: number
  readonly tally: { readonly rows: number }
  /** Bytes of answer so far, and those of them that the caller has not taken yet. */
  readonly bytes: number
  readonly bytesInFlight: number
  readonly times: CallTimes
  readonly reads: ReadClock[]
  /** How the answer is made, with the call's values or without them; one for each procedure that is planned. */
  readonly plans: readonly ((options: { readonly values: boolean }) => PlanExplanation)[]
}

const calls = new AsyncLocalStorage<RunningCall | undefined>()

/** Told whenever the work of another call begins, or that of one ends, as far as it begins in code of our own. */
type WorkWatcher = (call: RunningCall | undefined) => void
let watcher: WorkWatcher | undefined

/** Sets who is told, or nobody; there is one at a time. */
export function watchWork(told: WorkWatcher | undefined): void {
  watcher = told
}

/** The call on whose behalf this runs, if any. */
export function currentCall(): RunningCall | undefined {
  return calls.getStore()
}

/** Who made that call; empty where there is none. */
function currentCallerName(): string {
  return currentCall()?.caller.name ?? ''
}

/** Runs something, and all that follows from it, on behalf of a call. */
export function onBehalfOf<Result>(call: RunningCall | undefined, act: () => Result): Result {
  if (!watcher) return calls.run(call, act)
  watcher(call)
  try {
    return calls.run(call, act)
  } finally {
    watcher?.(calls.getStore())
  }
}

/** Times one read of the current call, from the wish for a connection to its last row. */
export class ReadClock implements ReadTimer {
  readonly sql: string
  readonly parameters: readonly unknown[]
  /** Whether the slow log may ask the database how it goes about it. */
  readonly planned: boolean
  readonly askedAt = performance.now()
  /** When the connection was there; undefined as long as it is not. */
  startedAt: number | undefined
  endedAt: number | undefined
  readonly #call = currentCall()
  #spentOn: 'queueMs' | 'databaseMs' | undefined = 'queueMs'
  #since = this.askedAt

  constructor({ sql, parameters }: { readonly sql: string; readonly parameters: readonly unknown[] }, planned = true) {
    this.sql = sql
    this.parameters = parameters
    this.planned = planned
    if (this.#call && this.#call.reads.length < MAX_READS) this.#call.reads.push(this)
  }

  /** There is a connection; what follows is the database's time. */
  start(): void {
    this.#goOn('databaseMs')
    this.startedAt = this.#since
  }

  /** A batch was handed on: until `resume` the time is not the database's. */
  pause(): void {
    this.#goOn(undefined)
  }

  resume(): void {
    this.#goOn('databaseMs')
  }

  /** The read is over, or failed. */
  stop(): void {
    this.#goOn(undefined)
    this.endedAt = this.#since
  }

  #goOn(spentOn: 'queueMs' | 'databaseMs' | undefined): void {
    const now = performance.now()
    if (this.#call && this.#spentOn) this.#call.times[this.#spentOn] += now - this.#since
    this.#spentOn = spentOn
    this.#since = now
  }
}

/** Watches an engine's reads for the calls that ask for them. */
export const callObserver: ReadObserver = {
  read: (statement, planned) => new ReadClock(statement, planned),
  callerName: currentCallerName,
  worker: () => {
    const call = currentCall()
    // The loop itself cannot know whose work an event of a shared connection is.
    return () => watcher?.(call)
  },
}
