import type { StockdbError } from '@stockdb/contract/wire'
import type { Semaphore } from '../../../bounds/semaphore.ts'
import type { ReadBatch, ReadQuery } from '../../engine.ts'
import { type HeldStates, snapshotExpired } from '../../held-states.ts'
import type { ReadObserver } from '../../observer.ts'
import { WorkTime } from '../../work-time.ts'
import { translateSqliteError } from '../errors.ts'
import type { SqliteFile } from '../file.ts'
import { translateQueryError } from '../query-errors.ts'
import { tooLong, toSqlite } from '../reader.ts'
import { askChunks } from './ask-chunks.ts'
import { type ChildRequest, requestedFile } from './messages.ts'
import type { StatementProcesses } from './processes.ts'
import type { StatementProcess } from './statement-process.ts'

/** Dependencies of reads in subprocesses. */
export interface Apart {
  readonly file: SqliteFile
  readonly slots: Semaphore
  readonly processes: StatementProcesses<'batches'>
  readonly statementTimeoutMs: number
  readonly maxSnapshotAgeMs: number
  readonly held: HeldStates
  readonly observer: ReadObserver
  /** Throws if one of the query's tables has changed. */
  checkSchema(query: ReadQuery): void
}

/**
 * Runs a select that may work long before its first row in a subprocess, which reads a batch on request. The subprocess
 * is killed if `signal` fires, at the time limit, or if the iteration is left early; otherwise it is kept.
 */
export async function* readInSubprocess(
  subprocess: Apart,
  query: ReadQuery,
  signal: AbortSignal,
): AsyncGenerator<ReadBatch> {
  const { slots, processes, maxSnapshotAgeMs, held } = subprocess
  const clock = subprocess.observer.read(query)
  await slots.acquire(signal).catch((error: unknown) => {
    clock.stop()
    throw error
  })
  clock.start()
  const state = held.hold()
  const late = new AbortController()
  state.expire = (reason) => late.abort(reason)
  const waitTime = new WorkTime(maxSnapshotAgeMs, () => late.abort(snapshotExpired(maxSnapshotAgeMs)))
  waitTime.pause()
  let process: StatementProcess<'batches'> | undefined
  let open = true
  const end = (how: 'give back' | 'kill'): void => {
    if (!open) return
    open = false
    waitTime.pause()
    held.letGo(state)
    if (process && how === 'give back') processes.giveBack(process)
    else process?.kill()
    slots.release()
  }
  try {
    process = processes.take()
    const lease: Lease = { process, ended: () => end('give back'), broken: () => end('kill') }
    for await (const part of readIn(lease, subprocess, query, AbortSignal.any([signal, late.signal]))) {
      clock.pause()
      if (!part.last) waitTime.resume()
      yield part
      waitTime.pause()
      clock.resume()
    }
  } finally {
    clock.stop()
    end('kill')
  }
}

/** A leased subprocess of a read, and how to return it. */
export interface Lease {
  readonly process: StatementProcess<'batches'>
  /** The statement is finished. */
  ended(): void
  /** The read was cancelled in the middle. */
  broken(): void
}

/** Runs a select in a subprocess. `transaction` keeps one state of the file until its last read. */
export async function* readIn(
  lease: Lease,
  { file, statementTimeoutMs, checkSchema, observer }: Apart,
  query: ReadQuery,
  signal: AbortSignal,
  transaction?: ChildRequest['transaction'],
): AsyncGenerator<ReadBatch> {
  let isFirst = true
  let open = true
  const end = (how: 'ended' | 'broken'): void => {
    if (open) lease[how]()
    open = false
  }
  // Also while no request is pending: the consumer may take long over a batch.
  const onAbort = (): void => end('broken')
  signal.addEventListener('abort', onAbort)
  try {
    signal.throwIfAborted()
    const parameters = query.parameters.map(toSqlite)
    const request: ChildRequest = {
      ...requestedFile(file),
      ...{ sql: query.sql, parameters, columns: query.columns },
      ...(transaction && { transaction }),
    }
    const timeout = { timeoutMs: statementTimeoutMs, late: tooLong }
    const translate = (error: unknown): StockdbError => {
      end('ended')
      return query.ofCaller ? translateQueryError(error) : translateSqliteError(error)
    }
    for await (const part of askChunks(lease.process, request, signal, timeout, translate, observer.worker())) {
      // The schema version is now that of the statement, or later.
      if (isFirst) checkSchema(query)
      isFirst = false
      if (part.last) end('ended')
      yield part
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    end('broken')
  }
}
