import type { SQLInputValue } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { StockdbError } from '@stockdb/contract'
import { ReadClock } from '../../telemetry/running-call.ts'
import { BatchBuilder } from '../batch-builder.ts'
import type { ReadBatch, ReadQuery } from '../engine.ts'
import { translateSqliteError } from './errors.ts'
import type { ReadHandles } from './handles.ts'
import { translateQueryError } from './query-errors.ts'

/** Longest stretch for which a read keeps the event loop to itself, in milliseconds. */
const SLICE_MS = 5
/** Rows between two looks at the clock. */
const CLOCK_ROWS = 256

/**
 * Runs a select and yields its rows in batches of typed arrays. SQLite works in this thread, so a read goes in slices
 * of a few milliseconds between which other calls are served and `signal` and the time that the read has taken are
 * looked at: what SQLite does before its first row, such as a sort, can not be interrupted. What may take long over it is
 * read by {@link readApart}.
 */
export async function* readSqlite(
  handles: ReadHandles,
  query: ReadQuery,
  signal: AbortSignal,
  statementTimeoutMs: number,
): AsyncGenerator<ReadBatch> {
  const clock = new ReadClock(query)
  const handle = await handles.acquire(signal).catch((error: unknown) => {
    clock.stop()
    throw error
  })
  clock.start()
  let rows: Iterator<unknown> | undefined
  try {
    const builder = new BatchBuilder(query.columns)
    const statement = handle.prepare(query.sql)
    statement.setReturnArrays(true)
    statement.setReadBigInts(query.columns.some(({ type }) => type === 'int64'))
    rows = statement.iterate(...query.parameters.map(toSqlite)) as Iterator<unknown>
    let workedMs = 0
    let sliceStart = performance.now()
    for (let count = 1; ; count++) {
      const { done, value } = rows.next()
      if (done) break
      // Declared as an object; with setReturnArrays it is the row's values.
      builder.push(value as unknown[])
      if (builder.full) {
        clock.pause()
        workedMs += performance.now() - sliceStart
        yield { batch: builder.take(), last: false }
        clock.resume()
        signal.throwIfAborted()
        sliceStart = performance.now()
      } else if (count % CLOCK_ROWS === 0 && performance.now() > sliceStart + SLICE_MS) {
        workedMs += performance.now() - sliceStart
        if (workedMs > statementTimeoutMs) throw tooLong(statementTimeoutMs)
        await setImmediate()
        signal.throwIfAborted()
        sliceStart = performance.now()
      }
    }
    clock.pause()
    yield { batch: builder.take(), last: true }
  } catch (error) {
    throw query.ofCaller ? translateQueryError(error) : translateSqliteError(error)
  } finally {
    clock.stop()
    // Resets the statement and with it the handle's snapshot.
    rows?.return?.()
    handles.release(handle)
  }
}

export function tooLong(statementTimeoutMs: number): StockdbError {
  const message = `the database worked longer than ${statementTimeoutMs} ms; ask for less at once`
  return new StockdbError('QUERY_TIMEOUT', message)
}

/** SQLite has no booleans; everything else is bound as it is. */
export function toSqlite(value: unknown): SQLInputValue {
  return typeof value === 'boolean' ? Number(value) : (value as SQLInputValue)
}
