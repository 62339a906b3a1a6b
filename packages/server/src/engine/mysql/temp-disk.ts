import type { StockdbError } from '@stockdb/contract/wire'
import { detached } from '../detached.ts'
import type { EngineLog } from '../observer.ts'
import { tooMuchDisk } from '../query-refusals.ts'
import type { Controllers } from './controllers.ts'

/** How long a query may run before its temporary files are looked at, and how often they are then. */
const FIRST_LOOK_MS = 1_000
const LOOK_MS = 500

/** Unknown table: MariaDB, which has a limit of its own. Access denied: without the right to PROCESS. */
const UNKNOWN_TABLE = 1109
const DENIED = 1227

/**
 * Bounds what a query writes to disk on MySQL, which has no limit of its own: a second connection looks at the session's
 * temporary tablespace while the query runs. MariaDB refuses by `tmp_disk_table_size`, and is not looked at.
 */
export class TempDisk {
  readonly #controllers: Controllers
  readonly #maxBytes: number
  readonly #log: EngineLog
  #usable = true

  constructor(controllers: Controllers, maxBytes: number, log: EngineLog) {
    this.#controllers = controllers
    this.#maxBytes = maxBytes
    this.#log = log
  }

  /** Calls `exceeded` once if the session takes more than it may. The result stops the watch. */
  watch(sessionId: number, exceeded: (error: StockdbError) => void): () => void {
    let timer: NodeJS.Timeout | undefined
    let watching = this.#usable
    const look = async (): Promise<void> => {
      const bytes = await this.#bytesOf(sessionId)
      if (!watching || bytes === undefined) return
      if (bytes > this.#maxBytes) exceeded(tooMuchDisk(new Error(`${bytes} bytes of temporary files`)))
      else later(LOOK_MS)
    }
    // It is nobody's work but the watch's own.
    const later = (ms: number): void => {
      timer = detached(() => setTimeout(() => void look(), ms).unref())
    }
    if (watching) later(FIRST_LOOK_MS)
    return () => {
      watching = false
      clearTimeout(timer)
    }
  }

  /** The size of a session's temporary tablespaces; `undefined` where it cannot be seen. */
  async #bytesOf(sessionId: number): Promise<number | undefined> {
    try {
      const row = await this.#controllers.ask(
        'select coalesce(sum(size), 0) from information_schema.innodb_session_temp_tablespaces where id = ?',
        [sessionId],
      )
      return Number(row?.[0])
    } catch (error) {
      const { errno } = error as { readonly errno?: number }
      if (errno === UNKNOWN_TABLE || errno === DENIED) this.#usable = false
      if (errno === DENIED)
        this.#log.warn('--max-temp-disk does not bound queries on MySQL: the account lacks the right to PROCESS')
      // Whatever else is wrong with the database, the query hears of it as well.
      return this.#usable ? 0 : undefined
    }
  }
}
