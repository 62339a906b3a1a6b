import { join, resolve } from 'node:path'
import { hasMembers, rolesOf, tableName } from '@stockdb/contract/internal'
import type { Services } from '../api/context.ts'
import { ownReports } from '../api/own-reports.ts'
import { AnswerCache } from '../cache/answer-cache.ts'
import type { CacheFolder } from '../cache/cache-folder.ts'
import { databaseState } from '../engine/database-state.ts'
import { deadline } from '../engine/deadline.ts'
import { TableGuard } from '../engine/table-guard.ts'
import { Listings } from '../execute/listings.ts'
import { Suspensions } from '../execute/suspensions.ts'
import { TradingCalendar } from '../execute/trading-calendar.ts'
import { Planner } from '../plan/planner.ts'
import { QueryCache } from '../plan/prepared-query.ts'
import { onlyThisWorker } from '../telemetry/all-workers.ts'
import type { Log } from '../telemetry/log.ts'
import { mergeStatus } from '../telemetry/merge-reports.ts'
import { type Explain, SlowLog } from '../telemetry/slow-log.ts'
import { Telemetry } from '../telemetry/telemetry.ts'
import { version } from '../version.ts'
import { ChangeFeed } from '../write/change-feed.ts'
import { FactorStore } from '../write/factors/factor-store.ts'
import { Housekeeping } from '../write/housekeeping.ts'
import type { WriteAccount } from '../write/write-account.ts'
import { Writer } from '../write/writer.ts'
import type { StartOptions } from './options.ts'
import type { WorkerGroup } from './worker-group.ts'

/** How long the database may take to explain a plan for the slow log. */
const EXPLAIN_TIMEOUT_MS = 5_000

/** How long the workers may take to say how they are, for the status. */
const EVERYWHERE_TIMEOUT_MS = 10_000

const DEFAULT_DATA_FOLDER = './stockdb-data'

export const DEFAULT_SLOW_MS = 1_000

export const DEFAULT_FACTOR_PREFIX = 'factor_'

/** What a server has opened, and its settings. */
interface Opened extends Pick<Services, 'engine' | 'adHoc' | 'sqlParser' | 'catalogue' | 'bounds'> {
  /** For writes, if they have an account of their own. */
  readonly account: WriteAccount | undefined
  readonly log: Log
  /** The other workers of the server, if it has several. */
  readonly group: WorkerGroup | undefined
  /** Where answers are also kept on disk. */
  readonly cacheFolder: CacheFolder | undefined
}

/** Creates what all procedures of a server share, on databases that are open. */
export async function openServices(
  {
    slowMs = DEFAULT_SLOW_MS,
    traces = false,
    factorSchema,
    factorPrefix = factorSchema === undefined ? DEFAULT_FACTOR_PREFIX : '',
    dataFolder = DEFAULT_DATA_FOLDER,
  }: StartOptions,
  { account, log, group, cacheFolder, ...shared }: Opened,
): Promise<Services> {
  const { engine, catalogue, bounds } = shared
  const writing = account?.engine ?? engine
  const explain: Explain = (sql, parameters) => engine.explain(sql, parameters, deadline(EXPLAIN_TIMEOUT_MS))
  const telemetry = new Telemetry({
    log,
    slowLog: new SlowLog(slowMs, log, explain),
    pool: () => engine.load(),
    cache: () => answers.stats,
    writePool: account && (() => writing.load()),
    databaseState: () => databaseState(engine),
    everywhere:
      group && (async () => mergeStatus(await workers.ask('status', { signal: deadline(EVERYWHERE_TIMEOUT_MS) }))),
    records: group?.records,
    // Not even loaded unless it is asked for.
    traces: traces ? (await import('../telemetry/traces.ts')).openTraces(engine.kind, log) : undefined,
  })
  const tables = new TableGuard(engine, log)
  const cache = new QueryCache(engine.dialect, catalogue, tables)
  const planner = new Planner(catalogue, tables)
  const changes = new ChangeFeed(engine, log)
  const calendar = new TradingCalendar(engine, tables, catalogue, cache, planner)
  const listings = new Listings(engine, tables, planner, cache)
  const suspensions = new Suspensions(engine, tables, catalogue, cache)
  const factors = new FactorStore(engine, catalogue, log)
  const answers = new AnswerCache(engine, bounds, {
    about: JSON.stringify([version, catalogue, rolesOf(catalogue)]),
    readAt: () => Math.min(...[calendar, listings, suspensions].flatMap(({ readAt }) => readAt)),
    tableOf: (name) => {
      const dataset = catalogue[name] ?? factors.get(name)?.dataset
      return dataset && !hasMembers(dataset) ? tableName(dataset) : undefined
    },
    hasTriggers: (name) => {
      const dataset = catalogue[name] ?? factors.get(name)?.dataset
      return dataset !== undefined && tables.shapeOf(dataset)?.triggers !== undefined
    },
    folder: cacheFolder,
    blocks: { engine, tables },
  })
  const own = ownReports(() => services)
  const workers = group?.workers(own) ?? onlyThisWorker(own)
  const services: Services = {
    ...shared,
    workers,
    base: catalogue,
    cache,
    tables,
    planner,
    calendar,
    listings,
    suspensions,
    answers,
    telemetry,
    writer: new Writer(writing, tables, bounds, new Housekeeping(writing, log, bounds.changesRetentionMs), account),
    changes,
    factors,
    factorPlace: { schema: factorSchema, prefix: factorPrefix },
    snapshotFolder: join(resolve(dataFolder), 'snapshots'),
    version,
    startedAt: Date.now(),
    upSinceMs: performance.now(),
  }
  return services
}
