import { pino } from 'pino'
import type { Log } from './log.ts'
import { scrub } from './scrub.ts'

/** The log of a command line run: only warnings, each as a sentence on standard error. */
export function createCommandLog(): Log {
  const options = { level: 'warn', base: null, timestamp: false, hooks: { streamWrite: scrub } }
  return pino(options, { write: (line: string) => void process.stderr.write(sentenceOf(line)) })
}

/** Formats a log line, `{"level":40,"dataset":"daily","msg":"…"}`, for people. */
function sentenceOf(line: string): string {
  const { level: _, msg, err, ...about } = JSON.parse(line) as Record<string, unknown>
  const reason = (err as { readonly message?: string } | undefined)?.message
  const points = Object.entries(about).map(([name, value]) => `${name}: ${textOf(value)}`)
  return `stockdb: ${[msg, ...(reason === undefined ? [] : [reason]), ...points].join('; ')}\n`
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
