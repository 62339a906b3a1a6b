import { inspect } from 'node:util'

/** An error with the places of the notebook that it came from, and its cause. Lines beyond `lastLine` are the wrapper of the cell. */
export function errorText(error: unknown, file: string, lastLine = Number.POSITIVE_INFINITY): string {
  if (!(error instanceof Error)) return `thrown: ${inspect(error)}`
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && line.includes(file))
    .filter((line) => Number(/:(\d+):\d+\)?$/.exec(line)?.[1]) <= lastLine)
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.name}: ${error.cause.message}` : ''
  return [`${error.name}: ${error.message}`, ...frames].join('\n') + cause
}
