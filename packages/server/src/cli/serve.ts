import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { Peers } from '../access/peer.ts'
import type { StockdbServer } from '../start/options.ts'
import { DEFAULT_FACTOR_PREFIX, DEFAULT_SLOW_MS } from '../start/services.ts'
import { start } from '../start/start.ts'
import type { End, JournalCall } from '../telemetry/journal.ts'
import { logOutput, logTo } from '../telemetry/log.ts'
import { MAX_WORKERS, serveInWorkers } from '../workers/serve-in-workers.ts'
import { boundsOf, boundsOptions } from './bounds-options.ts'
import { catalogueOf, configOption } from './catalogue-file.ts'
import { absentFile, requireFolder } from './database-file.ts'
import { npmParent, whenEnded } from './npm-parent.ts'
import { openJournal } from './open-journal.ts'
import {
  databaseAddress,
  databaseOption,
  dataOption,
  factorSchemaName,
  logFormatOption,
  logLevelOption,
  tokensOption,
  wholeNumber,
} from './options.ts'
import { type ServerOptions, startOptionsOf } from './server-options.ts'
import { readTls, type TlsOptions, tlsOptions } from './tls-options.ts'

/** What each of several workers runs. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './serve-worker.ts' : './serve-worker.js', import.meta.url)

/** Signals closer together than this count as one. */
const REPEAT_MS = 500

/** Exit codes of a server that ended itself: on an uncaught error, and when out of memory. */
const CRASHED = 1
const OUT_OF_MEMORY = 70
/** Time to write the last lines of the log. */
const LOG_FLUSH_MS = 300

/** A server in this thread, or in several. */
type Served = Pick<StockdbServer, 'url' | 'renewTls' | 'close'> & { running(): readonly JournalCall[] }

interface ServeOptions extends ServerOptions, TlsOptions {
  readonly port: number
  readonly workers: number
}

export function serveCommand(): Command {
  const command = new Command('serve')
    .description(
      'Serve a stock database. Without --database, serves the embedded one in the data folder and creates it on first use.',
    )
    .addOption(databaseOption())
    .addOption(
      new Option(
        '--sql-database <address>',
        'the same database through a read-only account, for the SQL of callers; --database by default',
      ).env('STOCKDB_SQL_DATABASE'),
    )
    .addOption(
      new Option(
        '--write-database <address>',
        'the same database through an account with the rights to write, for writes alone, such as "stockdb grants" prints; --database by default',
      ).env('STOCKDB_WRITE_DATABASE'),
    )
    .addOption(dataOption())
    .addOption(configOption())
    .addOption(new Option('--host <address>', 'address to listen on').env('STOCKDB_HOST').default('127.0.0.1'))
    .addOption(
      new Option('--port <number>', 'port to listen on; 0 chooses a free one')
        .env('STOCKDB_PORT')
        .default(7788)
        .argParser(wholeNumber(0, 65_535)),
    )
    .addOption(
      new Option(
        '--workers <number>',
        'threads that answer calls, each on a core of its own, at most one for each connection; more than 1 on Linux alone, and not where one process has the database file for itself',
      )
        .env('STOCKDB_WORKERS')
        .default(1)
        .argParser(wholeNumber(1, MAX_WORKERS)),
    )
    .addOption(
      new Option(
        '--cors-origin <origin...>',
        'origins whose pages may call from a browser, such as https://notebook.example; separate several by spaces or commas',
      )
        .env('STOCKDB_CORS_ORIGIN')
        .argParser(origins)
        .default([], 'none'),
    )
    .addOption(
      new Option(
        '--trusted-proxy <address...>',
        'addresses or networks (10.0.0.0/8) of proxies whose X-Forwarded-For names the caller; separate several by spaces or commas',
      )
        .env('STOCKDB_TRUSTED_PROXY')
        .argParser(proxies)
        .default([], 'none'),
    )
    .addOption(
      new Option('--slow-ms <ms>', 'calls that take longer are logged with their plan and queries')
        .env('STOCKDB_SLOW_MS')
        .default(DEFAULT_SLOW_MS)
        .argParser(wholeNumber(0, 86_400_000)),
    )
    .addOption(
      new Option('--factor-prefix <text>', 'what the names of the tables of factors begin with, for new ones')
        .env('STOCKDB_FACTOR_PREFIX')
        .default(undefined, `${DEFAULT_FACTOR_PREFIX}, or nothing with --factor-schema`)
        .argParser(factorPrefix),
    )
    .addOption(
      new Option(
        '--factor-schema <name>',
        'another database on the same server, which must exist, for the tables of new factors: factors.my_alpha for --factor-schema factors; only for databases on a server',
      )
        .env('STOCKDB_FACTOR_SCHEMA')
        .argParser(factorSchemaName)
        .conflicts('factorPrefix'),
    )
    .addOption(
      new Option(
        '--cache-dir <folder>',
        'a folder in which answers are also kept, for the next start and beyond --cache-memory; reused if a log of commits in the database shows that they are still true',
      ).env('STOCKDB_CACHE_DIR'),
    )
    .addOption(tokensOption())
    .addOption(logLevelOption())
    .addOption(logFormatOption())
    .action(serve)
  for (const option of [...tlsOptions(), ...boundsOptions()]) command.addOption(option)
  return command
}

