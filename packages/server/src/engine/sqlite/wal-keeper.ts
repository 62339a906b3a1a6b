import { statSync } from 'node:fs'
import { StockdbError } from '@stockdb/contract/wire'
import type { HeldStates } from '../held-states.ts'
import type { Handle } from './handles.ts'
import { BLOCKED_MS } from './when-unlocked.ts'

/** Interval of checks of the WAL's size. */
const LOOK_MS = 1_000

export interface WalOptions {
  readonly path: string
  /** Above this the WAL is truncated, aborting the oldest read if necessary. */
  readonly maxWalBytes: number
  readonly held: HeldStates
  /** The writing handle, unless it is in a transaction. */
  writer(): Handle | undefined
}

/**
 * Keeps the write-ahead log of a file short. SQLite checkpoints it automatically, but never while an older state is
 * being read: a few overlapping slow readers would let it grow with every write.
 */
export class WalKeeper {
  readonly #options: WalOptions
  readonly #timer: NodeJS.Timeout

  constructor(options: WalOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.look(), LOOK_MS).unref()
  }

  /** Truncates the WAL if it is too long; if readers block that, aborts the oldest one. */
  look(): void {
    const { path, maxWalBytes, held, writer } = this.#options
    const bytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
    if (bytes <= maxWalBytes) return
    const handle = writer()
    if (handle && empty(handle)) return
    held.expireOldest(
      new StockdbError(
        'SNAPSHOT_EXPIRED',
        `the log of the database file grew beyond ${maxWalBytes} bytes while this answer was read; read faster, or ask for less at once`,
      ),
    )
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

/** Checkpoints and truncates the WAL without waiting; false if it is still being read. */
function empty({ database }: Handle): boolean {
  try {
    database.exec('pragma busy_timeout = 0')
    return database.prepare('pragma wal_checkpoint(truncate)').get()?.busy === 0
  } catch {
    return false
  } finally {
    database.exec(`pragma busy_timeout = ${BLOCKED_MS}`)
  }
}
