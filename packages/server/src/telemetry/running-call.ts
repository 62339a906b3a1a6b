import { AsyncLocalStorage } from 'node:async_hooks'
import type { PlanExplanation } from '@stockdb/contract/wire'
import type { ReadObserver, ReadTimer } from '../engine/observer.ts'

/** Reads of one call that are recorded individually; further ones only count in its times. */
const MAX_READS = 8

/**
 * How the time of a call was spent, in milliseconds. The rest of the total is the server's own work: checks,
 * adjustment, encoding.
 */
export interface CallTimes {
  /** Waiting for admission, and for a database connection. */
  queueMs: number
  /** Waiting for rows and reading them; of a write, for what the database does. Concurrent reads each count. */
  databaseMs: number
  /** Waiting for the caller to take the answer. */
  socketMs: number
}

/** What the server knows about a running call. */
export interface RunningCall {
  readonly requestId: string
  /** As the caller wrote it. */
  readonly path: string
  /** A name that the server knows: a procedure, `batch`, a path such as `/healthz`, or `unknown`. */
  readonly procedure: string
  readonly caller: { readonly name: string }
  readonly subscription: boolean
  readonly method: string
  /** Of the HTTP answer. */
  readonly status: number
  /** Headers of the request, which may carry a trace context. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** In `performance.now()` time. */
  readonly startedAt: number
  readonly counts: {
    readonly rows: number
    /** Of a write: how many rows it inserted, changed, left unchanged or deleted. */
    readonly written?: Readonly<Record<string, number>>
  }
  /** Bytes of the answer so far, and those that the caller has not taken yet. */
  readonly bytes: number
  readonly bytesInFlight: number
  readonly times: CallTimes
  readonly reads: ReadClock[]
  /** The plan of the answer, with or without the call's values; one per planned procedure. */
  readonly plans: readonly ((options: { readonly values: boolean }) => PlanExplanation)[]
}

/** The running calls of a server, in the order of their beginning. */
export interface RunningCalls extends Iterable<RunningCall> {
  readonly size: number
}

const calls = new AsyncLocalStorage<RunningCall | undefined>()

/** Called when work for another call starts or ends, as far as it starts in our code. */
type WorkWatcher = (call: RunningCall | undefined) => void
let watcher: WorkWatcher | undefined

/** Sets the listener, or removes it; there is one at a time. */
export function watchWork(next: WorkWatcher | undefined): void {
  watcher = next
}

/** The call on whose behalf this runs, if any. */
export function currentCall(): RunningCall | undefined {
  return calls.getStore()
}

/** The caller of that call; empty if there is none. */
export function currentCallerName(): string {
  return currentCall()?.caller.name ?? ''
}

/** Runs a function, and everything that follows from it, on behalf of a call. */
export function onBehalfOf<Result>(call: RunningCall | undefined, act: () => Result): Result {
  if (!watcher) return calls.run(call, act)
  watcher(call)
  try {
    return calls.run(call, act)
  } finally {
    watcher?.(calls.getStore())
  }
}

/** What the time of a call may be spent on while it runs. */
type SpentOn = 'queueMs' | 'databaseMs' | undefined

/** Adds to the times of the current call. */
export class CallClock {
  readonly #call = currentCall()
  #spentOn: SpentOn
  #since = performance.now()

  constructor(spentOn: SpentOn) {
    this.#spentOn = spentOn
  }

  /** What the following time is spent on; `undefined` for what this clock does not count. Returns the time. */
  goOn(spentOn: SpentOn): number {
    const now = performance.now()
    if (this.#call && this.#spentOn) this.#call.times[this.#spentOn] += now - this.#since
    this.#spentOn = spentOn
    this.#since = now
    return now
  }
}

/** Counts the time of an action as what the current call spends it on. */
export async function spending<Result>(on: SpentOn, act: () => Promise<Result>): Promise<Result> {
  const clock = new CallClock(on)
  try {
    return await act()
  } finally {
    clock.goOn(undefined)
  }
}

/** Times one read of the current call, from the request for a connection to its last row. */
export class ReadClock implements ReadTimer {
  readonly sql: string
  readonly parameters: readonly unknown[]
  /** Whether the slow log may ask the database for its plan. */
  readonly planned: boolean
  readonly askedAt = performance.now()
  /** When the connection was available; undefined until then. */
  startedAt: number | undefined
  endedAt: number | undefined
  readonly #clock = new CallClock('queueMs')

  constructor({ sql, parameters }: { readonly sql: string; readonly parameters: readonly unknown[] }, planned = true) {
    this.sql = sql
    this.parameters = parameters
    this.planned = planned
    const reads = currentCall()?.reads
    if (reads && reads.length < MAX_READS) reads.push(this)
  }

  /** A connection is available; the following time is the database's. */
  start(): void {
    this.startedAt = this.#clock.goOn('databaseMs')
  }

  /** A batch was passed on: until `resume` the time is not the database's. */
  pause(): void {
    this.#clock.goOn(undefined)
  }

  resume(): void {
    this.#clock.goOn('databaseMs')
  }

  /** The read has ended or failed. */
  stop(): void {
    this.endedAt = this.#clock.goOn(undefined)
  }
}

/** Watches an engine's reads for the calls that ask for them. */
export const callObserver: ReadObserver = {
  read: (statement, planned) => new ReadClock(statement, planned),
  callerName: currentCallerName,
  worker: () => {
    const call = currentCall()
    // The event loop cannot know which call an event of a shared connection is for.
    return () => watcher?.(call)
  },
}
