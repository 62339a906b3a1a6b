import type { StockdbError } from '@stockdb/contract/wire'
import { detached } from '../detached.ts'
import type { EngineLog } from '../observer.ts'
import { tooMuchDisk } from '../query-refusals.ts'
import type { Controllers } from './controllers.ts'

/** When to check the temporary files of a query first, and the interval afterwards. */
const FIRST_LOOK_MS = 1_000
const LOOK_MS = 500

/** Unknown table: MariaDB, which has its own limit. Access denied: the account lacks PROCESS. */
const UNKNOWN_TABLE = 1109
const DENIED = 1227

/**
 * Limits the temporary disk of a query on MySQL, which has no own limit: a second connection checks the session's
 * temporary tablespace while the query runs. MariaDB uses `tmp_disk_table_size`, and is not checked.
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

  /** Calls `exceeded` once if the session exceeds the limit. Returns a function to stop watching. */
  watch(sessionId: number, exceeded: (error: StockdbError) => void): () => void {
    let timer: NodeJS.Timeout | undefined
    let watching = this.#usable
    const look = async (): Promise<void> => {
      const bytes = await this.#bytesOf(sessionId)
      if (!watching || bytes === undefined) return
      if (bytes > this.#maxBytes) exceeded(tooMuchDisk(new Error(`${bytes} bytes of temporary files`)))
      else later(LOOK_MS)
    }
    // Not attributed to any call.
    const later = (ms: number): void => {
      timer = detached(() => setTimeout(() => void look(), ms).unref())
    }
    if (watching) later(FIRST_LOOK_MS)
    return () => {
      watching = false
      clearTimeout(timer)
    }
  }

  /** The size of a session's temporary tablespaces; `undefined` if it is not visible. */
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
        this.#log.warn('--max-temp-disk does not limit queries on MySQL: the account lacks the PROCESS privilege')
      // Other database failures also reach the query.
      return this.#usable ? 0 : undefined
    }
  }
}
