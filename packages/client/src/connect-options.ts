import type { UnknownSymbols } from '@stockdb/contract/wire'
import type { CacheOptions } from './cache/cache-options.ts'
import type { CallOptions } from './call/deadline.ts'

/** Options of `connect`; `signal` and `timeoutMs` also apply to connecting itself. */
export interface ConnectOptions extends CallOptions {
  /**
   * The secret of a token, sent as `Authorization: Bearer TOKEN`.
   *
   * @default no token, which servers on this machine may accept
   * @example
   * ```ts
   * const remote = await connect('https://quant.example:7788', { token: process.env.STOCKDB_TOKEN })
   * ```
   */
  readonly token?: string | undefined
  /**
   * PEM certificates of the CAs to trust for `https:`, instead of the system's.
   *
   * For a self-signed certificate, that certificate. Not in browsers, and not together with `fetch`.
   *
   * @default the system's
   * @example
   * ```ts
   * import { readFileSync } from 'node:fs'
   * const remote = await connect('https://quant.example:7788', { token, ca: readFileSync('ca.pem', 'utf8') })
   * ```
   */
  readonly ca?: string | readonly string[] | undefined
  /**
   * The default timeout of calls, in milliseconds.
   *
   * @default 120_000
   * @example
   * ```ts
   * const quick = await connect('http://127.0.0.1:7788', { timeoutMs: 10_000 })
   * ```
   */
  readonly timeoutMs?: number | undefined
  /**
   * The number of retries after a retryable error.
   *
   * @default 2
   * @example
   * ```ts
   * const once = await connect('http://127.0.0.1:7788', { retries: 0 })
   * ```
   */
  readonly retries?: number | undefined
  /**
   * The maximum number of concurrent calls; further ones wait in FIFO order, within their timeouts.
   *
   * So you can start a thousand calls at once without refusals. A call that waits for a retry counts; a stream does
   * not.
   *
   * @default 16
   * @example
   * ```ts
   * const gentle = await connect('http://127.0.0.1:7788', { concurrency: 4 })
   * ```
   */
  readonly concurrency?: number | undefined
  /**
   * What to do with symbols that the database does not have, if a call does not say.
   *
   * `'error'` throws an `UnknownSymbolError` that suggests similar codes; `'ignore'` leaves them out. `db.trpc` does not use it.
   *
   * @default 'error'
   * @example
   * ```ts
   * const lenient = await connect('http://127.0.0.1:7788', { unknownSymbols: 'ignore' })
   * ```
   */
  readonly unknownSymbols?: UnknownSymbols | undefined
  /**
   * Keeps answers in this process, and with `dir` in a folder, and gives them again while the server says that nothing was committed to the database.
   *
   * `true` for the defaults. `meta.cache` of a frame says as of when it is; `fresh: true` of a call asks the server. Streams, `db.query`
   * and `db.sql` are not kept.
   *
   * @default nothing is kept
   * @example
   * ```ts
   * const quick = await connect('http://127.0.0.1:7788', { cache: { memory: '512MB', maxAge: 5_000 } })
   * ```
   */
  readonly cache?: boolean | CacheOptions | undefined
  /**
   * Answers from `cache.dir` without any request; `meta.cache.asOf` says as of when each answer is.
   *
   * A question that was not asked before throws an `UnavailableError`, and so does everything else that needs the server.
   *
   * @default false
   * @example
   * ```ts
   * const onTheTrain = await connect('http://127.0.0.1:7788', { cache: { dir: '.stockdb-cache' }, offline: true })
   * ```
   */
  readonly offline?: boolean | undefined
  /**
   * Makes all requests, instead of undici in Node and the platform's `fetch` in browsers.
   *
   * @default undici in Node, otherwise the platform's `fetch`
   * @example
   * ```ts
   * const logged = await connect('http://127.0.0.1:7788', {
   *   fetch: (input, init) => (console.log(String(input)), fetch(input, init)),
   * })
   * ```
   */
  readonly fetch?: typeof globalThis.fetch | undefined
}
