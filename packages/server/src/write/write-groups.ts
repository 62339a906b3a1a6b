import { AsyncLocalStorage } from 'node:async_hooks'
import type { UpsertResult } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import type { Semaphore } from '../bounds/semaphore.ts'
import { detached } from '../engine/detached.ts'
import type { Engine, WriteTransaction } from '../engine/engine.ts'
import { CallClock, currentCallerName, spending } from '../telemetry/running-call.ts'
import { finishWrites, type WrittenRows } from './finish-writes.ts'
import { claimNewKeys, type WriteKey } from './idempotency.ts'

/** Rows of a write that shares a transaction, and of all its writes. */
export const MAX_ROWS_TOGETHER = 512
const [GROUP_WRITES, GROUP_ROWS] = [64, 4_096]
/** How long newcomers wait for the running group to end before they form another one. */
const PATIENCE_MS = 100
/** How long one write of a group may take: longer, and it waits for a lock, and keeps the others from their commit. */
const STEP_MS = 1_000
/** How long each write stands alone after a group had to be given up. */
const PAUSE_MS = 1_000

/** Groups count as one caller, because each has writes of several. */
const GROUP = ''
/** A group waits for its place on behalf of all that come meanwhile; the queue has a limit of time. */
const NEVER = new AbortController().signal

/** A write of few rows, which are checked, as it takes part in a transaction with others. */
export interface SmallWrite {
  readonly key: WriteKey | undefined
  readonly rows: number
  readonly signal: AbortSignal
  /** Writes its rows. */
  write(transaction: WriteTransaction): Promise<WrittenRows>
  /** Carries it out in a transaction of its own, for which a place is taken. */
  alone(): Promise<UpsertResult>
}

interface Entry {
  readonly write: SmallWrite
  readonly settle: (result: Promise<UpsertResult>) => void
  /** Counts how long its call waits for the others of the group, and for the database. */
  readonly clock: CallClock
  /** Runs something as part of its call. */
  readonly inCall: <Result>(act: () => Result) => Result
}

/** A group was given up before its commit, so nothing of it was written. */
class GivenUp extends Error {}

/**
 * Commits small writes of the same moment together: those that come while a transaction is under way share the next one. Each
 * has its own counts, number and key, in order, as if they had followed each other. A group in which one fails is taken back,
 * and each of its writes then stands alone, so that none suffers from another.
 */
export class WriteGroups {
  readonly #engine: Engine
  readonly #slots: Semaphore
  readonly #waiting = new Set<Entry>()
  /** The group for whose end newcomers wait. */
  #current: object | undefined
  #aloneUntil = 0

  /** `slots`: the places among the writes; each group takes one. */
  constructor(engine: Engine, slots: Semaphore) {
    this.#engine = engine
    this.#slots = slots
  }

