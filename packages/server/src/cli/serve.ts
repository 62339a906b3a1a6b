import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { Peers } from '../access/peer.ts'
import { DEFAULT_SLOW_MS, start } from '../start.ts'
import type { End } from '../telemetry/journal.ts'
import { createLog, type LogFormat, type LogLevel } from '../telemetry/log.ts'
import { tracesWanted } from '../telemetry/traces-wanted.ts'
import { boundsOf, boundsOptions } from './bounds-options.ts'
import { type ConfigOptions, catalogueOf, configOption } from './catalogue-file.ts'
import { absentFile, demandFolder } from './database-file.ts'
import { openJournal } from './open-journal.ts'
import {
  type DatabaseOptions,
  databaseAddress,
  databaseOption,
  dataOption,
  logFormatOption,
  logLevelOption,
  type TokensOptions,
  tokensFile,
  tokensOption,
  wholeNumber,
} from './options.ts'
import { readTls, type TlsOptions, tlsOptions } from './tls-options.ts'

/** Signals that come closer to each other than this are one. */
const REPEAT_MS = 500

/** Exit codes of a server that ended itself: on an uncaught error, and when out of memory. */
const CRASHED = 1
const OUT_OF_MEMORY = 70
/** For the last lines of the log. */
const LOG_FLUSH_MS = 300

interface ServeOptions extends DatabaseOptions, ConfigOptions, TokensOptions, TlsOptions {
  readonly sqlDatabase?: string
  readonly host: string
  readonly port: number
  readonly corsOrigin: readonly string[]
  readonly trustedProxy: readonly string[]
  readonly slowMs: number
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat
}

export function serveCommand(): Command {
  const command = new Command('serve')
    .description('Serve a stock database. Without --database: the embedded one in the data folder, made on first use.')
    .addOption(databaseOption())
    .addOption(
      new Option(
        '--sql-database <address>',
        'the same database through a read-only account, for the SQL of callers; --database by default',
      ).env('STOCKDB_SQL_DATABASE'),
    )
    .addOption(dataOption())
    .addOption(configOption())
    .addOption(new Option('--host <address>', 'address to listen on').env('STOCKDB_HOST').default('127.0.0.1'))
    .addOption(
      new Option('--port <number>', 'port to listen on; 0 takes a free one')
        .env('STOCKDB_PORT')
        .default(7788)
        .argParser(wholeNumber(0, 65_535)),
    )
    .addOption(
      new Option(
        '--cors-origin <origin...>',
        'origins whose pages may ask from a browser, such as https://notebook.example; several by spaces or commas',
      )
        .env('STOCKDB_CORS_ORIGIN')
        .argParser(origins)
        .default([], 'none'),
    )
    .addOption(
      new Option(
        '--trusted-proxy <address...>',
        'addresses or networks (10.0.0.0/8) of proxies whose X-Forwarded-For names the caller; several by spaces or commas',
      )
        .env('STOCKDB_TRUSTED_PROXY')
        .argParser(proxies)
        .default([], 'none'),
    )
    .addOption(
      new Option('--slow-ms <ms>', 'calls that take longer are logged with what was done, their queries and a plan')
        .env('STOCKDB_SLOW_MS')
        .default(DEFAULT_SLOW_MS)
        .argParser(wholeNumber(0, 86_400_000)),
    )
    .addOption(tokensOption())
    .addOption(logLevelOption())
    .addOption(logFormatOption())
    .action(serve)
  for (const option of [...tlsOptions(), ...boundsOptions()]) command.addOption(option)
  return command
}

/** Adds the addresses of one text to those before it. */
function proxies(text: string, before: readonly string[]): readonly string[] {
  const named = text.split(/[\s,]+/).filter((part) => part !== '')
  try {
    new Peers(named)
  } catch {
    throw new InvalidArgumentError('Expected addresses or networks as in 10.0.0.7 or 10.0.0.0/8.')
  }
  return [...before, ...named]
}

/** Adds the origins of one text to those before it. */
function origins(text: string, before: readonly string[]): readonly string[] {
  const named = text.split(/[\s,]+/).filter((part) => part !== '')
  for (const origin of named) {
    // As browsers send it, to which it is compared.
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new InvalidArgumentError(`Expected scheme, host and port as in https://notebook.example:8443.`)
    }
  }
  return [...before, ...named]
}

async function serve(options: ServeOptions, command: Command): Promise<void> {
  const { host, port, corsOrigin, trustedProxy, slowMs, logLevel, logFormat } = options
  const catalogue = await catalogueOf(options)
  const log = createLog(logLevel, logFormat)
  const tls = readTls(options)
  if (options.tokens !== undefined && !existsSync(options.tokens))
    log.warn(
      `--tokens: there is no file ${options.tokens}; until it holds a token, anyone on this machine may call everything`,
    )
  demandFolder(options.database)
  const absent = absentFile(options.database)
  const server = await start({
    database: databaseAddress(options),
    sqlDatabase: options.sqlDatabase,
    catalogue,
    host,
    port,
    corsOrigins: corsOrigin,
    trustedProxies: trustedProxy,
    slowMs,
    traces: tracesWanted(process.env),
    tokens: tokensFile(options),
    ...(tls === undefined ? {} : { tls }),
    dataFolder: options.data,
    log,
    bounds: boundsOf(command),
    onMemoryExceeded: () => end('out of memory', OUT_OF_MEMORY),
  })
  if (absent !== undefined) log.warn(`--database: there was no file ${absent}; it was created, and has no rows`)
  const journal = openJournal(join(options.data, `server-${port}.json`), server.running, log)
  /** The log, which says why, is written in the background: it gets a moment. */
  const end = (how: End, code: number, reason?: string): void => {
    journal.end(how, reason)
    log.flush()
    setTimeout(() => process.exit(code), LOG_FLUSH_MS)
  }
  // Rejections that nobody handles come here as well. What state the process is in nobody knows: it must not go on.
  process.on('uncaughtException', (error, origin) => {
    log.fatal({ err: error, origin, calls: journal.calls() }, 'an error that nobody caught; the server ends')
    end('crashed', CRASHED, error instanceof Error ? error.stack : String(error))
  })
  let stoppingSince: number | undefined
  const stop = (signal: string): void => {
    // A terminal and npm both send on a Ctrl-C: what comes twice at once is one wish.
    if (stoppingSince !== undefined && performance.now() - stoppingSince < REPEAT_MS) return
    // A second Ctrl-C ends the process at once, as people expect of it.
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
      log.info(renewed ? 'SIGHUP: certificate read again' : 'SIGHUP: there is no certificate to read again')
    } catch (error) {
      log.error({ err: error }, 'cannot reload the certificate; keeping the old one')
    }
  })
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGINT', () => stop('SIGINT'))
  // Only now, because a reader of this line may end the server at once; a reader that leaves stops nothing.
  process.stdout.on('error', () => {})
  process.stdout.write(`stockdb listening on ${server.url}\n`)
}