/** Names of tables of factors stay within 64 characters, and need no quotes. */
function factorPrefix(text: string): string {
  if (/^[a-z][a-z0-9_]{0,14}$/.test(text)) return text
  throw new InvalidArgumentError(
    'Expected 1 to 15 lower-case letters, digits and _, the first a letter, as in factor_.',
  )
}

/** Adds the addresses in a text to the earlier ones. */
function proxies(text: string, before: readonly string[]): readonly string[] {
  const named = text.split(/[\s,]+/).filter((part) => part !== '')
  try {
    new Peers(named)
  } catch {
    throw new InvalidArgumentError('Expected addresses or networks as in 10.0.0.7 or 10.0.0.0/8.')
  }
  return [...before, ...named]
}

/** Adds the origins in a text to the earlier ones. */
function origins(text: string, before: readonly string[]): readonly string[] {
  const named = text.split(/[\s,]+/).filter((part) => part !== '')
  for (const origin of named) {
    // It is compared with what browsers send, so it must have that form.
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new InvalidArgumentError(`Expected scheme, host and port as in https://notebook.example:8443.`)
    }
  }
  return [...before, ...named]
}

async function serve(options: ServeOptions, command: Command): Promise<void> {
  const { host, port, workers, logLevel } = options
  // First of all: npm may be ended while the server starts.
  const npm = npmParent()
  const catalogue = await catalogueOf(options)
  const writeLog = logOutput(options.logFormat ?? (process.stderr.isTTY ? 'pretty' : 'json'))
  const log = logTo(logLevel, writeLog)
  const tls = readTls(options)
  if (options.tokens !== undefined && !existsSync(options.tokens))
    log.warn(
      `--tokens: there is no file ${options.tokens}; until it holds a token, anyone on this machine may call everything`,
    )
  requireFolder(options.database)
  const absent = absentFile(options.database)
  const bounds = boundsOf(command)
  const onMemoryExceeded = (): void => end('out of memory', OUT_OF_MEMORY)
  const server: Served =
    workers === 1
      ? await start({
          ...startOptionsOf(options),
          ...{ catalogue, port, log, bounds, onMemoryExceeded },
          ...(tls === undefined ? {} : { tls }),
        })
      : await serveInWorkers({
          ...{ workers, host, port, tls, bounds, log, writeLog, onMemoryExceeded },
          database: databaseAddress(options),
          settings: { options, bounds },
          entry: WORKER,
          onGivenUp: (reason) => end('crashed', CRASHED, reason),
        })
  if (absent !== undefined) log.warn(`--database: there was no file ${absent}; an empty one was created`)
  const journal = openJournal(join(options.data, `server-${port}.json`), server.running, log)
  /** The log says why the server ends. It is written in the background, so it gets a moment. */
  const end = (how: End, code: number, reason?: string): void => {
    journal.end(how, reason)
    log.flush()
    setTimeout(() => process.exit(code), LOG_FLUSH_MS)
  }
  // Unhandled rejections arrive here too. The state of the process is unknown, so it must not continue.
  process.on('uncaughtException', (error, origin) => {
    log.fatal({ err: error, origin, calls: journal.calls() }, 'uncaught error; the server exits')
    end('crashed', CRASHED, error instanceof Error ? error.stack : String(error))
  })
  let stoppingSince: number | undefined
  const stop = (signal: string): void => {
    // On Ctrl-C both the terminal and npm send a signal: two at once count as one.
    if (stoppingSince !== undefined && performance.now() - stoppingSince < REPEAT_MS) return
    // As users expect, a second Ctrl-C ends the process at once.
    if (stoppingSince !== undefined) {
      journal.end('stopped', `${signal}, twice`)
      process.exit(1)
    }
    stoppingSince = performance.now()
    log.info({ signal }, 'stopping')
    server.close().then(
      () => {
        journal.end('stopped', signal)
        process.exit(0)
      },
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed')
        process.exit(1)
      },
    )
  }
  process.on('SIGHUP', () => {
    try {
      const renewed = readTls(options)
      if (renewed) server.renewTls(renewed)
      log.info(renewed ? 'SIGHUP: certificate reloaded' : 'SIGHUP: there is no certificate to reload')
    } catch (error) {
      log.error({ err: error }, 'cannot reload the certificate; keeping the old one')
    }
  })
  if (npm) whenEnded(npm, () => stop('npm ended'))
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGINT', () => stop('SIGINT'))
  // Last, because a reader of this line may end the server at once. A reader that leaves does not stop it.
  process.stdout.on('error', () => {})
  process.stdout.write(`stockdb listening on ${server.url}\n`)
}