  /** Rejects with `WRITE_OUTCOME_UNKNOWN` if the connection is lost in the commit, or the caller leaves meanwhile. */
  async run(write: SmallWrite): Promise<UpsertResult> {
    if (performance.now() < this.#aloneUntil) return this.#alone(write)
    const { signal } = write
    signal.throwIfAborted()
    const { promise, resolve } = Promise.withResolvers<UpsertResult>()
    const clock = new CallClock('queueMs')
    const settle = (result: Promise<UpsertResult>): void => {
      clock.goOn(undefined)
      // A caller that left already has its error: an unhandled rejection would end the process.
      result.catch(() => {})
      resolve(result)
    }
    const entry: Entry = { write, settle, clock, inCall: AsyncLocalStorage.snapshot() }
    const onAbort = (): void => {
      // One that joined a group gets its outcome there.
      if (this.#waiting.delete(entry)) settle(Promise.reject(signal.reason))
    }
    signal.addEventListener('abort', onAbort)
    this.#waiting.add(entry)
    detached(() => this.#next())
    return promise.finally(() => signal.removeEventListener('abort', onAbort))
  }

  /** Begins the next group, unless newcomers still wait for one. */
  async #next(): Promise<void> {
    if (this.#current || this.#waiting.size === 0) return
    const current = {}
    this.#current = current
    let timer: NodeJS.Timeout | undefined
    const pass = (): void => {
      clearTimeout(timer)
      if (this.#current !== current) return
      this.#current = undefined
      this.#next()
    }
    try {
      await this.#slots.acquire(NEVER, GROUP)
    } catch (error) {
      for (const { settle } of this.#waiting) settle(Promise.reject(error))
      this.#waiting.clear()
      return pass()
    }
    const group = this.#take()
    timer = setTimeout(pass, PATIENCE_MS)
    try {
      await this.#carryOut(group)
    } finally {
      pass()
    }
  }

  async #alone({ signal, alone }: SmallWrite): Promise<UpsertResult> {
    const caller = currentCallerName()
    await spending('queueMs', () => this.#slots.acquire(signal, caller))
    try {
      return await alone()
    } finally {
      this.#slots.release(caller)
    }
  }

  /** The next group, with different keys: a repeat of a write waits for the outcome of the first. */
  #take(): readonly Entry[] {
    const group: Entry[] = []
    const keys = new Set<string>()
    let rows = 0
    for (const entry of this.#waiting) {
      const { write } = entry
      const key = write.key && JSON.stringify([write.key.token, write.key.key])
      if (group.length === GROUP_WRITES || rows + write.rows > GROUP_ROWS) break
      if (key !== undefined && keys.has(key)) continue
      group.push(entry)
      this.#waiting.delete(entry)
      rows += write.rows
      if (key !== undefined) keys.add(key)
    }
    return group
  }

  /** Settles every write of a group in the slot that was taken for it, and releases the slot. Never rejects. */
  async #carryOut(group: readonly Entry[]): Promise<void> {
    const [first] = group
    try {
      if (group.length === 1 && first) {
        const result = first.inCall(() => first.write.alone())
        // From here it counts its time itself.
        first.settle(result)
        await result.catch(() => {})
      }
      if (!first || group.length === 1 || (await first.inCall(() => this.#together(group)))) return
    } finally {
      this.#slots.release(GROUP)
    }
    this.#aloneUntil = performance.now() + PAUSE_MS
    for (const { write, settle, inCall } of group) settle(inCall(() => this.#alone(write)))
  }

  /** False if nothing was written, because one of them failed, left or took too long. */
  async #together(group: readonly Entry[]): Promise<boolean> {
    const stop = new AbortController()
    let commits = false
    let left = 0
    const leave = ({ write, settle }: Entry): void => {
      if (commits) {
        settle(Promise.reject(unknownOutcome(write.signal.reason)))
        if (++left === group.length) stop.abort(write.signal.reason)
      } else stop.abort(new GivenUp('a caller left'))
    }
    const leavers = group.map((entry) => [entry.write.signal, () => leave(entry)] as const)
    for (const [signal, onAbort] of leavers) signal.addEventListener('abort', onAbort)
    if (group.some(({ write }) => write.signal.aborted)) stop.abort(new GivenUp('a caller left'))
    try {
      const results = await this.#transact(group, stop, () => {
        commits = true
      })
      for (const [at, { settle }] of group.entries()) settle(Promise.resolve(results[at] as UpsertResult))
      return true
    } catch (error) {
      if (!(error instanceof StockdbError && error.code === 'WRITE_OUTCOME_UNKNOWN')) return false
      for (const { settle } of group) settle(Promise.reject(error))
      return true
    } finally {
      for (const [signal, onAbort] of leavers) signal.removeEventListener('abort', onAbort)
    }
  }

  async #transact(group: readonly Entry[], stop: AbortController, beforeCommit: () => void): Promise<UpsertResult[]> {
    const transaction = await this.#engine.begin(stop.signal)
    // Each waits for the whole of it.
    for (const { clock } of group) clock.goOn('databaseMs')
    const timer = detached(() => setTimeout(() => stop.abort(new GivenUp('it took too long')), STEP_MS))
    try {
      const keys = group.flatMap(({ write }) => write.key ?? [])
      if (!(await claimNewKeys(transaction, keys))) throw new GivenUp('a key was used before')
      const written: WrittenRows[] = []
      for (const { write } of group) {
        timer.refresh()
        written.push(await write.write(transaction))
      }
      timer.refresh()
      const results = await finishWrites(this.#engine.dialect, transaction, written)
      stop.signal.throwIfAborted()
      clearTimeout(timer)
      beforeCommit()
      await transaction.commit()
      return results
    } catch (error) {
      clearTimeout(timer)
      await transaction.rollback()
      throw error
    }
  }
}

const unknownOutcome = (cause: unknown): StockdbError =>
  new StockdbError(
    'WRITE_OUTCOME_UNKNOWN',
    'the call ended during the commit, which may have taken effect; it is safe to write again',
    { cause },
  )
