import type { ConnectionOptions, Pool } from 'mysql2'
import { createPool } from 'mysql2'
import type { EngineLog } from '../observer.ts'
import { translateMysqlError } from './errors.ts'
import { SessionSetup, type Whereabouts } from './prepare-session.ts'
import { hostOf, rowsOf } from './process-list.ts'
import { pinned } from './session.ts'
import { takeReady } from './take-ready.ts'

/** Connections for kills and pings; several, because many callers may disconnect at once. */
const CONTROLLERS = 4
/** Maximum queued kills. */
const KILL_QUEUE = 1_000

/** A few connections, opened on first use, for kills and pings. */
export class Controllers {
  readonly pool: Pool
  readonly #setup = new SessionSetup(pinned)
  readonly #log: EngineLog
  /** Kills in progress: closing the pool must not leave a query behind. */
  readonly #kills = new Set<Promise<void>>()

  constructor(options: ConnectionOptions, log: EngineLog) {
    this.#log = log
    this.pool = createPool({
      ...options,
      connectionLimit: CONTROLLERS,
      maxIdle: 1,
      idleTimeout: 60_000,
      queueLimit: KILL_QUEUE,
    })
  }

  /** Throws `DATABASE_UNAVAILABLE` when the database does not answer; on a connection that calls cannot hold. */
  async ping(): Promise<void> {
    await this.ask('select 1').catch((error: unknown) => {
      throw translateMysqlError(error)
    })
  }

  /** The first row of a short query about the server, as an array. Throws the driver's errors. */
  async ask(sql: string, values: readonly unknown[] = []): Promise<unknown[] | undefined> {
    return (await this.askAll(sql, values))[0]
  }

  /** The rows of a short query about the server. */
  async askAll(sql: string, values: readonly unknown[] = []): Promise<unknown[][]> {
    const controller = await takeReady(this.pool, this.#setup)
    try {
      const rows = await rowsOf(controller, sql, values)
      controller.release()
      return rows
    } catch (error) {
      controller.destroy()
      throw error
    }
  }

  /** Whether its connections, and those of `other`, have all reached the same server. */
  sameServer(other: SessionSetup): boolean {
    const [server, ...further] = new Set([...this.#setup.servers, ...other.servers])
    return server !== undefined && server !== 'unknown' && further.length === 0
  }

  /**
   * Kills a connection. After a failover, or behind a load balancer, another client may have the same connection id, so
   * only a connection on the same server with our client address is killed.
   */
  kill(victim: Whereabouts): void {
    const kill = this.#kill(victim)
      .catch((error: unknown) => this.#log.warn({ err: error, threadId: victim.id }, 'kill failed'))
      .finally(() => this.#kills.delete(kill))
    this.#kills.add(kill)
  }

  /** Resolves when all kills have ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#kills)
  }

  async #kill({ server, id, peer }: Whereabouts): Promise<void> {
    for (let attempt = 0; attempt < CONTROLLERS; attempt++) {
      const controller = await takeReady(this.pool, this.#setup)
      // The next connection may reach the right server.
      if (this.#setup.whereabouts(controller)?.server !== server) {
        controller.destroy()
        continue
      }
      try {
        if ((await hostOf(controller, id)) === peer) await rowsOf(controller, 'kill ?', [id])
        controller.release()
      } catch (error) {
        if ((error as { readonly code?: string }).code === 'ER_NO_SUCH_THREAD') return controller.release()
        controller.destroy()
        throw error
      }
      return
    }
    this.#log.warn({ threadId: id }, 'cannot kill a query: no connection reaches its server any more')
  }
}
