import type { Logger } from 'pino'
import { destination, pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import { scrub } from './scrub.ts'

/** The server's log: a logger of pino. */
export type Log = Logger

export const logLevels = ['error', 'warn', 'info', 'debug', 'silent'] as const
/** The least severe lines that a log writes. */
export type LogLevel = (typeof logLevels)[number]

export const logFormats = ['json', 'pretty'] as const
/** `json` is one object per line, for programs; `pretty` is for people. */
export type LogFormat = (typeof logFormats)[number]

/** Bytes of log that may wait for a slow reader of standard error; further lines are dropped. */
const MAX_WAITING_BYTES = 4 * 2 ** 20

/** Lines are written in batches, up to so many bytes and milliseconds: one write per line costs more than its call. */
const TOGETHER_BYTES = 4_096
const FLUSH_MS = 100

/** Takes lines of JSON, each with its line end. */
export type WriteLines = (lines: string) => void

/**
 * Standard error, because standard output only carries the ready line. It is written in the background, so that a stuck reader
 * cannot stop the server.
 */
export function logOutput(format: LogFormat): WriteLines {
  const sink = destination({ dest: 2, sync: false, minLength: TOGETHER_BYTES, maxLength: MAX_WAITING_BYTES })
  setInterval(() => sink.flush(), FLUSH_MS).unref()
  // On a full disk, lines wait up to the limit above and are dropped beyond it. pino would retry forever at exit.
  sink.on('error', () => {
    sink.flushSync = () => {}
  })
  if (format === 'json') return (lines) => void sink.write(lines)
  const prettify = prettyFactory({ colorize: process.stderr.isTTY, translateTime: 'SYS:HH:MM:ss.l', singleLine: true })
  return (lines) => {
    for (const line of lines.split('\n')) if (line !== '') sink.write(prettify(line))
  }
}

/** A log that goes through `write`; each line has what `base` says. */
export function logTo(level: LogLevel, write: WriteLines, base: Readonly<Record<string, unknown>> | null = null): Log {
  const options = {
    level,
    base,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    hooks: { streamWrite: scrub },
  }
  // pino itself would flush it synchronously at a fatal line, and hang if it cannot be written.
  return pino(options, { write })
}

/**
 * Creates a log on standard error.
 *
 * @param level - `error`, `warn`, `info`, `debug` or `silent`
 * @param format - `json`, one object per line, by default; `pretty` for people
 * @example
 * ```ts
 * await start({ database: 'sqlite:stocks.db', log: createLog('warn', 'pretty') })
 * ```
 */
export function createLog(level: LogLevel, format: LogFormat = 'json'): Log {
  return logTo(level, logOutput(format))
}
