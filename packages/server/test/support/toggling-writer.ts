import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { withConnection } from '@stockdb/testing/ask-server'
import { byEngine } from './engines.ts'
import { sql } from './sql.ts'

/** Two states of a database, defined by the statements that switch between them. */
export interface Toggle {
  readonly forth: readonly string[]
  readonly back: readonly string[]
}

export interface TogglingWriter {
  /** Stops in the first state and returns the number of switches. */
  stop(): Promise<number>
}

/** Duration of each state, in milliseconds. */
const STANDS_MS = 1

/** Switches a database between two states, one transaction at a time, until stopped. */
export function startToggling(address: string, toggle: Toggle): TogglingWriter {
  const start = byEngine(address, {
    mysql: () => onMysql(address, toggle),
    duckdb: () => onDuckdb(address, toggle),
    sqlite: () => onSqlite(address.slice('sqlite:'.length), toggle),
  })
  return start()
}

function onMysql(address: string, { forth, back }: Toggle): TogglingWriter {
  let going = true
  let times = 0
  const ended = withConnection(address, 60_000, async (connection) => {
    while (going) {
      for (const statements of [forth, back]) {
        for (const statement of ['start transaction', ...statements, 'commit']) await connection.query(statement)
        await sleep(STANDS_MS)
      }
      times++
    }
  })
  return {
    stop: async () => {
      going = false
      await ended
      return times
    },
  }
}

/** In this process, the only one that can open the file; DuckDB works in other threads. */
function onDuckdb(address: string, { forth, back }: Toggle): TogglingWriter {
  let going = true
  let times = 0
  const ended = (async () => {
    while (going) {
      for (const statements of [forth, back]) {
        await sql(address, 'begin transaction', ...statements, 'commit')
        await sleep(STANDS_MS)
      }
      times++
    }
  })()
  return {
    stop: async () => {
      going = false
      await ended
      return times
    },
  }
}

/** In a separate thread: reads and writes in one thread could not interleave. */
function onSqlite(file: string, toggle: Toggle): TogglingWriter {
  const flag = new Int32Array(new SharedArrayBuffer(8))
  const worker = new Worker(
    `const { DatabaseSync } = require('node:sqlite')
     const { workerData: { file, toggle, flag, standsMs } } = require('node:worker_threads')
     const database = new DatabaseSync(file, { timeout: 30_000 })
     const pause = new Int32Array(new SharedArrayBuffer(4))
     while (Atomics.load(flag, 0) === 0) {
       for (const statements of [toggle.forth, toggle.back]) {
         database.exec(['begin immediate', ...statements, 'commit'].join(';'))
         Atomics.wait(pause, 0, 0, standsMs)
       }
       Atomics.add(flag, 1, 1)
     }
     database.close()`,
    { eval: true, workerData: { file, toggle, flag, standsMs: STANDS_MS } },
  )
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>()
  worker.on('error', reject).on('exit', () => resolve())
  return {
    stop: async () => {
      Atomics.store(flag, 0, 1)
      await ended
      return Atomics.load(flag, 1)
    },
  }
}
