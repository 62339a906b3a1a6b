import type { Logger } from 'pino'
import { destination, pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import { scrub } from './scrub.ts'

export type Log = Logger

export const logLevels = ['error', 'warn', 'info', 'debug', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export const logFormats = ['json', 'pretty'] as const
/** `json` is one object a line, for programs; `pretty` is for people. */
export type LogFormat = (typeof logFormats)[number]

/** Bytes of log that may wait for a reader of standard error that does not read; what comes beyond is dropped. */
const MAX_WAITING_BYTES = 4 * 2 ** 20

/** Lines are written together, up to so many bytes and so many milliseconds: a write for each costs more than its call. */
const TOGETHER_BYTES = 4_096
const FLUSH_MS = 100

/**
 * The server's log, on standard error, because standard output is for the ready line alone. It is written in the
 * background, so that nobody who fails to read it can stop the server.
 */
export function createLog(level: LogLevel, format: LogFormat = 'json'): Log {
  const sink = destination({ dest: 2, sync: false, minLength: TOGETHER_BYTES, maxLength: MAX_WAITING_BYTES })
  setInterval(() => sink.flush(), FLUSH_MS).unref()
  // A disk that is full: lines wait, up to the bound above, and are lost beyond it. pino would retry forever at the exit.
  sink.on('error', () => {
    sink.flushSync = () => {}
  })
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    hooks: { streamWrite: scrub },
  }
  // Given to pino itself, it would be flushed at a fatal line until it is written, and stand still where it cannot be.
  if (format === 'json') return pino(options, { write: (line: string) => void sink.write(line) })
  const prettify = prettyFactory({ colorize: process.stderr.isTTY, translateTime: 'SYS:HH:MM:ss.l', singleLine: true })
  return pino(options, { write: (line: string) => void sink.write(prettify(line)) })
}
