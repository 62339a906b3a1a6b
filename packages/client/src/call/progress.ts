import { grouped } from '../frame/print/format-column.ts'

/** How much of an answer has arrived. */
export interface Progress {
  /** The rows so far. */
  readonly rows: number
  /** The bytes so far, as they came over the connection. */
  readonly bytes: number
  /** The rows of the whole answer, where they are known: of panels with `symbols`. */
  readonly expectedRows?: number | undefined
}

/** The options of a call that reports its progress. */
export interface ProgressOptions {
  /**
   * Is called for each batch of an answer that has arrived, up to 16,384 rows; what it throws ends the call.
   *
   * A repeated call counts from 0 again. Calls that do not answer with rows ignore it.
   *
   * @example
   * ```ts
   * await db.daily.range({ start: '2010-01-01' }, { onProgress: ({ rows, bytes }) => console.log(rows, bytes) })
   * ```
   */
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /**
   * Shows rows, bytes and speed on standard error while the answer arrives, if that is a terminal.
   *
   * @default false
   * @example
   * ```ts
   * const bars = await db.daily.range({ start: '2010-01-01' }, { progress: true })
   * ```
   */
  readonly progress?: boolean | undefined
}

/** Where the bar is written; Node, Deno and Bun have it, a browser has not. */
export interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** What reports the progress of one call. */
export interface Reporter {
  report(progress: Progress): void
  /** Ends the line of the bar. */
  end(): void
}

const stderr = (): Terminal | undefined => (globalThis as { process?: { stderr?: Terminal } }).process?.stderr

/** The reporter of a call; `undefined` if nobody wants to know. */
export function reporterOf(path: string, { onProgress, progress }: ProgressOptions): Reporter | undefined {
  const terminal = progress ? stderr() : undefined
  const bar = terminal?.isTTY ? terminalBar(path, terminal, () => performance.now()) : undefined
  if (!bar || !onProgress) return bar ?? (onProgress && { report: onProgress, end: () => {} })
  return {
    report: (state) => {
      bar.report(state)
      onProgress(state)
    },
    end: bar.end,
  }
}

/** More often nobody can read. */
const EVERY_MS = 100
const BAR_CELLS = 20

/** A line on a terminal that is written over. */
export function terminalBar(path: string, terminal: Terminal, now: () => number): Reporter {
  const start = now()
  let writtenAt = Number.NEGATIVE_INFINITY
  let last: Progress | undefined
  const write = (progress: Progress): void => {
    const line = progressLine(path, progress, now() - start).slice(0, (terminal.columns || 80) - 1)
    terminal.write(`\r${line}\u001b[K`)
  }
  return {
    report(progress) {
      last = progress
      if (now() - writtenAt < EVERY_MS) return
      writtenAt = now()
      write(progress)
    },
    end() {
      if (!last) return
      write(last)
      terminal.write('\n')
    },
  }
}

/** What the bar says. */
export function progressLine(path: string, { rows, bytes, expectedRows }: Progress, elapsedMs: number): string {
  const megabytes = (count: number): string => `${(count / 1e6).toFixed(1)} MB`
  const parts = [
    path,
    `${grouped(rows)} rows`,
    megabytes(bytes),
    `${megabytes((bytes / Math.max(1, elapsedMs)) * 1e3)}/s`,
  ]
  if (expectedRows) {
    const share = Math.min(1, rows / expectedRows)
    const full = Math.round(share * BAR_CELLS)
    parts.splice(1, 0, `[${'#'.repeat(full)}${' '.repeat(BAR_CELLS - full)}] ${Math.floor(share * 100)} %`)
  }
  return parts.join('  ')
}
