import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { withConnection } from '@stockdb/testing/ask-server'
import { byEngine } from './engines.ts'
import { sql } from './sql.ts'

/** Two states of a database, defined by the statements that switch between them. */
export interface Toggle {
  readonly forth: readonly string[]
  readonly back: readonly string[]
  /** Duration of each state. */
  readonly standsMs?: number
}

export interface TogglingWriter {
  /** Stops in the first state and returns the number of switches. */
  stop(): Promise<number>
}

/** Duration of each state by default. */
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

/**
 * In a process of its own: reads and writes in one thread could not interleave, and threads of one process share the
 * locks of a file, which hides what is wrong with them.
 */
function onSqlite(file: string, toggle: Toggle): TogglingWriter {
  const child = spawn(process.execPath, ['--no-warnings', '--eval', SQLITE_WRITER], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  let times = 0
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>()
  child.once('error', reject).once('message', (count) => {
    times = Number(count)
  })
  child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the writer ended with ${code}`))))
  // `stop` reports it.
  ended.catch(() => {})
  child.send({ file, toggle, standsMs: toggle.standsMs ?? STANDS_MS })
  return {
    stop: async () => {
      if (child.connected) child.send('stop')
      await ended
      return times
    },
  }
}

/** It also ends when this process does. */
const SQLITE_WRITER = `
  const { DatabaseSync } = require('node:sqlite')
  let going = true
  process.on('disconnect', () => { going = false })
  process.once('message', async ({ file, toggle, standsMs }) => {
    process.once('message', () => { going = false })
    const database = new DatabaseSync(file, { timeout: 30_000 })
    let times = 0
    while (going) {
      for (const statements of [toggle.forth, toggle.back]) {
        database.exec(['begin immediate', ...statements, 'commit'].join(';'))
        await new Promise((resolve) => setTimeout(resolve, standsMs))
      }
      times++
    }
    database.close()
    if (process.connected) process.send(times, () => process.disconnect())
  })`
