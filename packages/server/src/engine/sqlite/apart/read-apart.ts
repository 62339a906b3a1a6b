import type { StockdbError } from '@stockdb/contract'
import type { Slots } from '../../../bounds/slots.ts'
import { ReadClock } from '../../../telemetry/running-call.ts'
import type { ReadBatch, ReadQuery } from '../../engine.ts'
import { translateSqliteError } from '../errors.ts'
import { translateQueryError } from '../query-errors.ts'
import { tooLong, toSqlite } from '../reader.ts'
import { askParts } from './ask-parts.ts'
import type { Wish } from './messages.ts'
import type { StatementProcesses } from './processes.ts'
import type { StatementProcess } from './statement-process.ts'

/** What a read in a process of its own is made with. */
export interface Apart {
  readonly file: string
  readonly slots: Slots
  readonly processes: StatementProcesses<'batches'>
  readonly statementTimeoutMs: number
}

/**
 * Runs a select that may work long before its first row, in a process of its own, which reads a batch when it is asked
 * for one. It is killed when `signal` fires, when the time is over, and when the iteration is left early; else it is kept.
 */
export async function* readApart(
  { file, slots, processes, statementTimeoutMs }: Apart,
  query: ReadQuery,
  signal: AbortSignal,
): AsyncGenerator<ReadBatch> {
  const clock = new ReadClock(query)
  await slots.acquire(signal).catch((error: unknown) => {
    clock.stop()
    throw error
  })
  clock.start()
  let process: StatementProcess<'batches'> | undefined
  let ended = false
  const kill = (): void => process?.kill()
  // Also while nobody waits for the process: a reader may take long over a batch.
  signal.addEventListener('abort', kill)
  try {
    process = processes.take()
    const wish: Wish = { file, sql: query.sql, parameters: query.parameters.map(toSqlite), columns: query.columns }
    const patience = { timeoutMs: statementTimeoutMs, late: tooLong }
    const translate = (error: unknown): StockdbError => {
      // It has done with the statement.
      ended = true
      return query.ofCaller ? translateQueryError(error) : translateSqliteError(error)
    }
    for await (const part of askParts(process, wish, signal, patience, translate)) {
      ended = part.last
      clock.pause()
      yield part
      clock.resume()
    }
  } finally {
    clock.stop()
    signal.removeEventListener('abort', kill)
    if (process && ended) processes.giveBack(process)
    else kill()
    slots.release()
  }
}
