import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { Presets, SingleBar } from 'cli-progress'
import type { ImportProgress } from '../ingest/import-file.ts'

/** Rows between two plain lines when there is no terminal for a bar. */
const LINE_ROWS = 500_000

/** Shows the progress of an import: a bar on a terminal, else a plain line now and then. */
export interface Progress {
  update(progress: ImportProgress): void
  stop(): void
}

export function showProgress(file: string): Progress {
  const name = basename(file)
  if (!process.stderr.isTTY) {
    let said = 0
    return {
      update({ rows }) {
        if (rows - said < LINE_ROWS) return
        said = rows
        process.stderr.write(`${name}: ${rows.toLocaleString('en')} rows so far\n`)
      },
      stop() {},
    }
  }
  const bar = new SingleBar(
    {
      format: `${name} {bar} {percentage}% | {rows} rows | {eta_formatted}`,
      stream: process.stderr,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  )
  bar.start(statSync(file, { throwIfNoEntry: false })?.size ?? 0, 0, { rows: '0' })
  return {
    update: ({ rows, bytes }) => bar.update(bytes, { rows: rows.toLocaleString('en') }),
    stop: () => bar.stop(),
  }
}
