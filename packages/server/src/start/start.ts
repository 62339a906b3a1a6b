import { tushare } from '@stockdb/contract'
import { checkServed } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { Authenticator } from '../access/authenticator.ts'
import { isLoopback } from '../access/loopback.ts'
import { Peers } from '../access/peer.ts'
import { TokenStore } from '../access/token-store.ts'
import { wholeBounds } from '../bounds/whole-bounds.ts'
import type { CacheFolder } from '../cache/cache-folder.ts'
import { Commits } from '../engine/commits.ts'
import { deadline } from '../engine/deadline.ts'
import { createMissingTables } from '../engine/migration.ts'
import { lockedFileOf, openAdHoc, openEngine } from '../engine/open.ts'
import { withOwnTables } from '../engine/own-tables.ts'
import { listen } from '../http/server.ts'
import { listenForImports } from '../ingest/through-server/listen-for-imports.ts'
import { SqlParser } from '../sql/sql-parser.ts'
import { createLog } from '../telemetry/log.ts'
import { callObserver } from '../telemetry/running-call.ts'
import type { WriteAccount } from '../write/write-account.ts'
import { openCacheFolder } from './cache-folder.ts'
import { lookAtFactorSchema, requireFactorSchema } from './factor-schema.ts'
import { fieldsOf } from './fields-of.ts'
import type { StartOptions, StockdbServer } from './options.ts'
import { openServices } from './services.ts'
import { RIGHTS_TIMEOUT_MS, warnOfRefusedWrites, warnOfRights, warnOfTables } from './warn.ts'
import type { WorkerGroup } from './worker-group.ts'
import { openWriteAccount } from './write-account.ts'

/**
 * Starts a server in this process. In a file of its own it creates missing tables; in other databases it changes nothing. Rejects with a
 * `TypeError` for a bad address, an address that other machines can reach while there is no token, or contradictory
 * bounds, and with the system's error if the port is in use.
 *
 * @param options - the database, and everything that has a default
 * @example
 * ```ts
 * const server = await start({ database: 'sqlite:stocks.db', port: 0 })
 * console.log(server.url) // http://127.0.0.1:…
 * await server.close()
 * ```
 */
export async function start(options: StartOptions): Promise<StockdbServer> {
  return startInGroup(options, undefined)
}

/** Starts a server like {@link start}, as one of several workers or alone. */
export async function startInGroup(options: StartOptions, group: WorkerGroup | undefined): Promise<StockdbServer> {
  const log = options.log ?? createLog('info')
  const catalogue = options.catalogue ?? tushare
  for (const dataset of Object.values(catalogue)) checkServed(dataset)
  const {
    host = '127.0.0.1',
    port = 7788,
    corsOrigins = [],
    limitLoopback = false,
    onMemoryExceeded = () => {},
  } = options
  const bounds = wholeBounds(options.bounds ?? {})
  const peers = new Peers(options.trustedProxies ?? [])
  const authenticator = new Authenticator({ tokens: new TokenStore(options.tokens, log), host, corsOrigins })
  const commits = new Commits(group && ((commit) => group.commits.publish(commit)))
  const engine = openEngine(options.database, log, bounds, callObserver, commits)
  let fieldOf = fieldsOf(catalogue)
  const adHoc = openAdHoc(
    options.sqlDatabase ?? options.database,
    { bounds, log, observer: callObserver },
    (table, column) => fieldOf(table, column),
  )
  const sqlParser = new SqlParser()
  let account: WriteAccount | undefined
  let cacheFolder: CacheFolder | undefined
  try {
    if (options.factorSchema !== undefined) requireFactorSchema(options)
    account = options.writeDatabase === undefined ? undefined : openWriteAccount(options, engine, log, bounds, commits)
    group?.commits.listen((commit) => commits.emit(commit))
    await account?.check(deadline(RIGHTS_TIMEOUT_MS)).catch((error: unknown) => {
      // The database may still be starting. Until it was looked at, nothing is written.
      if (!(error instanceof StockdbError)) throw error
      log.warn(`--write-database: ${error.message}; it is checked again at the first write`)
    })
    if (options.factorSchema !== undefined) await lookAtFactorSchema(engine, options.factorSchema, adHoc, log)
    const managed = await engine.managed()
    if (managed) await createMissingTables(engine, withOwnTables(catalogue), deadline(60_000))
    cacheFolder = await openCacheFolder(options, bounds, group, log)
    const opened = { engine, adHoc, sqlParser, account, catalogue, bounds, log, group, cacheFolder }
    const services = await openServices(options, opened)
    const { telemetry, factors, changes, answers } = services
    // Where the database cannot be asked now, the first read does it.
    await answers
      .open()
      .catch((error: unknown) => log.debug({ err: error }, 'cannot look at the state of the database'))
    factors.subscribe((defined) => {
      fieldOf = fieldsOf({ ...catalogue, ...Object.fromEntries(defined.map((factor) => [factor.name, factor])) })
    })
    // Where the database cannot be asked now, the first call asks it.
    await factors.look().catch((error: unknown) => log.debug({ err: error }, 'cannot read the factors'))
    const http = await listen(services, {
      host,
      port,
      authenticator,
      peers,
      limitLoopback,
      tls: options.tls,
      corsOrigins,
      log,
      onMemoryExceeded,
      sharesPort: group !== undefined,
      shared: group?.load,
      catchUp: group && (() => group.commits.catchUp()),
    })
    const imports = await listenForImports(engine, catalogue, lockedFileOf(options.database), log)
    if (group === undefined || group.worker === 1) {
      void warnOfRights(engine, log)
      const accounts = { reading: engine, writing: account?.engine ?? engine, catalogue }
      void warnOfRefusedWrites({ ...accounts, factorSchema: options.factorSchema }, log)
      if (!managed) void warnOfTables(engine, catalogue, log)
      if (!options.tls && !isLoopback(host))
        log.warn('tokens and answers are sent unencrypted: use --tls-cert and --tls-key, or a proxy in front')
    }
    const close = async (): Promise<void> => {
      await Promise.all([http.close(), imports.close()])
      changes.stop()
      group?.commits.close()
      await answers.close()
      // In parallel: each may take a while to notice that the database is gone.
      await Promise.all([telemetry.close(), adHoc.close(), sqlParser.close(), engine.close(), account?.engine.close()])
    }
    let closed: Promise<void> | undefined
    return {
      url: http.url,
      engine,
      admission: http.admission,
      running: () => [...telemetry.running],
      renewTls: http.renewTls,
      close: () => {
        closed ??= close()
        return closed
      },
    }
  } catch (error) {
    await cacheFolder?.close()
    await adHoc.close()
    await sqlParser.close()
    await engine.close()
    await account?.engine.close()
    throw error
  }
}
