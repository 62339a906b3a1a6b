import { statSync } from 'node:fs'
import { StockdbError } from '@stockdb/contract/wire'
import type { HeldStates } from '../held-states.ts'
import type { Handle } from './handles.ts'
import { BLOCKED_MS } from './when-free.ts'

/** How often the size of the log is looked at. */
const LOOK_MS = 1_000

export interface WalOptions {
  readonly path: string
  /** Above this the log is emptied, and for that the oldest read is broken off. */
  readonly maxWalBytes: number
  readonly held: HeldStates
  /** The handle that writes, unless it is in a transaction. */
  writer(): Handle | undefined
}

/**
 * Keeps the write-ahead log of a file short. SQLite empties it by itself, but never while somebody reads an older state of
 * the file: a few slow readers who overlap would let it grow with every write.
 */
export class WalKeeper {
  readonly #options: WalOptions
  readonly #timer: NodeJS.Timeout

  constructor(options: WalOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.look(), LOOK_MS).unref()
  }

  /** Empties the log if it is too long; where readers are in the way, the oldest one has to go. */
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

/** Writes the log into the file and cuts it to nothing; false where somebody still reads it. Waits for nobody. */
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
