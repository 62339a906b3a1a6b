import type { Log, LogLevel } from '@stockdb/server'
import { pino } from 'pino'

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string }

/** A log that keeps its lines as parsed objects. */
export function capturedLog(level: LogLevel = 'info'): { readonly log: Log; readonly lines: LogLine[] } {
  const lines: LogLine[] = []
  return { log: pino({ base: null, level }, { write: (line) => void lines.push(JSON.parse(line) as LogLine) }), lines }
}
