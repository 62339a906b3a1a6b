import type { Health, MemoryInput, MemoryReport, OpsStats, ServerStatus } from '@stockdb/contract/wire'
import type { CallOptions } from './call/deadline.ts'
import type { Caller } from './caller.ts'

/** The current state of the server, for monitoring. */
export interface OpsClient {
  /**
   * Checks whether the server accepts calls and its database answers.
   *
   * @param options - signal and timeout of this call
   * @example
   * ```ts
   * const health = await db.ops.health()
   * console.log(health.status)
   * ```
   */
  health(options?: CallOptions): Promise<Health>
  /**
   * Counts calls, rows, bytes and refusals since the server started, by procedure and by caller.
   *
   * @param options - signal and timeout of this call
   * @throws `ForbiddenError` if the token lacks the scope `admin`
   * @example
   * ```ts
   * const stats = await db.ops.stats()
   * ```
   */
  stats(options?: CallOptions): Promise<OpsStats>
  /**
   * Reports the server's memory use by procedure and by caller.
   *
   * With `profileSeconds` (2 to 60) also by source line, after that many seconds.
   *
   * @param input - `profileSeconds`
   * @param options - signal and timeout of this call
   * @throws `ForbiddenError` if the token lacks the scope `admin`
   * @example
   * ```ts
   * const report = await db.ops.memory({ profileSeconds: 5 })
   * ```
   */
  memory(input?: MemoryInput, options?: CallOptions): Promise<MemoryReport>
  /**
   * Reports the state of the server once a second until the loop ends: memory, calls, database.
   *
   * It survives lost connections and restarts of the server; if reports were lost meanwhile, `complete` is false.
   *
   * @param options - `timeoutMs` is the maximum time without an event or ping
   * @throws `ForbiddenError` if the token lacks the scope `admin`; the last connection's error after `timeoutMs`
   * without an event or ping
   * @example
   * ```ts
   * for await (const status of db.ops.watch()) {
   *   console.log(status)
   *   break
   * }
   * ```
   */
  watch(options?: CallOptions): AsyncGenerator<ServerStatus, void, undefined>
}

export const opsCalls = (caller: Caller) =>
  ({
    health: (options?: CallOptions) => caller.json('ops.health', undefined, options),
    memory: caller.jsonCall<MemoryInput | undefined, MemoryReport>('ops.memory'),
    stats: (options?: CallOptions) => caller.json('ops.stats', undefined, options),
    watch: (options?: CallOptions) => caller.subscribe<ServerStatus>('ops.watch', {}, options),
  }) satisfies OpsClient
